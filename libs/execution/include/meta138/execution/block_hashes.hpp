// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstdint>

namespace meta138::execution {

/// The hashes of a block's ancestors, for BLOCKHASH.
class BlockHashes {
public:
    virtual ~BlockHashes() = default;

    /// Of the ancestor with this number; asked only for the 256 most recent ones. Zero if unknown.
    [[nodiscard]] virtual Hash32 block_hash(std::uint64_t number) const = 0;
};

}  // namespace meta138::execution
