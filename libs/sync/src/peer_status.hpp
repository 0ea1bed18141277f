// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/p2p/eth.hpp"
#include "meta138/types/fork_id.hpp"
#include "meta138/types/genesis.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace meta138::sync {

/// The handshake of eth: what our Status says, and whether a peer's fits.
class PeerStatus {
public:
    PeerStatus(std::uint64_t network_id, const blockchain::ChainView& view);

    [[nodiscard]] p2p::eth::Status local(std::uint64_t version,
                                         const blockchain::ChainView& view) const;
    [[nodiscard]] p2p::eth::BlockRange range(const blockchain::ChainView& view) const;

    /// Why the peer is of another network, for people: what differs, and where it can, which key of
    /// the genesis file. Absent: it is of ours.
    [[nodiscard]] std::optional<std::string> find_mismatch(const p2p::eth::Status& remote,
                                                           const blockchain::ChainView& view) const;

private:
    [[nodiscard]] std::string explain(const ForkId& remote, std::uint64_t number,
                                      std::uint64_t timestamp) const;

    std::uint64_t network_id_;
    Hash32 genesis_hash_;
    std::uint64_t genesis_time_;
    ForkSchedule schedule_;
    ForkFilter filter_;
    bool has_forks_;  // after the genesis block
};

}  // namespace meta138::sync
