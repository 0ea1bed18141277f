// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/state_host.hpp"

#include "meta138/evm/precompiles.hpp"

#include <utility>

namespace meta138::execution {

bool StateHost::access_account(const Address& address) {
    return state_.warm_account(address) && !evm::is_precompile(address, fork_);
}

evm::SlotAccess StateHost::access_storage(const Address& address, const uint256& key) {
    const auto access = state_.access_storage(address, key);
    return {.current = access.current, .original = access.original, .was_cold = access.was_cold};
}

void StateHost::set_storage(const Address& address, const uint256& key, const uint256& value) {
    state_.set_storage(address, key, value);
}

uint256 StateHost::transient_storage(const Address& address, const uint256& key) {
    return state_.transient_storage(address, key);
}

void StateHost::set_transient_storage(const Address& address, const uint256& key,
                                      const uint256& value) {
    state_.set_transient_storage(address, key, value);
}

bool StateHost::account_exists(const Address& address) {
    return state_.exists(address);
}

bool StateHost::is_empty(const Address& address) {
    return state_.is_empty(address);
}

uint256 StateHost::balance(const Address& address) {
    return state_.balance(address);
}

std::uint64_t StateHost::nonce(const Address& address) {
    return state_.nonce(address);
}

Hash32 StateHost::code_hash(const Address& address) {
    return state_.code_hash(address);
}

ByteView StateHost::code(const Address& address) {
    return state_.code(address);
}

std::optional<Address> StateHost::delegate(const Address& address) {
    return state_.delegate(address);
}

// Before EIP-161 a touched account comes into being and stays, be it empty.
void StateHost::touch(const Address& address) {
    if (fork_ >= Fork::spurious_dragon)
        state_.touch(address);
    else
        state_.create_if_absent(address);
}

void StateHost::transfer(const Address& from, const Address& to, const uint256& value) {
    if (value.is_zero()) return touch(to);
    state_.subtract_balance(from, value);
    state_.add_balance(to, value);
}

void StateHost::increment_nonce(const Address& address) {
    state_.set_nonce(address, state_.nonce(address) + 1);
}

bool StateHost::has_code_nonce_or_storage(const Address& address) {
    return state_.nonce(address) != 0 || state_.code_hash(address) != EMPTY_CODE_HASH ||
           state_.has_storage(address);
}

void StateHost::create_contract(const Address& address) {
    state_.mark_created(address);
    if (fork_ >= Fork::spurious_dragon) state_.set_nonce(address, 1);
}

void StateHost::set_code(const Address& address, ByteView code) {
    state_.set_code(address, state::make_bytecode(to_bytes(code)));
}

bool StateHost::selfdestruct(const Address& address, const Address& beneficiary) {
    const auto balance = state_.balance(address);
    const bool is_deleted = fork_ < Fork::cancun || state_.was_created(address);  // EIP-6780
    transfer(address, beneficiary, balance);
    if (!is_deleted) return false;
    // What an account leaves to itself is burnt.
    if (address == beneficiary && !balance.is_zero()) state_.set_balance(address, {});
    return state_.schedule_deletion(address);
}

void StateHost::emit_log(Log log) {
    state_.add_log(std::move(log));
}

Hash32 StateHost::block_hash(std::uint64_t number) {
    return block_hashes_.block_hash(number);
}

evm::Checkpoint StateHost::checkpoint() {
    return evm::Checkpoint{std::to_underlying(state_.checkpoint())};
}

void StateHost::revert_to(evm::Checkpoint checkpoint) {
    state_.revert_to(state::Checkpoint{std::to_underlying(checkpoint)});
}

}  // namespace meta138::execution
