// SPDX-License-Identifier: Apache-2.0
#include "deploy_run.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/contracts/predeploys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::op {

namespace {

// Each pass sends what the ones before made possible; the longest chain is: code, feed,
// registration, offer to the timelock, schedule, execution.
constexpr int max_passes = 24;

}  // namespace

std::string_view to_string(DeployAction action) noexcept {
    switch (action) {
        case DeployAction::present: return "present";
        case DeployAction::deployed: return "deployed";
        case DeployAction::configured: return "configured";
        case DeployAction::planned: return "planned";
        case DeployAction::waiting: return "waiting";
    }
    return "";
}

bool DeployOutcome::changed_nothing() const noexcept {
    return std::ranges::none_of(steps, [](const DeployStep& step) {
        return step.action == DeployAction::deployed || step.action == DeployAction::configured;
    });
}

Deployment::Deployment(DeployTarget& target, const DeployOptions& options,
                       const DeployProgress& progress)
    : target_{target}, options_{options}, plan_{options.plan}, progress_{progress} {}

std::expected<DeployOutcome, DeployError> Deployment::run() {
    if (const auto valid = validate_deploy_plan(plan_); !valid)
        return std::unexpected{DeployError{valid.error().reason}};
    TRY(identify());
    if (!options_.dry_run) TRY(target_.settle());
    TRY(ensure_factory());
    for (int pass = 0; pass < max_passes; ++pass) {
        works_.clear();
        waiting_.clear();
        next_ready_.reset();
        TRY_LET(now_, target_.time());
        TRY(look());
        is_first_pass_ = false;
        if (options_.dry_run) break;
        if (works_.empty()) {
            TRY_LET(const bool waits, may_wait());
            if (!waits) break;
            continue;
        }
        TRY(perform());
        TRY(save());
    }
    if (options_.dry_run) {
        for (auto& work : works_) {
            work.step.action = DeployAction::planned;
            report(std::move(work.step));
        }
    } else {
        if (!works_.empty())
            return std::unexpected{DeployError{fmt::format(
                "{}: is still not as it should be after {} rounds: does somebody else change it?",
                works_.front().step.subject, max_passes)}};
        TRY(save());
    }
    for (auto& step : waiting_) report(std::move(step));
    outcome_.manifest = manifest_;
    return std::move(outcome_);
}

// Which chain this is, and whether the manifest is of the same.
Deployment::Done Deployment::identify() {
    TRY_LET(manifest_.chain_id, target_.chain_id());
    TRY_LET(manifest_.genesis_hash, target_.genesis_hash());
    manifest_.deployer = target_.sender();
    std::error_code error;
    if (options_.manifest.empty() || !std::filesystem::exists(options_.manifest, error)) return {};
    auto saved = read_manifest(options_.manifest);
    if (!saved) return std::unexpected{DeployError{saved.error().reason}};
    if (saved->chain_id != manifest_.chain_id || saved->genesis_hash != manifest_.genesis_hash)
        return std::unexpected{DeployError{fmt::format(
            "{}: is the manifest of another chain (id {}, genesis {}; this one: id {}, genesis "
            "{}). "
            "Name another file, or take it away",
            options_.manifest.string(), saved->chain_id, to_hex(saved->genesis_hash.bytes),
            manifest_.chain_id, to_hex(manifest_.genesis_hash.bytes))}};
    manifest_.contracts = saved->contracts;
    manifest_.feeds = saved->feeds;
    manifest_.admin = saved->admin;
    saved_ = *std::move(saved);
    return {};
}

Deployment::Done Deployment::ensure_factory() {
    constexpr std::string_view name = "CREATE2 factory";
    const auto& address = contracts::create2_factory_address;
    TRY_LET(const auto code, target_.code(address));
    if (!code.empty() && !equal(code, contracts::create2_factory_code()))
        return std::unexpected{DeployError{fmt::format(
            "{}: has code that is not the CREATE2 factory's; nothing can be deployed through it",
            to_hex(address.bytes))}};
    if (!code.empty()) {
        present(name, "", address);
        TRY_LET(const auto hash, code_hash(address));
        remember(DeployedContract{.name = std::string{name},
                                  .address = address,
                                  .code_hash = *hash,
                                  .block = {},
                                  .transaction_hash = {}});
        return {};
    }
    const auto deployment = contracts::create2_factory_deployment();
    DeployStep step{.action = DeployAction::deployed,
                    .subject = std::string{name},
                    .detail = "by its keyless transaction",
                    .address = address,
                    .transaction_hash = {},
                    .gas_used = 0};
    if (options_.dry_run) {
        step.action = DeployAction::planned;
        report(std::move(step));
        return {};
    }
    TRY_LET(const auto balance, target_.balance(deployment.sender));
    if (balance < deployment.cost) {
        const DeployCall funding{
            .to = deployment.sender, .data = {}, .value = deployment.cost - balance};
        TRY_LET(const auto receipts, target_.send({&funding, 1}));
        if (receipts.front().was_displaced)
            return std::unexpected{DeployError{
                "another transaction of the same account took the nonce of this run's first one: "
                "does somebody else send from it? Run this again"}};
        report({.action = DeployAction::configured,
                .subject = std::string{name},
                .detail =
                    fmt::format("pay {} wei for its keyless transaction", to_string(funding.value)),
                .address = deployment.sender,
                .transaction_hash = receipts.front().transaction_hash,
                .gas_used = receipts.front().gas_used});
    }
    TRY_LET(const auto receipt, target_.send_raw(deployment.raw_transaction));
    TRY_LET(const auto hash, code_hash(address));
    if (!hash)
        return std::unexpected{
            DeployError{fmt::format("{}: the keyless transaction {} made no contract", name,
                                    to_hex(receipt.transaction_hash.bytes))}};
    step.transaction_hash = receipt.transaction_hash;
    step.gas_used = receipt.gas_used;
    remember(DeployedContract{.name = std::string{name},
                              .address = address,
                              .code_hash = *hash,
                              .block = receipt.block,
                              .transaction_hash = receipt.transaction_hash});
    report(std::move(step));
    return save();
}

