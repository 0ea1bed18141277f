// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/state/bytecode.hpp"
#include "meta138/state/flat_table.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/state/state_view.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/receipt.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace meta138::state {

/// A place in the journal of a transaction's changes to go back to.
enum class Checkpoint : std::size_t {};

/// What a storage slot held when it was accessed.
struct SlotAccess {
    uint256 current;
    uint256 original;       ///< At the start of the transaction (EIP-2200).
    bool was_cold = false;  ///< EIP-2929: first access in this transaction.
};

/// Accounts and storage as the transactions of a block change them, on top of a StateView.
///
/// Knows no fork and no gas. Every change within a transaction writes its inverse into a journal;
/// revert_to() undoes all since a checkpoint, warm marks, logs and transient storage included.
/// Between transactions there is nothing to go back to: finish_transaction() makes changes final.
///
/// Accounts and slots are read from the view once a block. Warm marks, originals and marks of a
/// transaction are stamped with the transaction's number, so that nothing is cleared between two of
/// them, and in the steady state nothing is allocated. One thread at a time.
class State {
public:
    /// The view outlives this object, and does not change before reset().
    explicit State(const StateView& view) : view_{&view} {}

    State(const State&) = delete;
    State& operator=(const State&) = delete;
    State(State&&) noexcept = default;
    State& operator=(State&&) noexcept = default;
    ~State() = default;

    // Reading. Absent accounts have nonce 0, balance 0 and no code.

    [[nodiscard]] bool exists(const Address& address);
    /// EIP-161: absent, or without nonce, balance and code.
    [[nodiscard]] bool is_empty(const Address& address);
    [[nodiscard]] uint256 balance(const Address& address);
    [[nodiscard]] std::uint64_t nonce(const Address& address);
    [[nodiscard]] Hash32 code_hash(const Address& address);
    /// Valid until reset().
    [[nodiscard]] ByteView code(const Address& address);
    /// EIP-7702: where the account's code points, if it is a delegation designator.
    [[nodiscard]] std::optional<Address> delegate(const Address& address);
    [[nodiscard]] uint256 storage(const Address& address, const uint256& key);
    /// Whether any slot is not zero (EIP-7610).
    [[nodiscard]] bool has_storage(const Address& address);

    // Changing. Each of these makes the account if it is absent, and touches it (EIP-161).

    void set_balance(const Address& address, const uint256& balance);
    void add_balance(const Address& address, const uint256& amount);
    /// The account has that much.
    void subtract_balance(const Address& address, const uint256& amount);
    void set_nonce(const Address& address, std::uint64_t nonce);
    void set_code(const Address& address, SharedBytecode code);
    void set_storage(const Address& address, const uint256& key, const uint256& value);
    /// All slots become zero. Not within a transaction, and not to be undone: for simulations,
    /// which put other storage in its place. The account is there.
    void clear_storage(const Address& address);
    /// Makes an empty account where there is none (before EIP-161).
    void create_if_absent(const Address& address);
    /// EIP-161: if the account is there and empty at the end of the transaction, it goes away. The
    /// touch of address 3 survives revert_to(), as it did in mainnet's block 2675119.
    void touch(const Address& address);

    // One transaction.

    /// No other transaction is open.
    void begin_transaction();
    /// Deletes what was scheduled and, if `delete_empty` (EIP-161), the touched accounts that are
    /// empty; forgets what belongs to the transaction alone: the journal, warm marks, originals,
    /// transient storage. Returns the logs.
    std::vector<Log> finish_transaction(bool delete_empty);

    /// EIP-2929: marks the account warm; true when it was cold.
    bool warm_account(const Address& address);
    /// EIP-2929: reads the slot and marks it warm.
    SlotAccess access_storage(const Address& address, const uint256& key);

    /// EIP-1153.
    [[nodiscard]] uint256 transient_storage(const Address& address, const uint256& key);
    void set_transient_storage(const Address& address, const uint256& key, const uint256& value);

    /// Marks the account as a contract made in this transaction (EIP-6780); makes it if absent.
    void mark_created(const Address& address);
    [[nodiscard]] bool was_created(const Address& address);
    /// The account is deleted at the end of the transaction. False if it was scheduled before.
    bool schedule_deletion(const Address& address);

    void add_log(Log log);
    [[nodiscard]] const std::vector<Log>& logs() const noexcept { return logs_; }

    [[nodiscard]] Checkpoint checkpoint() const noexcept { return Checkpoint{journal_.size()}; }
    /// Undoes every change since `to`, which is a checkpoint of this transaction not undone yet.
    void revert_to(Checkpoint to);

