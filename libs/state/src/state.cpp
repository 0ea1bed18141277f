// SPDX-License-Identifier: Apache-2.0
#include "meta138/state/state.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace meta138::state {

namespace {

/// The precompile whose touch is never undone.
constexpr Address ripemd160_address = [] {
    Address address;
    address[19] = 3;
    return address;
}();

}  // namespace

// Finding and reading

State::Entry& State::find_or_read(const Address& address) {
    const auto hash = hash_(address);
    auto* found =
        entry_table_.find(hash, [&](const Entry& entry) { return entry.address == address; });
    if (found == nullptr) {
        found = &entries_.emplace();
        found->address = address;
        found->id = static_cast<std::uint32_t>(entries_.size());
        if (const auto account = view_->account(address)) {
            found->existed = found->exists = true;
            found->before = found->now = *account;
        }
        entry_table_.insert(hash, *found);
    }
    latest_ = found;
    return *found;
}

State::Entry& State::existing_entry(const Address& address) {
    auto& account = entry(address);
    if (!account.exists) make(account);
    return account;
}

State::Slot& State::find_or_read(Entry& account, const uint256& key) {
    const auto hash = hash_(account.id, key);
    auto* found = slot_table_.find(
        hash, [&](const Slot& slot) { return slot.key == key && slot.account == &account; });
    if (found == nullptr) {
        found = &slots_.emplace();
        found->key = key;
        found->account = &account;
        found->next = std::exchange(account.slots, found);
        if (account.existed && !account.storage_cleared)
            found->now = found->before = view_->storage(account.address, key);
        slot_table_.insert(hash, *found);
    }
    latest_slot_ = found;
    return *found;
}

State::TransientSlot* State::find_transient(std::uint64_t hash, const Entry& account,
                                            const uint256& key) {
    return transient_table_.find(hash, [&](const TransientSlot& slot) {
        return slot.key == key && slot.account_id == account.id;
    });
}

const Bytecode* State::code_of(Entry& account) {
    if (account.code == nullptr && account.now.code_hash != EMPTY_CODE_HASH) {
        codes_.push_back(view_->code(account.now.code_hash));
        account.code = codes_.back().get();
    }
    return account.code;
}

bool State::exists(const Address& address) {
    return entry(address).exists;
}

bool State::is_empty(const Address& address) {
    const auto& account = entry(address);
    return !account.exists || account.now.is_empty();
}

uint256 State::balance(const Address& address) {
    return entry(address).now.balance;
}

std::uint64_t State::nonce(const Address& address) {
    return entry(address).now.nonce;
}

Hash32 State::code_hash(const Address& address) {
    return entry(address).now.code_hash;
}

ByteView State::code(const Address& address) {
    const auto* code = code_of(entry(address));
    return code == nullptr ? ByteView{} : ByteView{code->bytes};
}

std::optional<Address> State::delegate(const Address& address) {
    const auto* code = code_of(entry(address));
    return code == nullptr ? std::nullopt : code->delegate;
}

uint256 State::storage(const Address& address, const uint256& key) {
    return slot(entry(address), key).now;
}

bool State::has_storage(const Address& address) {
    const auto& account = entry(address);
    for (const auto* slot = account.slots; slot != nullptr; slot = slot->next)
        if (!slot->now.is_zero()) return true;
    // Slots that were zeroed in this block count as well: only accounts with code can do that, and
    // for them nobody asks.
    return account.existed && !account.storage_cleared && view_->has_storage(address);
}

// Changing

void State::make(Entry& account) {
    journal_.emplace_back(AccountMade{&account});
    account.exists = true;
    touch(account);
}

void State::change_balance(Entry& account, const uint256& balance) {
    journal_.emplace_back(BalanceChanged{&account, std::exchange(account.now.balance, balance)});
    touch(account);
}

void State::touch(Entry& account) {
    if (account.touched_in == transaction_) return;
    account.touched_in = transaction_;
    touched_.push_back(&account);
    if (account.address != ripemd160_address) journal_.emplace_back(AccountTouched{&account});
}