// Everything that is missing, or not as it should be, becomes work.
Deployment::Done Deployment::look() {
    TRY(look_at_standard_contracts());
    if (plan_.oracle) {
        TRY(look_at_oracle());
        for (const auto& feed : plan_.feeds) TRY(look_at_feed(feed));
    }
    if (plan_.demonstration) TRY(look_at_demonstration());
    // Who hands over can no longer do the rest by itself.
    if (!plan_.oracle || !plan_.hand_over || !works_.empty()) return {};
    if (!timelock_ || !registry_) return {};
    TRY(hand_over("FeedRegistry", *registry_));
    for (const auto& feed : plan_.feeds) {
        if (const auto* deployed = manifest_.find_feed(feed.base, feed.quote))
            TRY(hand_over(deployed->description, deployed->address));
    }
    return {};
}

Deployment::Done Deployment::perform() {
    std::vector<DeployCall> calls;
    calls.reserve(works_.size());
    for (const auto& work : works_) calls.push_back(work.call);
    TRY_LET(const auto receipts, target_.send(calls));
    for (std::size_t i = 0; i < works_.size(); ++i) {
        auto& [step, call, record] = works_[i];
        const auto& receipt = receipts[i];
        // Somebody else sends from this account too; the next pass sees what is left to do.
        if (receipt.was_displaced) continue;
        // Another may have made the same contract at the same address a moment ago: all is well.
        if (!receipt.succeeded) {
            const bool makes_contract = step.action == DeployAction::deployed && step.address;
            TRY_LET(const auto hash,
                    makes_contract ? code_hash(*step.address) : Answer<std::optional<Hash32>>{});
            if (!hash)
                return std::unexpected{DeployError{
                    fmt::format("{}: {}: transaction {} failed in block {}", step.subject,
                                step.detail.empty() ? "deployment" : step.detail,
                                to_hex(receipt.transaction_hash.bytes), receipt.block)}};
            continue;
        }
        if (record) record(receipt);
        step.transaction_hash = receipt.transaction_hash;
        step.gas_used = receipt.gas_used;
        report(std::move(step));
    }
    return {};
}

Deployment::Done Deployment::save() {
    if (options_.manifest.empty() || options_.dry_run || saved_ == manifest_) return {};
    if (const auto written = write_manifest(manifest_, options_.manifest); !written)
        return std::unexpected{DeployError{written.error().reason}};
    saved_ = manifest_;
    return {};
}

// Whether something that waits for the timelock may go on after a wait that is short enough; waits.
DeployAnswer<bool> Deployment::may_wait() {
    if (!next_ready_) return false;
    const auto remaining =
        std::chrono::seconds{*next_ready_ > now_ ? *next_ready_ - now_ : std::uint64_t{0}};
    if (remaining > options_.timelock_patience) return false;
    TRY(target_.wait(std::max(remaining, std::chrono::seconds{1})));
    return true;
}

void Deployment::report(DeployStep step) {
    outcome_.steps.push_back(std::move(step));
    if (progress_) progress_(outcome_.steps.back());
}

// What was there before this run did anything.
void Deployment::present(std::string_view subject, std::string_view detail,
                         const Address& address) {
    if (!is_first_pass_) return;
    report({.action = DeployAction::present,
            .subject = std::string{subject},
            .detail = std::string{detail},
            .address = address,
            .transaction_hash = {},
            .gas_used = 0});
}

void Deployment::waiting(std::string_view subject, std::string detail, const Address& address) {
    waiting_.push_back({.action = DeployAction::waiting,
                        .subject = std::string{subject},
                        .detail = std::move(detail),
                        .address = address,
                        .transaction_hash = {},
                        .gas_used = 0});
}

DeployAnswer<Bytes> Deployment::ask(const Address& address, const Bytes& data,
                                    std::string_view what) {
    TRY_LET(auto answer, target_.call(address, data));
    if (answer) return *std::move(answer);
    return std::unexpected{
        DeployError{fmt::format("{}: does not answer to {}: it is not what the plan takes it for",
                                to_hex(address.bytes), what)}};
}

std::expected<DeployOutcome, DeployError> deploy_to(DeployTarget& target,
                                                    const DeployOptions& options,
                                                    const DeployProgress& progress) {
    return Deployment{target, options, progress}.run();
}

}  // namespace meta138::op
