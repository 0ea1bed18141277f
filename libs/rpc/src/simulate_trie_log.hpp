// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/state/state.hpp"
#include "meta138/state/state_view.hpp"
#include "meta138/storage/snapshot.hpp"

#include <cstdint>
#include <map>
#include <set>

namespace meta138::rpc {

/// What simulated blocks have touched: accounts that were called, created or paid, and slots that
/// were written, be it with what they held before.
class TouchedAccounts final : public evm::Tracer {
public:
    void touch(const Address& address) { accounts_[address]; }
    [[nodiscard]] const std::map<Address, std::set<uint256>>& accounts() const noexcept {
        return accounts_;
    }

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;
    void on_selfdestruct(const Address& address, const Address& beneficiary,
                         const uint256& balance) override;

private:
    std::map<Address, std::set<uint256>> accounts_;
};

/// The states before and after some simulated blocks.
struct SimulatedStates {
    const storage::Snapshot& blocks;
    std::uint64_t base;              ///< The number of the block before them.
    const state::StateView& before;  ///< The state after that block.
    state::State& after;
};

/// Besu's trie log of a simulated block: what was touched, with what it was and what it is
/// (Besu TrieLogFactoryImpl).
[[nodiscard]] Bytes encode_trie_log(const Hash32& block_hash, const TouchedAccounts& touched,
                                    const SimulatedStates& states);

}  // namespace meta138::rpc
