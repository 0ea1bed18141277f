// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "downloader.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/consensus.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <vector>

namespace meta138::sync {

// What a worker makes of peers' messages: pure functions, any thread.

/// BlockHeaders, each with its hashes, and with its block if that has no body.
[[nodiscard]] std::expected<std::vector<SharedHeader>, rlp::DecodeError> decode_headers(
    ByteView payload, const blockchain::Consensus& consensus);

/// Bodies put to the headers that they were asked for by.
struct MatchedBodies {
    std::vector<std::optional<DownloadedBlock>> blocks;  ///< One for each header.
    std::size_t unmatched = 0;                           ///< Bodies of none of them, in order.
};
/// BlockBodies: in the order of the headers, some may be missing. Recovers senders.
[[nodiscard]] std::expected<MatchedBodies, rlp::DecodeError> match_bodies(
    ByteView payload, std::span<const SharedHeader> headers,
    const blockchain::Consensus& consensus);

/// The header in a NewBlock, without a look at the rest: to decide whether that is worth it.
[[nodiscard]] std::expected<DownloadedHeader, rlp::DecodeError> decode_new_block_header(
    ByteView payload, const blockchain::Consensus& consensus);

}  // namespace meta138::sync
