// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/storage/snapshot.hpp"
#include "meta138/types/receipt.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace meta138::rpc {

/// Addresses, and alternatives of all positions together, that one filter may name.
inline constexpr std::size_t max_filter_terms = 10'000;

/// Which logs are wanted (eth_getLogs, eth_newFilter, the subscription to logs).
struct LogFilter {
    BlockNumberParameter from{BlockTag::latest};
    BlockNumberParameter to{BlockTag::latest};
    std::optional<Hash32> block_hash;  ///< In place of a range.
    std::vector<Address> addresses;    ///< Empty: any.

    /// One position of the topics: absent alternatives match whatever stands there.
    struct Position {
        bool matches_any = false;
        std::vector<Hash32> alternatives;
    };
    /// A log with fewer topics than positions does not match.
    std::vector<Position> topics;

    [[nodiscard]] bool matches(const Log& log) const;
    /// Whether a block with that bloom may have a log that matches: most blocks need not be read.
    [[nodiscard]] bool may_match(const Bloom& bloom) const;
    /// The part of it that the index of logs understands.
    [[nodiscard]] storage::LogQuery query(std::uint64_t from_block, std::uint64_t to_block) const;
};

/// Fails with "Invalid filter params".
[[nodiscard]] RpcResult<LogFilter> decode_log_filter(json::Value value);

template <>
struct Parameter<LogFilter> {
    static RpcResult<LogFilter> decode(json::Value value) { return decode_log_filter(value); }
};

}  // namespace meta138::rpc
