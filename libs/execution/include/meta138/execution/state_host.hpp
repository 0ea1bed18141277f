// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/evm/host.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/fork.hpp"

#include <cstdint>
#include <optional>

namespace meta138::execution {

/// A State as the interpreter sees it, under the rules of a fork.
class StateHost final : public evm::Host {
public:
    /// Both references outlive this object.
    StateHost(state::State& state, const BlockHashes& block_hashes, Fork fork)
        : state_{state}, block_hashes_{block_hashes}, fork_{fork} {}

    bool access_account(const Address& address) override;
    evm::SlotAccess access_storage(const Address& address, const uint256& key) override;
    void set_storage(const Address& address, const uint256& key, const uint256& value) override;

    uint256 transient_storage(const Address& address, const uint256& key) override;
    void set_transient_storage(const Address& address, const uint256& key,
                               const uint256& value) override;

    bool account_exists(const Address& address) override;
    bool is_empty(const Address& address) override;
    uint256 balance(const Address& address) override;
    std::uint64_t nonce(const Address& address) override;
    Hash32 code_hash(const Address& address) override;
    ByteView code(const Address& address) override;
    std::optional<Address> delegate(const Address& address) override;

    void transfer(const Address& from, const Address& to, const uint256& value) override;
    void increment_nonce(const Address& address) override;
    bool has_code_nonce_or_storage(const Address& address) override;
    void create_contract(const Address& address) override;
    void set_code(const Address& address, ByteView code) override;

    bool selfdestruct(const Address& address, const Address& beneficiary) override;

    void emit_log(Log log) override;

    Hash32 block_hash(std::uint64_t number) override;

    [[nodiscard]] evm::Checkpoint checkpoint() override;
    void revert_to(evm::Checkpoint checkpoint) override;

private:
    void touch(const Address& address);

    state::State& state_;
    const BlockHashes& block_hashes_;
    Fork fork_;
};

}  // namespace meta138::execution
