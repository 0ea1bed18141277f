// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/signer/durable_log.hpp"
#include "meta138/signer/nonce_queue.hpp"
#include "meta138/signer/request_names.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

/// What was signed with which nonce, on disk before it is sent. docs/formats/signer-nonces.md.
namespace meta138::signer {

/// One account on one chain.
struct NonceAccount {
    std::uint64_t chain_id = 0;
    Address address;

    friend auto operator<=>(const NonceAccount&, const NonceAccount&) = default;
};

/// What the journal holds of one account.
struct JournalAccount {
    std::uint64_t settled_below = 0;
    /// One a nonce: of several the one that a node accepted last, else the last.
    std::vector<RestoredTransaction> transactions;
    RequestNames names;
};

struct JournalOptions {
    std::filesystem::path file;
    SyncPolicy sync = SyncPolicy::always;
    /// The file is written anew without what is settled when it is larger than this, and than twice
    /// what it must hold.
    std::uint64_t compact_at = std::uint64_t{16} << 20;
};

/// The state that records lead to; decoding is separate from the file for tests and fuzzing.
class JournalContent {
public:
    struct Entry {
        std::uint64_t nonce = 0;
        std::shared_ptr<const Bytes> raw;
        bool was_accepted = false;
        std::uint64_t order = 0;  ///< Of being signed or accepted.
    };
    struct Account {
        std::uint64_t settled_below = 0;
        std::unordered_map<Hash32, Entry> entries;
        std::multimap<std::uint64_t, Hash32> by_nonce;
        RequestNames names;
    };

    void add_signed(const NonceAccount& account, std::uint64_t nonce, const Hash32& hash,
                    std::shared_ptr<const Bytes> raw);
    void add_name(const NonceAccount& account, const RequestName& request, const Hash32& hash,
                  bool is_signed);
    void mark_accepted(const NonceAccount& account, const Hash32& hash);
    void release(const NonceAccount& account, const Hash32& hash);
    void settle(const NonceAccount& account, std::uint64_t below);
    /// At the end of a file: names without their transactions.
    void forget_unsigned_names();

    [[nodiscard]] const std::map<NonceAccount, Account>& accounts() const { return accounts_; }
    [[nodiscard]] std::map<NonceAccount, JournalAccount> restored() const;
    /// Bytes of records that say all this.
    [[nodiscard]] std::uint64_t size() const noexcept;

private:
    void erase(Account& account, const Hash32& hash);

    std::map<NonceAccount, Account> accounts_;
    std::uint64_t size_ = 0;
    std::uint64_t order_ = 0;
};

struct DecodedJournal {
    JournalContent content;
    std::size_t torn_bytes = 0;     ///< At the end: what a crash cut.
    std::size_t damaged_bytes = 0;  ///< In the middle: what a failing disk or a loss of power did.
};
/// Reads a whole file. What is no whole record with the right checksum is left out. The error says
/// why it is no journal at all.
[[nodiscard]] std::expected<DecodedJournal, std::string> decode_journal(ByteView file);

/// Any thread. One process a file: it is locked.
class NonceJournal {
public:
    /// Opens or makes the file (0600), and writes it anew without what is damaged or settled; a
    /// damaged one is kept beside it as <file>.damaged. Throws LogError if the file is another
    /// process's, no journal, or cannot be written.
    explicit NonceJournal(JournalOptions options);
    ~NonceJournal();

    /// What was there when it was opened.
    [[nodiscard]] const std::map<NonceAccount, JournalAccount>& restored() const noexcept {
        return restored_;
    }

    /// Bytes in the middle of the file that could not be read: worth a warning, because what they
    /// said is not sent again.
    [[nodiscard]] std::size_t damaged_bytes() const noexcept { return damaged_bytes_; }

    /// `done(true)` when the record is durable: only then may the transaction be sent. `request`:
    /// the caller's name for it.
    void add_signed(const NonceAccount& account, std::uint64_t nonce, const Hash32& hash,
                    std::shared_ptr<const Bytes> raw, DurableLog::Done done,
                    const std::optional<RequestName>& request = {}) META138_EXCLUDES(mutex_);
    /// `done(true)` when durable: only then tell the caller that nothing was sent.
    void release(const NonceAccount& account, const Hash32& hash, DurableLog::Done done)
        META138_EXCLUDES(mutex_);
    /// Nobody needs to wait for these two.
    void mark_accepted(const NonceAccount& account, const Hash32& hash) META138_EXCLUDES(mutex_);
    void settle(const NonceAccount& account, std::uint64_t below) META138_EXCLUDES(mutex_);

    [[nodiscard]] std::uint64_t file_size() const META138_EXCLUDES(mutex_);

private:
    void append(ByteView record, DurableLog::Done done) META138_REQUIRES(mutex_);
    void compact() META138_REQUIRES(mutex_);

    const JournalOptions options_;
    std::map<NonceAccount, JournalAccount> restored_;
    std::size_t damaged_bytes_ = 0;
    mutable Mutex mutex_;
    JournalContent content_ META138_GUARDED_BY(mutex_);
    std::unique_ptr<DurableLog> log_ META138_GUARDED_BY(mutex_);  // null at the end
    int lock_ = -1;                                               // a descriptor of <file>.lock
};

}  // namespace meta138::signer
