// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/ordered_list_root.hpp"

#include "meta138/codec/rlp/writer.hpp"
#include "meta138/trie/trie.hpp"

namespace meta138::trie {
namespace {

// A trie rather than a StackTrie: it hashes 8 nodes at once, and takes 60 us instead of 200 for 200
// items of 500 bytes.
template <typename Item>
Hash32 root_of(std::span<const Item> items) {
    Trie trie;
    rlp::Writer key;
    for (std::size_t i = 0; i < items.size(); ++i) {
        key.clear();
        trie.insert(key.integer(i).view(), items[i]);
    }
    return trie.root();
}

}  // namespace

Hash32 ordered_list_root(std::span<const Bytes> items) {
    return root_of(items);
}
Hash32 ordered_list_root(std::span<const ByteView> items) {
    return root_of(items);
}

}  // namespace meta138::trie
