// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/types/block.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace meta138::qbft {

/// The block of a round, with its hashes: each is computed once.
struct ProposedBlock {
    std::shared_ptr<const Block> block;
    Hash32 hash;    ///< On-chain: the same in each round.
    Hash32 digest;  ///< Committed-seal hash of the header as it was carried: Prepare and Commit.
    Hash32 sealed;  ///< Committed-seal hash with the round of the message: what a seal signs.
    /// The header's round is that of the message. Besu does not insist on it, and neither follows
    /// from the other. But a block whose header says another round cannot be proposed again: the
    /// next proposer must write the prepared round into it, and that gives another digest. So such
    /// a block is followed and imported, and not voted for: a quorum of Prepares for it would leave
    /// a certificate that no proposal satisfies, and the height would never end.
    bool has_its_round = false;
};

[[nodiscard]] ProposedBlock proposed_block(std::shared_ptr<const Block> block, std::uint32_t round);

/// The round in a header's extra data; absent: it cannot be decoded.
[[nodiscard]] std::optional<std::uint32_t> header_round(const Header& header);

/// The block with another round and no seals: itself where it is so already.
[[nodiscard]] std::shared_ptr<const Block> with_round(const std::shared_ptr<const Block>& block,
                                                      std::uint32_t round);

}  // namespace meta138::qbft