void State::set_balance(const Address& address, const uint256& balance) {
    change_balance(existing_entry(address), balance);
}

void State::add_balance(const Address& address, const uint256& amount) {
    auto& account = existing_entry(address);
    change_balance(account, account.now.balance + amount);
}

void State::subtract_balance(const Address& address, const uint256& amount) {
    auto& account = existing_entry(address);
    META138_ASSERT(account.now.balance >= amount);
    change_balance(account, account.now.balance - amount);
}

void State::set_nonce(const Address& address, std::uint64_t nonce) {
    auto& account = existing_entry(address);
    journal_.emplace_back(NonceChanged{&account, std::exchange(account.now.nonce, nonce)});
    touch(account);
}

void State::set_code(const Address& address, SharedBytecode code) {
    auto& account = existing_entry(address);
    journal_.emplace_back(CodeChanged{&account, code_of(account)});
    account.now.code_hash = code->hash;
    account.code = code->bytes.empty() ? nullptr : code.get();
    codes_.push_back(std::move(code));
    touch(account);
}

void State::set_storage(const Address& address, const uint256& key, const uint256& value) {
    auto& account = existing_entry(address);
    auto& changed = slot(account, key);
    if (changed.now == value) return;
    journal_.emplace_back(StorageChanged{&changed, std::exchange(changed.now, value)});
}

void State::clear_storage(const Address& address) {
    auto& account = entry(address);
    META138_ASSERT(account.exists && journal_.empty());
    account.storage_cleared = true;
    for (auto* slot = account.slots; slot != nullptr; slot = slot->next) slot->now = {};
}

void State::create_if_absent(const Address& address) {
    existing_entry(address);
}

void State::touch(const Address& address) {
    auto& account = entry(address);
    if (account.exists) touch(account);
}

// One transaction

void State::begin_transaction() {
    META138_ASSERT(journal_.empty());
}

std::vector<Log> State::finish_transaction(bool delete_empty) {
    for (auto* account : scheduled_) remove(*account);
    if (delete_empty) {
        for (auto* account : touched_)
            if (account->exists && account->now.is_empty()) remove(*account);
    }
    scheduled_.clear();
    touched_.clear();
    journal_.clear();
    transient_table_.clear();
    transients_.clear();
    ++transaction_;
    return std::exchange(logs_, {});
}

void State::remove(Entry& account) {
    account.exists = false;
    account.now = {};
    account.code = nullptr;
    account.storage_cleared = true;
    for (auto* slot = account.slots; slot != nullptr; slot = slot->next) slot->now = {};
}

bool State::warm_account(const Address& address) {
    auto& account = entry(address);
    if (account.warm_in == transaction_) return false;
    account.warm_in = transaction_;
    journal_.emplace_back(AccountWarmed{&account});
    return true;
}

SlotAccess State::access_storage(const Address& address, const uint256& key) {
    auto& accessed = slot(entry(address), key);
    const bool was_cold = accessed.warm_in != transaction_;
    if (was_cold) {
        accessed.warm_in = transaction_;
        // Nobody writes to a slot without an access before, so this is still the original.
        accessed.original = accessed.now;
        journal_.emplace_back(SlotWarmed{&accessed});
    }
    return {.current = accessed.now, .original = accessed.original, .was_cold = was_cold};
}

uint256 State::transient_storage(const Address& address, const uint256& key) {
    const auto& account = entry(address);
    const auto* found = find_transient(hash_(account.id, key), account, key);
    return found == nullptr ? uint256{} : found->now;
}

void State::set_transient_storage(const Address& address, const uint256& key,
                                  const uint256& value) {
    const auto& account = entry(address);
    const auto hash = hash_(account.id, key);
    auto* found = find_transient(hash, account, key);
    if (found == nullptr) {
        found = &transients_.emplace();
        found->key = key;
        found->account_id = account.id;
        transient_table_.insert(hash, *found);
    }
    journal_.emplace_back(TransientChanged{found, std::exchange(found->now, value)});
}

