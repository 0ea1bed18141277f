// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/consensus.hpp"
#include "meta138/execution/invalid_block.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace meta138::blockchain {

/// Where an imported block went.
enum class Imported : std::uint8_t {
    new_head,
    reorganised,  ///< It is the head of another branch than the head before.
    side_block,
    already_known,
};

/// The parent is not known: perhaps a gap.
struct UnknownParent {
    Hash32 parent_hash;
};
/// The state that would be needed is no longer retained.
struct StateUnavailable {
    std::uint64_t number = 0;
};
/// There is no such block.
struct UnknownBlock {};
/// A block on the way from the common ancestor turned out invalid; the head stays as it was.
struct InvalidAncestor {
    std::uint64_t number = 0;
    Hash32 hash;
    std::string reason;
};
/// The block would take back one that the consensus protocol made final.
struct ConflictsWithFinal {
    std::uint64_t number = 0;
};

using ImportError =
    std::variant<execution::InvalidBlock, InvalidSeal, UnknownParent, StateUnavailable,
                 UnknownBlock, InvalidAncestor, ConflictsWithFinal>;

/// Whether the block is wrong, and will be: not merely early by this node's clock, or not to be
/// judged by what this node knows.
[[nodiscard]] bool is_invalid(const ImportError& error) noexcept;

/// "gas_used: got 21000, expected 42000"
std::string to_string(const ImportError& error);

}  // namespace meta138::blockchain
