// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/types/block.hpp"

#include <utility>

namespace meta138::qbft {

/// The hash of a header that has another extra data.
inline Hash32 hash_with(Header header, Bytes extra_data) {
    header.extra_data = std::move(extra_data);
    return block_hash(header);
}

}  // namespace meta138::qbft
