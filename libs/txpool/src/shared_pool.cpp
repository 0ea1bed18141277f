// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/shared_pool.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/txpool/validate_for_pool.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace meta138::txpool {
namespace {

/// How many transactions content() copies before it lets others in.
constexpr std::size_t content_piece = 512;

template <class T>
T& of(PoolCounters::BySource<T>& counters, bool is_local, bool has_priority) {
    return counters[is_local ? 1 : 0][has_priority ? 1 : 0];
}

PoolHooks with_defaults(PoolHooks hooks) {
    if (!hooks.now) hooks.now = std::chrono::system_clock::now;
    if (!hooks.is_permitted) hooks.is_permitted = [](const Address&) { return true; };
    if (!hooks.verify_blobs) hooks.verify_blobs = verify_blob_sidecar;
    return hooks;
}

PoolTransaction to_pool_transaction(PooledTransaction pooled, ByteView opaque, const Hash32& hash,
                                    const Address& sender) {
    PoolTransaction result;
    result.transaction = std::move(pooled.transaction);
    result.sidecar = std::move(pooled.sidecar);
    result.hash = hash;
    result.sender = sender;
    result.encoded_size = opaque.size();
    return result;
}

}  // namespace

SharedPool::SharedPool(const PoolConfig& config, const PoolHead& head,
                       std::shared_ptr<const AccountSource> accounts, PoolHooks hooks)
    : hooks_{with_defaults(std::move(hooks))},
      pool_{config, head},
      config_{std::make_shared<const PoolConfig>(config)},
      accounts_{std::move(accounts)} {
    META138_ASSERT(accounts_ != nullptr);
}
SharedPool::~SharedPool() = default;

// Adding: judge outside the lock, insert under it.

struct SharedPool::Judgement {
    PooledTransaction pooled;
    Bytes opaque;
    Hash32 hash;
    std::optional<Address> sender;
    bool is_local = false;
    bool is_recovered = false;  // without a sender: there is none
};

/// What all transactions of a moment are judged by.
struct SharedPool::Context {
    std::shared_ptr<const PoolConfig> config;
    PoolHead head;
};

void SharedPool::identify(Judgement& of) {
    of.opaque = encode_transaction(of.pooled.transaction);
    of.hash = crypto::keccak256(of.opaque);
}

std::expected<SharedTransaction, PoolError> SharedPool::add(PooledTransaction transaction,
                                                            bool is_local) {
    return judge({.pooled = std::move(transaction),
                  .opaque = {},
                  .hash = {},
                  .sender = std::nullopt,
                  .is_local = is_local});
}

std::expected<SharedTransaction, PoolError> SharedPool::add(PooledTransaction transaction,
                                                            const Address& sender, bool is_local) {
    return judge({.pooled = std::move(transaction),
                  .opaque = {},
                  .hash = {},
                  .sender = sender,
                  .is_local = is_local});
}

std::vector<std::expected<SharedTransaction, PoolError>> SharedPool::add(
    std::vector<PooledTransaction> transactions, bool is_local) {
    const auto now = context();
    std::vector<Judgement> judgements(transactions.size());
    std::vector<Transaction> unknown;  // next to each other, as recover_senders takes them
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i != transactions.size(); ++i) {
        judgements[i] = {.pooled = std::move(transactions[i]),
                         .opaque = {},
                         .hash = {},
                         .sender = std::nullopt,
                         .is_local = is_local};
        identify(judgements[i]);
        if (!enabled_ || is_known(judgements[i].hash)) continue;
        unknown.push_back(std::move(judgements[i].pooled.transaction));
        positions.push_back(i);
    }
    std::vector<std::expected<Address, TransactionError>> senders(unknown.size());
    recover_senders(unknown, now.head.next_fork, senders);
    for (std::size_t i = 0; i != unknown.size(); ++i) {
        auto& judgement = judgements[positions[i]];
        judgement.pooled.transaction = std::move(unknown[i]);
        judgement.is_recovered = true;
        if (senders[i]) judgement.sender = *senders[i];
    }
    std::vector<std::expected<SharedTransaction, PoolError>> results;
    results.reserve(judgements.size());
    for (auto& judgement : judgements) results.push_back(judge(std::move(judgement), now));
    return results;
}

SharedPool::Context SharedPool::context() const {
    const MutexLock lock{mutex_};
    return {.config = config_, .head = pool_.head()};
}

bool SharedPool::is_known(const Hash32& hash) const {
    const MutexLock lock{mutex_};
    return pool_.find(hash) != nullptr;
}

std::expected<SharedTransaction, PoolError> SharedPool::judge(Judgement of) {
    identify(of);
    return judge(std::move(of), context());
}

std::expected<SharedTransaction, PoolError> SharedPool::judge(Judgement of,
                                                              const Context& context) {
    const auto& [config, head] = context;
    if (!enabled_) return reject(PoolError::pool_disabled, of);
    if (is_known(of.hash)) return reject(PoolError::already_known, of);
    if (!of.sender && !of.is_recovered) {
        const auto recovered = recover_sender(of.pooled.transaction, head.next_fork);
        if (recovered) of.sender = *recovered;
    }
    if (const auto verdict = validate_for_pool(of.pooled, of.sender, of.is_local, *config, head);
        !verdict)
        return reject(verdict.error(), of);
    if (of.opaque.size() > config->max_transaction_bytes) return reject(PoolError::too_large, of);
    if (!hooks_.is_permitted(*of.sender)) return reject(PoolError::not_permitted, of);
    return insert(std::move(of));
}

