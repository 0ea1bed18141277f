// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/ordered_list_root.hpp"

#include "meta138/codec/rlp/writer.hpp"
#include "meta138/trie/stack_trie.hpp"

#include <algorithm>

namespace meta138::trie {
namespace {

// rlp(0) is 0x80: it sorts after rlp(1) to rlp(127), which are single bytes, and before all longer
// ones.
template <typename Item>
Hash32 root_of(std::span<const Item> items) {
    StackTrie stack;
    rlp::Writer key;
    const auto insert = [&](std::size_t index) {
        key.clear();
        stack.insert(key.integer(index).view(), items[index]);
    };
    const std::size_t single_bytes = std::min<std::size_t>(items.size(), 0x80);
    for (std::size_t i = 1; i < single_bytes; ++i) insert(i);
    if (!items.empty()) insert(0);
    for (std::size_t i = 0x80; i < items.size(); ++i) insert(i);
    return stack.root();
}

}  // namespace

Hash32 ordered_list_root(std::span<const Bytes> items) {
    return root_of(items);
}
Hash32 ordered_list_root(std::span<const ByteView> items) {
    return root_of(items);
}

}  // namespace meta138::trie
