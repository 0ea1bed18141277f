// SPDX-License-Identifier: Apache-2.0
#include "signing_gate.hpp"

#include "meta138/base/hex.hpp"

namespace meta138::signer {
namespace {

const SignError not_recorded{.kind = SignError::Kind::unavailable,
                             .reason = "the audit log cannot be written"};

}  // namespace

PolicyTime policy_now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

AuditEntry audit_entry_of(const Transaction& transaction, const Address& key,
                          std::uint64_t chain_id, const Caller& caller) {
    AuditEntry entry;
    entry.event = "sign_transaction";
    entry.client = caller.name();
    entry.remote = caller.remote;
    entry.key = key;
    entry.chain_id = chain_id;
    entry.nonce = transaction.nonce;
    entry.to = transaction.to;
    entry.value = transaction.value;
    if (transaction.to && transaction.data.size() >= Selector::size())
        entry.selector =
            Selector::from(std::span{transaction.data}.template first<Selector::size()>());
    return entry;
}

SigningGate::SigningGate(Policy policy, Parts parts)
    : parts_{std::move(parts)}, policy_{std::make_shared<const Policy>(std::move(policy))} {}

std::expected<void, Denial> SigningGate::allow(const PolicyRequest& request,
                                               const AuditEntry& entry) {
    const auto now = policy_now();
    std::expected<void, Denial> decision;
    {
        const MutexLock lock{mutex_};
        decision = decide(*policy_, state_, request, now);
    }
    if (decision) return {};
    parts_.metrics.denials(decision.error().rule).increment();
    parts_.log.warn({{"key", to_hex(request.key)}, {"client", entry.client}},
                    "Refused by policy ({}): {}", decision.error().rule, decision.error().reason);
    auto line = entry;
    line.is_allowed = false;
    line.rule = decision.error().rule;
    line.reason = decision.error().reason;
    record(std::move(line));
    return decision;
}

void SigningGate::sign(const Key& key, const Hash32& digest, AuditEntry entry, SignatureDone done) {
    entry.hash = digest;
    auto signature = [&] {
        const auto timer = parts_.metrics.signing_duration().time();
        return key.signer->sign(digest);
    }();
    parts_.metrics.count_signature(key.address, signature.has_value());
    if (!signature) {
        entry.reason = signature.error().reason;
        record(std::move(entry));
        return done(std::unexpected{std::move(signature).error()});
    }
    parts_.audit.append(entry, policy_now(),
                        [signature = *signature, done = std::move(done)](bool ok) mutable {
                            if (ok) return done(signature);
                            done(std::unexpected{not_recorded});
                        });
}

void SigningGate::sign(const Key& key, Transaction transaction, AuditEntry entry,
                       TransactionDone done) {
    auto result = [&] {
        const auto timer = parts_.metrics.signing_duration().time();
        return sign_transaction(std::move(transaction), *key.signer);
    }();
    parts_.metrics.count_signature(key.address, result.has_value());
    if (!result) {
        entry.reason = result.error().reason;
        record(std::move(entry));
        return done(std::unexpected{std::move(result).error()});
    }
    entry.hash = result->hash;
    parts_.audit.append(entry, policy_now(),
                        [result = *std::move(result), done = std::move(done)](bool ok) mutable {
                            if (ok) return done(std::move(result));
                            done(std::unexpected{not_recorded});
                        });
}

void SigningGate::set_policy(Policy policy) {
    const MutexLock lock{mutex_};
    policy_ = std::make_shared<const Policy>(std::move(policy));
    state_.retain(*policy_);
}

void SigningGate::record(AuditEntry entry) {
    parts_.audit.append(entry, policy_now(), [](bool) {});
}

void SigningGate::recall(const std::filesystem::path& audit_file) {
    struct Spent {
        Address key;
        uint256 value;
        PolicyTime at;
        std::chrono::milliseconds window;
    };
    const auto policy = [this] {
        const MutexLock lock{mutex_};
        return policy_;
    }();
    if (policy->allows_everything()) return;
    std::vector<Spent> spent;
    const auto now = policy_now();
    const auto log =
        verify_audit_log(audit_log_files(audit_file), [&](const AuditEntry& entry, PolicyTime at) {
            if (!entry.is_allowed || !entry.key || !entry.value) return;
            const auto* rules = policy->find(*entry.key);
            if (rules == nullptr || !rules->value_window) return;
            const auto window = rules->value_window->length;
            if (at + window > now) spent.push_back({*entry.key, *entry.value, at, window});
        });
    if (!log)
        parts_.log.error("The audit log is not whole: {}, line {}: {}", log.error().file.string(),
                         log.error().line, log.error().reason);
    const MutexLock lock{mutex_};
    for (const auto& each : spent) state_.add_spent(each.key, each.value, each.at, each.window);
}

}  // namespace meta138::signer
