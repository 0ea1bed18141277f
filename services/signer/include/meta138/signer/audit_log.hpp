// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/signer/durable_log.hpp"
#include "meta138/signer/policy.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Who had what signed: JSON lines, each with the hash of the one before.
/// docs/formats/signer-audit.md.
namespace meta138::signer {

/// One line. Its fields are all that is ever written: there is none for a secret or for the bytes
/// of a message.
struct AuditEntry {
    std::string
        event{};  ///< `sign_transaction`, `sign_message`, `keys_loaded`, `policy_loaded`, ...
    bool is_allowed = true;
    std::string rule{};    ///< Of a denial: the rule that denied.
    std::string reason{};  ///< Of a denial or a failure.
    std::string client{};  ///< Who asked; empty if nobody said.
    std::string remote{};  ///< From which address.
    std::optional<Address> key{};
    std::optional<std::uint64_t> chain_id{};
    std::optional<std::uint64_t> nonce{};
    std::optional<Address> to{};
    std::optional<Selector> selector{};
    std::optional<uint256> value{};
    std::optional<Hash32> hash{};  ///< The transaction's, or the digest that was signed.
};

struct AuditOptions {
    std::filesystem::path file;
    SyncPolicy sync = SyncPolicy::always;
    /// The file is renamed to <file>.<first sequence number> when it is larger.
    std::uint64_t rotate_at = std::uint64_t{256} << 20;
};

/// Appends entries. Any thread.
class AuditLog {
public:
    /// Opens or makes the file (0600), carries on its chain, and marks a last line that a crash
    /// has torn. Throws LogError if the file cannot be used, or its end is not that of such a log.
    explicit AuditLog(AuditOptions options);
    ~AuditLog();

    /// `done` as DurableLog has it: sign only after done(true).
    void append(const AuditEntry& entry, PolicyTime now, DurableLog::Done done)
        META138_EXCLUDES(mutex_);
    /// Waits for it.
    [[nodiscard]] bool append_and_wait(const AuditEntry& entry, PolicyTime now);

    /// The last line's number and hash: kept elsewhere, they prove that no end was cut off.
    struct Head {
        std::uint64_t sequence = 0;
        Hash32 hash;
    };
    [[nodiscard]] Head head() const META138_EXCLUDES(mutex_);

private:
    void open() META138_REQUIRES(mutex_);
    void rotate() META138_REQUIRES(mutex_);

    const AuditOptions options_;
    int lock_ = -1;  // a descriptor of <file>.lock
    mutable Mutex mutex_;
    Head head_ META138_GUARDED_BY(mutex_);
    std::uint64_t first_ META138_GUARDED_BY(mutex_) = 1;  // sequence of the file's first line
    std::unique_ptr<DurableLog> log_ META138_GUARDED_BY(mutex_);  // null at the end
};

/// Where a log is broken first, and how.
struct AuditFault {
    std::filesystem::path file;
    std::size_t line = 0;  ///< From 1.
    std::string reason;
};

struct AuditSummary {
    std::uint64_t lines = 0;
    std::uint64_t torn_lines = 0;  ///< Torn by a crash, and marked.
    AuditLog::Head head;
};

/// Checks every line and the chain over `files`, oldest first. `visit`, if any, sees each entry
/// that is right, in order.
[[nodiscard]] std::expected<AuditSummary, AuditFault> verify_audit_log(
    const std::vector<std::filesystem::path>& files,
    const std::function<void(const AuditEntry&, PolicyTime)>& visit = {});

/// The log at `file` and the files it was rotated to, oldest first.
[[nodiscard]] std::vector<std::filesystem::path> audit_log_files(const std::filesystem::path& file);

/// Checks one text as if it were the whole log; for tests and fuzzing.
[[nodiscard]] std::expected<AuditSummary, AuditFault> verify_audit_text(std::string_view text);

}  // namespace meta138::signer