std::expected<SharedTransaction, PoolError> SharedPool::insert(Judgement of) {
    auto transaction = to_pool_transaction(std::move(of.pooled), of.opaque, of.hash, *of.sender);
    transaction.is_local = of.is_local;
    const auto verified_blobs =
        !transaction.sidecar || hooks_.verify_blobs(transaction.transaction, *transaction.sidecar);
    if (!verified_blobs) return reject(PoolError::invalid_blobs, of);

    while (true) {
        std::shared_ptr<const AccountSource> accounts;
        bool is_known = false;
        {
            const MutexLock lock{mutex_};
            accounts = accounts_;
            is_known = pool_.knows(transaction.sender);
        }
        // The pool keeps the accounts of senders that it knows up to date.
        const auto account = is_known ? AccountState{} : accounts->account(transaction.sender);
        std::expected<SharedTransaction, PoolError> result;
        {
            const MutexLock lock{mutex_};
            const bool is_fresh =
                is_known ? pool_.knows(transaction.sender) : accounts == accounts_;
            if (!is_fresh) continue;
            transaction.has_priority =
                has_priority(*config_, transaction.sender, transaction.is_local);
            result = pool_.add(std::move(transaction), account, hooks_.now());
            if (!result) {
                const bool is_priority = has_priority(*config_, *of.sender, of.is_local);
                ++txpool::of(counters_.rejected, of.is_local,
                             is_priority)[static_cast<std::size_t>(result.error())];
            }
            collect_events();
        }
        tell_observers();
        return result;
    }
}

std::unexpected<PoolError> SharedPool::reject(PoolError error, const Judgement& of) {
    const MutexLock lock{mutex_};
    const bool is_priority = of.sender && has_priority(*config_, *of.sender, of.is_local);
    ++txpool::of(counters_.rejected, of.is_local, is_priority)[static_cast<std::size_t>(error)];
    return std::unexpected{error};
}

// The head.

void SharedPool::on_head(const HeadChange& change) {
    META138_ASSERT(change.accounts != nullptr);
    META138_ASSERT(change.returned.size() == change.returned_senders.size());
    std::vector<AccountUpdate> updates;
    {
        // From here on nobody reads the accounts of the head before: see insert().
        const MutexLock lock{mutex_};
        accounts_ = change.accounts;
        for (const auto& address : change.changed)
            if (pool_.knows(address)) updates.push_back({.address = address, .account = {}});
    }
    for (auto& update : updates) update.account = change.accounts->account(update.address);

    std::vector<PoolTransaction> returned;
    std::vector<AccountState> returned_accounts;
    const auto now = hooks_.now();
    for (std::size_t i = 0; i != change.returned.size(); ++i) {
        const auto& sender = change.returned_senders[i];
        const auto opaque = encode_transaction(change.returned[i]);
        auto transaction = to_pool_transaction({.transaction = change.returned[i], .sidecar = {}},
                                               opaque, crypto::keccak256(opaque), sender);
        transaction.added_at = now;
        returned.push_back(std::move(transaction));
        returned_accounts.push_back(change.accounts->account(sender));
    }
    {
        const MutexLock lock{mutex_};
        for (auto& transaction : returned)
            transaction.has_priority = has_priority(*config_, transaction.sender, false);
        pool_.on_head({.head = change.head,
                       .included = change.included,
                       .accounts = updates,
                       .returned = returned,
                       .returned_accounts = returned_accounts});
        collect_events();
    }
    tell_observers();
}

void SharedPool::on_accounts(std::shared_ptr<const AccountSource> accounts,
                             std::span<const Address> changed) {
    on_head({.head = head(),
             .accounts = std::move(accounts),
             .changed = changed,
             .included = {},
             .returned = {},
             .returned_senders = {}});
}

// Other changes.

template <class Change>
auto SharedPool::change(Change&& what) {
    const auto run = [&]() META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        const auto result = what(pool_);
        collect_events();
        return result;
    };
    const auto result = run();
    tell_observers();
    return result;
}

void SharedPool::expire() {
    change([now = hooks_.now()](Pool& pool) {
        pool.expire(now);
        return 0;
    });
}

bool SharedPool::remove(const Hash32& hash, Removal removal) {
    return change([&](Pool& pool) { return pool.remove(hash, removal); });
}

std::size_t SharedPool::remove_sender(const Address& sender, Removal removal) {
    return change([&](Pool& pool) { return pool.remove_sender(sender, removal); });
}

std::size_t SharedPool::clear(Removal removal) {
    return change([&](Pool& pool) { return pool.clear(removal); });
}