void State::mark_created(const Address& address) {
    auto& account = existing_entry(address);
    META138_ASSERT(account.created_in != transaction_);
    account.created_in = transaction_;
    journal_.emplace_back(ContractMade{&account});
    touch(account);
}

bool State::was_created(const Address& address) {
    return entry(address).created_in == transaction_;
}

bool State::schedule_deletion(const Address& address) {
    auto& account = entry(address);
    if (account.scheduled_in == transaction_) return false;
    account.scheduled_in = transaction_;
    scheduled_.push_back(&account);
    journal_.emplace_back(DeletionScheduled{&account});
    return true;
}

void State::add_log(Log log) {
    logs_.push_back(std::move(log));
    journal_.emplace_back(LogAdded{});
}

// Undoing

void State::revert_to(Checkpoint to) {
    const auto size = std::to_underlying(to);
    META138_ASSERT(size <= journal_.size());
    while (journal_.size() > size) {
        std::visit([this](const auto& change) { this->undo(change); }, journal_.back());
        journal_.pop_back();
    }
}

void State::undo(const AccountMade& change) {
    change.entry->exists = false;
}

void State::undo(const BalanceChanged& change) {
    change.entry->now.balance = change.before;
}

void State::undo(const NonceChanged& change) {
    change.entry->now.nonce = change.before;
}

void State::undo(const CodeChanged& change) {
    change.entry->code = change.before;
    change.entry->now.code_hash = change.before == nullptr ? EMPTY_CODE_HASH : change.before->hash;
}

void State::undo(const StorageChanged& change) {
    change.slot->now = change.before;
}

void State::undo(const TransientChanged& change) {
    change.slot->now = change.before;
}

void State::undo(const AccountWarmed& change) {
    change.entry->warm_in = 0;
}

void State::undo(const SlotWarmed& change) {
    change.slot->warm_in = 0;
}

void State::undo(const AccountTouched& change) {
    change.entry->touched_in = 0;
    // The last but for address 3, whose touch stays.
    const auto last = std::ranges::find(touched_.rbegin(), touched_.rend(), change.entry);
    touched_.erase(std::next(last).base());
}

void State::undo(const ContractMade& change) {
    change.entry->created_in = 0;
}

void State::undo(const DeletionScheduled& change) {
    change.entry->scheduled_in = 0;
    META138_ASSERT(scheduled_.back() == change.entry);
    scheduled_.pop_back();
}

void State::undo(const LogAdded&) {
    logs_.pop_back();
}

// Whole blocks

AccountDiff State::diff_of(const Entry& account) {
    AccountDiff diff;
    diff.address = account.address;
    if (!account.exists) return diff;
    diff.account = account.now;
    diff.storage_cleared = account.existed && account.storage_cleared;
    for (const auto* slot = account.slots; slot != nullptr; slot = slot->next) {
        const auto& before = account.storage_cleared ? uint256{} : slot->before;
        if (slot->now != before) diff.storage.push_back({slot->key, slot->now});
    }
    return diff;
}

StateDiff State::diff() const {
    META138_ASSERT(journal_.empty());
    StateDiff result;
    std::unordered_set<Hash32> hashes;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const auto& account = entries_[i];
        if (!account.exists && !account.existed) continue;
        auto diff = diff_of(account);
        const bool unchanged = account.exists && account.existed && account.now == account.before &&
                               !diff.storage_cleared && diff.storage.empty();
        if (unchanged) continue;
        const bool new_code =
            account.exists && account.code != nullptr &&
            (!account.existed || account.now.code_hash != account.before.code_hash);
        if (new_code) hashes.insert(account.now.code_hash);
        result.accounts.push_back(std::move(diff));
    }
    for (const auto& code : codes_)
        if (hashes.erase(code->hash) != 0) result.codes.push_back(code);
    return result;
}

void State::reset() {
    META138_ASSERT(journal_.empty());
    latest_ = nullptr;
    latest_slot_ = nullptr;
    entry_table_.clear();
    entries_.clear();
    slot_table_.clear();
    slots_.clear();
    codes_.clear();
}

void State::reset(const StateView& view) {
    reset();
    view_ = &view;
}

}  // namespace meta138::state
