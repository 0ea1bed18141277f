// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace meta138::rpc {

/// A block, and what its object says beyond it.
struct BlockParts {
    const Header& header;
    const Hash32& hash;
    std::optional<uint256> total_difficulty;  ///< Absent: not shown.
    std::uint64_t size = 0;
    std::span<const Transaction> transactions;
    std::span<const Address> senders;  ///< One for each transaction; unused unless `full`.
    std::span<const Header> ommers;
    const std::optional<std::vector<Withdrawal>>& withdrawals;
};

/// A block object (Besu BlockResult) with its transactions or, unless `full`, their hashes.
void write_block(json::Writer& out, const BlockParts& block, bool full,
                 const blockchain::Consensus& consensus);

/// The block object of an ommer: like a block without a body.
void write_ommer(json::Writer& out, const Header& header, const Hash32& hash);

/// What a block's object shows as totalDifficulty. Besu leaves it out when the block's difficulty
/// is 0; on a chain that has left proof of work behind we leave it out for all blocks, as
/// execution-apis has it: go-ethereum no longer knows it.
[[nodiscard]] std::optional<uint256> shown_total_difficulty(const blockchain::ChainView& view,
                                                            const Header& header,
                                                            const uint256& total_difficulty);

/// Writes a canonical block; false, and nothing written, if its body is not there.
bool write_canonical_block(json::Writer& out, const blockchain::ChainView& view,
                           std::uint64_t number, bool full);

}  // namespace meta138::rpc
