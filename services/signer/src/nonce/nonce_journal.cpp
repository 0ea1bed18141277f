// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/nonce_journal.hpp"

#include "log/log_file.hpp"
#include "nonce/journal_record.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <system_error>
#include <utility>

namespace meta138::signer {

NonceJournal::NonceJournal(JournalOptions options) : options_{std::move(options)} {
    lock_ = lock_log(options_.file);
    const MutexLock lock{mutex_};
    try {
        const auto bytes = read_end(options_.file, std::numeric_limits<std::size_t>::max());
        auto decoded = decode_journal(bytes);
        if (!decoded)
            throw LogError{
                fmt::format("{} {}: start the program that wrote it, or move it away "
                            "when nothing that it signed is waiting to be mined",
                            options_.file.string(), decoded.error())};
        damaged_bytes_ = decoded->damaged_bytes;
        if (damaged_bytes_ != 0) replace_file(options_.file.string() + ".damaged", bytes);
        content_ = std::move(decoded->content);
        restored_ = content_.restored();
        const auto clean = encode_journal(content_);
        log_ = std::make_unique<DurableLog>(replace_log(options_.file, clean), clean.size(),
                                            options_.sync);
    } catch (...) {
        ::close(lock_);
        throw;
    }
}

NonceJournal::~NonceJournal() {
    // Not destroyed under the lock: those whose records it still writes may come back to us.
    std::unique_ptr<DurableLog> log;
    {
        const MutexLock lock{mutex_};
        log = std::move(log_);
    }
    log.reset();
    if (lock_ >= 0) ::close(lock_);
}

void NonceJournal::append(ByteView record, DurableLog::Done done) {
    if (!log_) {
        if (done) done(false);
        return;
    }
    log_->append(record, std::move(done));
    if (log_->size() > std::max(options_.compact_at, 2 * content_.size())) compact();
}

void NonceJournal::compact() {
    const auto clean = encode_journal(content_);
    try {
        log_->replace(replace_log(options_.file, clean), clean.size());
    } catch (const LogError&) {
        // The disk is full, perhaps: the old file still says everything, and appending fails by
        // itself when it must.
    }
}

void NonceJournal::add_signed(const NonceAccount& account, std::uint64_t nonce, const Hash32& hash,
                              std::shared_ptr<const Bytes> raw, DurableLog::Done done,
                              const std::optional<RequestName>& request) {
    // In one piece: a name without its transaction says nothing, and is left out.
    auto record = request ? encode_named(account, *request, hash, false) : Bytes{};
    const auto transaction = encode_signed(account, nonce, hash, *raw);
    record.insert(record.end(), transaction.begin(), transaction.end());
    const MutexLock lock{mutex_};
    if (request) content_.add_name(account, *request, hash, false);
    content_.add_signed(account, nonce, hash, std::move(raw));
    append(record, std::move(done));
}

void NonceJournal::release(const NonceAccount& account, const Hash32& hash, DurableLog::Done done) {
    const auto record = encode_released(account, hash);
    const MutexLock lock{mutex_};
    content_.release(account, hash);
    append(record, std::move(done));
}

void NonceJournal::mark_accepted(const NonceAccount& account, const Hash32& hash) {
    const auto record = encode_accepted(account, hash);
    const MutexLock lock{mutex_};
    content_.mark_accepted(account, hash);
    append(record, {});
}

void NonceJournal::settle(const NonceAccount& account, std::uint64_t below) {
    const auto record = encode_settled(account, below);
    const MutexLock lock{mutex_};
    content_.settle(account, below);
    append(record, {});
}

std::uint64_t NonceJournal::file_size() const {
    const MutexLock lock{mutex_};
    return log_ ? log_->size() : 0;
}

}  // namespace meta138::signer
