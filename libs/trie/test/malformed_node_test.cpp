// SPDX-License-Identifier: Apache-2.0
// Nodes that a root may commit to although no trie has them.
#include "random_entries.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/hex_prefix.hpp"
#include "meta138/trie/proof.hpp"
#include "meta138/trie/trie.hpp"

#include <gmock/gmock.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace meta138::trie {
namespace {

const Bytes long_value(40, 0x77);

Bytes leaf(NibbleView path, ByteView value = long_value) {
    return rlp::encode_list(encode_hex_prefix(path, true), value);
}

Bytes reference_item(const Bytes& node) {
    return node.size() < 32 ? node : rlp::encode_string(crypto::keccak256(node).bytes);
}

Bytes extension(NibbleView path, const Bytes& child) {
    const auto item = reference_item(child);
    return rlp::encode_list(encode_hex_prefix(path, false), rlp::Raw{item});
}

Bytes branch(const std::map<std::size_t, Bytes>& children, ByteView value = {}) {
    rlp::Writer out;
    out.list([&] {
        for (std::size_t i = 0; i < 16; ++i) {
            const auto child = children.find(i);
            if (child != children.end())
                out.raw(reference_item(child->second));
            else
                out.string({});
        }
        out.string(value);
    });
    return out.take();
}

struct Case {
    std::string name;
    std::vector<Bytes> proof;  // of the key 0x1234, whose nibbles are 1, 2, 3, 4
};

const Bytes key{0x12, 0x34};

std::vector<Case> malformed_proofs() {
    const Nibbles n1{1};
    const Nibbles n2{2};
    const Nibbles n34{3, 4};
    const Nibbles n234{2, 3, 4};
    const Nibbles n1234{1, 2, 3, 4};
    const auto sibling = leaf(n234);
    const auto good = branch({{3, leaf(Nibbles{4})}, {5, leaf(Nibbles{4})}});
    const auto short_leaf = leaf(n234, as_bytes("v"));
    const auto raw = [](ByteView path, ByteView value) { return rlp::encode_list(path, value); };
    const Bytes one_item = rlp::encode_list(ByteView{long_value});
    const Bytes list_value = rlp::encode_list(encode_hex_prefix(n1234, true), rlp::Raw{one_item});
    const auto inlined_hash = crypto::keccak256(short_leaf);
    rlp::Writer not_embedded;
    not_embedded.list([&] {
        for (int i = 0; i < 16; ++i) {
            if (i == 1)
                not_embedded.fixed(inlined_hash);
            else
                not_embedded.string(i == 2 ? ByteView{inlined_hash.bytes} : ByteView{});
        }
        not_embedded.string({});
    });
    rlp::Writer embedded_too_long;
    embedded_too_long.list([&] {
        for (int i = 0; i < 16; ++i) {
            if (i == 1 || i == 2)
                embedded_too_long.raw(sibling);
            else
                embedded_too_long.string({});
        }
        embedded_too_long.string({});
    });
    rlp::Writer short_hash;
    short_hash.list([&] {
        for (int i = 0; i < 16; ++i)
            short_hash.string(i < 3 ? ByteView{long_value}.first(31) : ByteView{});
        short_hash.string({});
    });

    return {
        {"not_rlp", {{0xff, 0xff}}},
        {"a_string", {rlp::encode_string(long_value)}},
        {"no_items", {rlp::encode_list()}},
        {"one_item", {one_item}},
        {"three_items", {rlp::encode_list(ByteView{long_value}, ByteView{long_value}, ByteView{})}},
        {"path_is_empty_string", {raw({}, long_value)}},
        {"path_with_flag_4", {raw(Bytes{0x40, 0x12, 0x34}, long_value)}},
        {"even_path_with_stray_bits", {raw(Bytes{0x21, 0x12, 0x34}, long_value)}},
        {"leaf_without_value", {leaf(n1234, {})}},
        {"leaf_with_a_list_for_value", {list_value}},
        {"extension_without_path", {extension({}, good), good}},
        {"extension_to_nothing", {raw(encode_hex_prefix(n1, false), {})}},
        {"extension_to_leaf", {extension(n1, sibling), sibling}},
        {"extension_to_extension", {extension(n1, extension(n2, good)), extension(n2, good), good}},
        {"branch_with_one_child", {branch({{1, sibling}}), sibling}},
        {"branch_without_entries", {branch({})}},
        {"branch_with_only_a_value", {branch({}, long_value)}},
        {"node_that_should_be_embedded", {not_embedded.take(), short_leaf}},
        {"embedded_node_of_32_bytes_or_more", {embedded_too_long.take()}},
        {"hash_of_31_bytes", {short_hash.take()}},
    };
}

class HashStore : public NodeSource {
public:
    explicit HashStore(const std::vector<Bytes>& nodes) {
        for (const auto& node : nodes) nodes_[crypto::keccak256(node)] = node;
    }
    std::optional<Bytes> find_node(NibbleView, const Hash32& hash) override {
        const auto found = nodes_.find(hash);
        if (found == nodes_.end()) return std::nullopt;
        return found->second;
    }

private:
    std::map<Hash32, Bytes> nodes_;
};

TEST(MalformedNode, is_rejected_in_a_proof) {
    for (const auto& test : malformed_proofs()) {
        const auto root = crypto::keccak256(test.proof.front());
        EXPECT_EQ(verify_proof(root, key, test.proof).error(), ProofError::malformed_node)
            << test.name;
    }
}

TEST(MalformedNode, is_taken_for_a_missing_one_in_a_node_source) {
    for (const auto& test : malformed_proofs()) {
        HashStore store{test.proof};
        Trie trie{crypto::keccak256(test.proof.front()), store};
        EXPECT_THROW(trie.insert(key, as_bytes("v")), MissingNode) << test.name;
        EXPECT_THROW(trie.erase(key), MissingNode) << test.name;
        EXPECT_THROW(static_cast<void>(trie.find(key)), MissingNode) << test.name;
    }
}

TEST(MalformedNode, is_rejected_in_a_range_proof) {
    Hash32 first;
    std::ranges::copy(key, first.begin());
    for (const auto& test : malformed_proofs()) {
        const auto root = crypto::keccak256(test.proof.front());
        EXPECT_EQ(verify_range_proof(root, first, {}, test.proof).error(),
                  ProofError::malformed_node)
            << test.name;
    }
    for (const auto& test : std::vector<Case>{
             {"leaf_of_a_shorter_key", {leaf(Nibbles{1, 2, 3, 4})}},
             {"leaf_of_a_longer_key", {leaf(Nibbles(66, 1))}},
             {"branch_with_a_value", {branch({{1, leaf(Nibbles{1})}}, long_value)}},
             {"extension_of_64_nibbles", {extension(Nibbles(64, 1), branch({}))}},
         }) {
        const auto root = crypto::keccak256(test.proof.front());
        EXPECT_EQ(verify_range_proof(root, first, {}, test.proof).error(),
                  ProofError::malformed_node)
            << test.name;
    }
}

TEST(WellFormedNode, is_accepted_with_an_embedded_child_in_a_branch_and_at_the_root) {
    const std::vector<Bytes> small_root{leaf(Nibbles{1, 2, 3, 4}, as_bytes("v"))};
    EXPECT_EQ(verify_proof(crypto::keccak256(small_root[0]), key, small_root),
              to_bytes(as_bytes("v")));
    const std::vector<Bytes> embedded{
        branch({{1, leaf(Nibbles{2, 3, 4}, as_bytes("v"))}, {2, leaf(Nibbles{2})}})};
    EXPECT_EQ(verify_proof(crypto::keccak256(embedded[0]), key, embedded), to_bytes(as_bytes("v")));
}

}  // namespace
}  // namespace meta138::trie
