// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <span>

namespace meta138::trie {

/// The root of the trie from rlp(index) to the item: transactions, receipts and withdrawals of a
/// block. No item may be empty.
[[nodiscard]] Hash32 ordered_list_root(std::span<const Bytes> items);
[[nodiscard]] Hash32 ordered_list_root(std::span<const ByteView> items);

}  // namespace meta138::trie