void SharedPool::penalize(const Hash32& hash) {
    {
        const MutexLock lock{mutex_};
        const auto found = pool_.find(hash);
        if (!found) return;
        ++of(counters_.penalized, found->is_local, found->has_priority);
        pool_.penalize(hash);
        collect_events();
    }
    tell_observers();
}

void SharedPool::set_enabled(bool enabled) {
    enabled_ = enabled;
}
bool SharedPool::is_enabled() const {
    return enabled_;
}

void SharedPool::set_min_gas_price(const uint256& min_gas_price) {
    const MutexLock lock{mutex_};
    pool_.set_min_gas_price(min_gas_price);
    config_ = std::make_shared<const PoolConfig>(pool_.config());
}

// Queries.

PoolConfig SharedPool::config() const {
    const MutexLock lock{mutex_};
    return *config_;
}
PoolHead SharedPool::head() const {
    const MutexLock lock{mutex_};
    return pool_.head();
}
PoolStatus SharedPool::status() const {
    const MutexLock lock{mutex_};
    return pool_.status();
}
PoolCounters SharedPool::counters() const {
    const MutexLock lock{mutex_};
    return counters_;
}
SharedTransaction SharedPool::find(const Hash32& hash) const {
    const MutexLock lock{mutex_};
    return pool_.find(hash);
}
SharedTransaction SharedPool::find(const Address& sender, std::uint64_t nonce) const {
    const MutexLock lock{mutex_};
    return pool_.find(sender, nonce);
}
void SharedPool::find_senders(std::span<const Hash32> hashes,
                              std::span<std::optional<Address>> out) const {
    META138_ASSERT(hashes.size() == out.size());
    const MutexLock lock{mutex_};
    for (std::size_t i = 0; i != hashes.size(); ++i)
        if (const auto found = pool_.find(hashes[i])) out[i] = found->sender;
}
std::optional<PoolEntry> SharedPool::find_entry(const Hash32& hash) const {
    const MutexLock lock{mutex_};
    return pool_.find_entry(hash);
}
std::optional<std::uint64_t> SharedPool::pending_nonce(const Address& sender) const {
    const MutexLock lock{mutex_};
    return pool_.pending_nonce(sender);
}
std::optional<SenderContent> SharedPool::content_from(const Address& sender) const {
    const MutexLock lock{mutex_};
    return pool_.content_from(sender);
}

std::vector<PoolEntry> SharedPool::content(std::size_t limit) const {
    std::vector<PoolEntry> content;
    std::uint64_t after = 0;
    while (content.size() < limit) {
        const auto wanted = std::min(content_piece, limit - content.size());
        std::vector<PoolEntry> piece;
        {
            const MutexLock lock{mutex_};
            piece = pool_.content(after, wanted);
        }
        if (piece.empty()) break;
        after = piece.back().transaction->arrival;
        std::ranges::move(piece, std::back_inserter(content));
    }
    return content;
}

Overdue SharedPool::overdue(std::uint64_t after, std::size_t limit,
                            std::chrono::milliseconds age) const {
    const auto until = hooks_.now() - age;
    const MutexLock lock{mutex_};
    return pool_.overdue(after, limit, until);
}

// Observers.

std::size_t SharedPool::add_observer(PoolObserver observer) {
    const MutexLock lock{mutex_};
    observers_.push_back({.number = next_observer_,
                          .observer = std::make_shared<const PoolObserver>(std::move(observer))});
    return next_observer_++;
}

void SharedPool::remove_observer(std::size_t observer) {
    const MutexLock lock{mutex_};
    std::erase_if(observers_, [observer](const auto& known) { return known.number == observer; });
}

void SharedPool::collect_events() {
    for (auto& event : pool_.take_events()) {
        const auto& transaction = *event.transaction;
        if (event.removal) {
            ++of(counters_.removed, transaction.is_local,
                 transaction.has_priority)[static_cast<std::size_t>(*event.removal)];
        } else {
            ++of(counters_.added, transaction.is_local, transaction.has_priority);
        }
        if (!observers_.empty()) events_.push_back(std::move(event));
    }
}

// One thread tells at a time, so that observers learn of changes in their order. Whoever comes
// meanwhile leaves its events to that thread.
void SharedPool::tell_observers() {
    std::vector<PoolEvent> events;
    std::vector<Registration> observers;
    {
        const MutexLock lock{mutex_};
        if (is_telling_) return;
        is_telling_ = true;
    }
    while (true) {
        {
            const MutexLock lock{mutex_};
            events.swap(events_);
            observers = observers_;
            is_telling_ = !events.empty();
        }
        if (events.empty()) return;
        for (const auto& [transaction, removal] : events) {
            for (const auto& [number, observer] : observers) {
                if (removal && observer->on_removed) observer->on_removed(transaction, *removal);
                if (!removal && observer->on_added) observer->on_added(transaction);
            }
        }
        events.clear();
    }
}

// Selection.

SharedTransaction SharedPool::Selection::best() {
    const MutexLock lock{pool_.mutex_};
    return pool_.pool_.next(cursor_);
}

void SharedPool::Selection::take() {
    const MutexLock lock{pool_.mutex_};
    pool_.pool_.take(cursor_);
}

}  // namespace meta138::txpool
