// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/types/block.hpp"

#include <optional>

namespace meta138::rpc {

// What a child of the head would have, one second after it.

/// In wei; absent before London.
[[nodiscard]] std::optional<uint256> next_base_fee(const blockchain::ChainView& view);
/// In wei; absent before Cancun.
[[nodiscard]] std::optional<uint256> next_blob_base_fee(const blockchain::ChainView& view);
/// Of any block; absent before Cancun.
[[nodiscard]] std::optional<uint256> blob_base_fee_of(const blockchain::ChainView& view,
                                                      const Header& header);

}  // namespace meta138::rpc