    // Whole blocks.

    /// What changed since the view. Not within a transaction.
    [[nodiscard]] StateDiff diff() const;
    /// Forgets everything, also what was read; keeps the memory.
    void reset();
    /// The same over another view.
    void reset(const StateView& view);

private:
    struct Slot;

    struct Entry {
        Address address;
        std::uint32_t id = 0;
        bool exists = false;
        bool existed = false;          // in the view
        bool storage_cleared = false;  // the view's storage no longer counts
        Account now;
        Account before;                  // in the view
        const Bytecode* code = nullptr;  // null: not read yet, or none
        Slot* slots = nullptr;           // those of the account that were read, latest first
        // The transaction in which the account became warm, was touched, made, scheduled.
        std::uint32_t warm_in = 0;
        std::uint32_t touched_in = 0;
        std::uint32_t created_in = 0;
        std::uint32_t scheduled_in = 0;
    };

    struct Slot {
        uint256 key;
        uint256 now;
        uint256 original;  // before the transaction `warm_in`
        uint256 before;    // in the view
        Entry* account = nullptr;
        Slot* next = nullptr;  // of the same account
        std::uint32_t warm_in = 0;
    };

    struct TransientSlot {
        uint256 key;
        uint256 now;
        std::uint32_t account_id = 0;
    };

    // The inverse of each kind of change.
    struct AccountMade {
        Entry* entry;
    };
    struct BalanceChanged {
        Entry* entry;
        uint256 before;
    };
    struct NonceChanged {
        Entry* entry;
        std::uint64_t before;
    };
    struct CodeChanged {
        Entry* entry;
        const Bytecode* before;
    };
    struct StorageChanged {
        Slot* slot;
        uint256 before;
    };
    struct TransientChanged {
        TransientSlot* slot;
        uint256 before;
    };
    struct AccountWarmed {
        Entry* entry;
    };
    struct SlotWarmed {
        Slot* slot;
    };
    struct AccountTouched {
        Entry* entry;
    };
    struct ContractMade {
        Entry* entry;
    };
    struct DeletionScheduled {
        Entry* entry;
    };
    struct LogAdded {};
    using Change = std::variant<AccountMade, BalanceChanged, NonceChanged, CodeChanged,
                                StorageChanged, TransientChanged, AccountWarmed, SlotWarmed,
                                AccountTouched, ContractMade, DeletionScheduled, LogAdded>;

    static void undo(const AccountMade& change);
    static void undo(const BalanceChanged& change);
    static void undo(const NonceChanged& change);
    static void undo(const CodeChanged& change);
    static void undo(const StorageChanged& change);
    static void undo(const TransientChanged& change);
    static void undo(const AccountWarmed& change);
    static void undo(const SlotWarmed& change);
    void undo(const AccountTouched& change);
    static void undo(const ContractMade& change);
    void undo(const DeletionScheduled& change);
    void undo(const LogAdded& change);

    Entry& entry(const Address& address) {
        if (latest_ != nullptr && latest_->address == address) return *latest_;
        return find_or_read(address);
    }
    Entry& find_or_read(const Address& address);
    Entry& existing_entry(const Address& address);
    Slot& slot(Entry& account, const uint256& key) {
        if (latest_slot_ != nullptr && latest_slot_->account == &account &&
            latest_slot_->key == key)
            return *latest_slot_;
        return find_or_read(account, key);
    }
    Slot& find_or_read(Entry& account, const uint256& key);
    TransientSlot* find_transient(std::uint64_t hash, const Entry& account, const uint256& key);
    const Bytecode* code_of(Entry& account);
    void touch(Entry& account);
    void make(Entry& account);
    void change_balance(Entry& account, const uint256& balance);
    static void remove(Entry& account);
    static AccountDiff diff_of(const Entry& account);

    const StateView* view_;
    KeyHash hash_;
    std::uint32_t transaction_ = 1;  // its number, never zero
    // Most accesses are to the account of the access before, and SSTORE looks at its slot first.
    Entry* latest_ = nullptr;
    Slot* latest_slot_ = nullptr;

    Pool<Entry> entries_;
    FlatTable<Entry> entry_table_;
    Pool<Slot> slots_;
    FlatTable<Slot> slot_table_;
    Pool<TransientSlot> transients_;
    FlatTable<TransientSlot> transient_table_;
    std::vector<SharedBytecode> codes_;  // owns what entries point to

    std::vector<Change> journal_;
    std::vector<Entry*> touched_;
    std::vector<Entry*> scheduled_;
    std::vector<Log> logs_;
};

}  // namespace meta138::state
