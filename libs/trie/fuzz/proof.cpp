// SPDX-License-Identifier: Apache-2.0
// The input is a proof from a stranger. The first byte chooses what it is for: the root is the hash
// of its first node, so that nodes are looked at and not only refused for their hash.
#include "meta138/trie/proof.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/trie.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace {

using namespace meta138;
using namespace meta138::trie;

struct Witness : NodeSource {
    std::optional<Bytes> find_node(NibbleView, const Hash32& hash) override {
        const auto found = nodes.find(hash);
        return found == nodes.end() ? std::nullopt : std::optional{found->second};
    }
    std::map<Hash32, Bytes> nodes;
};

Hash32 key_from(ByteView bytes) {
    Hash32 key;
    std::copy_n(bytes.begin(), std::min(bytes.size(), key.size()), key.begin());
    return key;
}

void verify_single(const Hash32& root, ByteView key, const std::vector<Bytes>& proof) {
    const auto verified = verify_proof(root, key, proof);
    if (!verified) return;
    // What is proven is what a trie over these nodes has, and it proves the same.
    Witness witness;
    for (const auto& node : proof) witness.nodes[crypto::keccak256(node)] = node;
    Trie trie{root, witness};
    try {
        const auto found = trie.find(key);
        META138_ASSERT(found.has_value() == verified->has_value());
        META138_ASSERT(!found || equal(*found, **verified));
        META138_ASSERT(root == empty_root || trie.prove(key) == proof);
        trie.insert(key, as_bytes("a new value"));
        static_cast<void>(trie.root());
        trie.erase(key);
        static_cast<void>(trie.root());
    } catch (const MissingNode&) {
        // A malformed node is embedded in a good one, or a collapse needs a sibling.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // rlp([key, [entry, ...], [node, ...]]) after the first byte; an entry is [key, value].
    auto in = rlp::Reader::list(ByteView{data, size}.subspan(1));
    const auto key = in.bytes();
    std::vector<RangeEntry> entries;
    for (auto list = in.list(); !list.empty();) {
        auto entry = list.list();
        const auto entry_key = entry.bytes();
        entries.push_back({.key = key_from(entry_key), .value = entry.bytes()});
    }
    const auto proof = in.items([](rlp::Reader& nodes) { return to_bytes(nodes.bytes()); });
    if (!in.finish() || key.size() > max_key_size) return 0;

    const auto root = proof.empty() ? empty_root : crypto::keccak256(proof.front());
    if ((data[0] & 1) == 0)
        verify_single(root, key, proof);
    else
        static_cast<void>(verify_range_proof(root, key_from(key), entries, proof));
    return 0;
}
