// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signer_metrics.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/signer/audit_log.hpp"
#include "meta138/signer/key_store.hpp"
#include "meta138/signer/policy.hpp"
#include "meta138/signer/transaction_request.hpp"
#include "meta138/telemetry/logging.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace meta138::signer {

/// Who asks for a signature, as far as that was proved.
struct Caller {
    std::vector<std::string> names;  ///< Common name of the certificate.
    std::string remote;

    [[nodiscard]] std::string name() const { return names.empty() ? std::string{} : names.front(); }
};

/// No signature without the policy's leave and without a line in the audit log. Any thread.
class SigningGate {
public:
    struct Parts {
        AuditLog& audit;
        SignerMetrics& metrics;
        telemetry::Logger log;
    };
    SigningGate(Policy policy, Parts parts);

    /// Whether the policy allows it; a denial is logged and audited here.
    [[nodiscard]] std::expected<void, Denial> allow(const PolicyRequest& request,
                                                    const AuditEntry& entry)
        META138_EXCLUDES(mutex_);

    using SignatureDone =
        std::move_only_function<void(std::expected<crypto::Signature, SignError>)>;
    /// Signs what was allowed; `entry` is on the disk before `done` is called, on another thread.
    void sign(const Key& key, const Hash32& digest, AuditEntry entry, SignatureDone done);

    using TransactionDone =
        std::move_only_function<void(std::expected<SignedTransaction, SignError>)>;
    void sign(const Key& key, Transaction transaction, AuditEntry entry, TransactionDone done);

    void set_policy(Policy policy) META138_EXCLUDES(mutex_);
    void record(AuditEntry entry);
    /// Counts what was signed before this start, from the audit log.
    void recall(const std::filesystem::path& audit_file) META138_EXCLUDES(mutex_);

private:
    Parts parts_;
    Mutex mutex_;
    std::shared_ptr<const Policy> policy_ META138_GUARDED_BY(mutex_);
    PolicyState state_ META138_GUARDED_BY(mutex_);
};

[[nodiscard]] PolicyTime policy_now();

/// The entry of a transaction, without its hash.
[[nodiscard]] AuditEntry audit_entry_of(const Transaction& transaction, const Address& key,
                                        std::uint64_t chain_id, const Caller& caller);

}  // namespace meta138::signer
