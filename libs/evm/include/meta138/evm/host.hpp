// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/receipt.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace meta138::evm {

/// What one storage slot held when it was accessed.
struct SlotAccess {
    uint256 current;
    uint256 original;       ///< At the start of the transaction (EIP-2200).
    bool was_cold = false;  ///< EIP-2929: first access in this transaction.
};

/// A place in the journal of changes to go back to.
enum class Checkpoint : std::size_t {};

/// The world as the interpreter sees and changes it. Called by one thread.
///
/// The interpreter decides (gas, rules, order), the host remembers: every change it makes is undone
/// by revert_to() of an earlier checkpoint, warm marks included.
class Host {
public:
    virtual ~Host() = default;

    /// EIP-2929: marks the account warm; true when it was cold. Precompiles are always warm.
    virtual bool access_account(const Address& address) = 0;
    /// EIP-2929: reads the slot and marks it warm.
    virtual SlotAccess access_storage(const Address& address, const uint256& key) = 0;
    virtual void set_storage(const Address& address, const uint256& key, const uint256& value) = 0;

    /// EIP-1153.
    virtual uint256 transient_storage(const Address& address, const uint256& key) = 0;
    virtual void set_transient_storage(const Address& address, const uint256& key,
                                       const uint256& value) = 0;

    /// In the state at all, be it empty (matters before EIP-161).
    virtual bool account_exists(const Address& address) = 0;
    /// EIP-161: absent, or without nonce, balance and code.
    virtual bool is_empty(const Address& address) = 0;
    virtual uint256 balance(const Address& address) = 0;
    virtual std::uint64_t nonce(const Address& address) = 0;
    /// EMPTY_CODE_HASH for an account without code, absent ones included.
    virtual Hash32 code_hash(const Address& address) = 0;
    /// Valid until the end of the transaction.
    virtual ByteView code(const Address& address) = 0;
    /// EIP-7702: where the account's code points, if it is a delegation designator.
    virtual std::optional<Address> delegate(const Address& address) = 0;

    /// Moves value; the sender has it. Touches the recipient (EIP-161), also when value is zero.
    virtual void transfer(const Address& from, const Address& to, const uint256& value) = 0;
    virtual void increment_nonce(const Address& address) = 0;
    /// EIP-684 and EIP-7610: nonce, code or storage at the address of a new contract.
    virtual bool has_code_nonce_or_storage(const Address& address) = 0;
    /// Makes an account as a new contract, keeping its balance: created in this transaction
    /// (EIP-6780), nonce 1 from Spurious Dragon on.
    virtual void create_contract(const Address& address) = 0;
    virtual void set_code(const Address& address, ByteView code) = 0;

    /// SELFDESTRUCT by the rules of the fork (EIP-6780): moves the balance, schedules the deletion.
    /// True when the account was not scheduled yet (the refund before EIP-3529).
    virtual bool selfdestruct(const Address& address, const Address& beneficiary) = 0;

    virtual void emit_log(Log log) = 0;

    /// Hash of an ancestor; asked only for the 256 most recent ones.
    virtual Hash32 block_hash(std::uint64_t number) = 0;

    [[nodiscard]] virtual Checkpoint checkpoint() = 0;
    virtual void revert_to(Checkpoint checkpoint) = 0;
};

}  // namespace meta138::evm
