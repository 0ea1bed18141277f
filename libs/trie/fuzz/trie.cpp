// SPDX-License-Identifier: Apache-2.0
// The input is a program for a trie: it must behave as a map, have the root that a stack trie
// computes from that map, and leave exactly its nodes in a store.
#include "meta138/trie/trie.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/trie/proof.hpp"
#include "meta138/trie/stack_trie.hpp"

#include <algorithm>
#include <map>

namespace {

using namespace meta138;
using namespace meta138::trie;

using Model = std::map<Bytes, Bytes>;
using Nodes = std::map<Nibbles, Bytes>;

struct Store : NodeSource {
    std::optional<Bytes> find_node(NibbleView path, const Hash32&) override {
        const auto found = nodes.find({path.begin(), path.end()});
        return found == nodes.end() ? std::nullopt : std::optional{found->second};
    }
    Nodes nodes;
};

class Program {
public:
    explicit Program(ByteView code) : rest_{code} {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto result = rest_.front();
        rest_ = rest_.subspan(1);
        return result;
    }
    Bytes bytes(std::size_t size) {
        const auto result = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(result.size());
        return to_bytes(result);
    }

private:
    ByteView rest_;
};

Hash32 root_of(const Model& model, Nodes& nodes) {
    StackTrie stack{[&](NibbleView path, const Hash32&, ByteView rlp) {
        nodes[{path.begin(), path.end()}] = to_bytes(rlp);
    }};
    for (const auto& [key, value] : model) stack.insert(key, value);
    return stack.root();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Program program{{data, size}};
    Store store;
    Model model;
    Trie trie{empty_root, store};
    // Checks against the whole model are what takes time.
    for (int checks = 0; !program.done() && checks < 24;) {
        const auto step = program.byte();
        const auto key = program.bytes(step >> 3 & 3);
        switch (step & 7) {
            case 0: META138_ASSERT(trie.erase(key) == (model.erase(key) == 1)); break;
            case 1: {
                const auto found = trie.find(key);
                const auto expected = model.find(key);
                META138_ASSERT(found.has_value() == (expected != model.end()));
                META138_ASSERT(!found || equal(*found, expected->second));
                break;
            }
            case 2: {
                Nodes nodes;
                META138_ASSERT(trie.root() == root_of(model, nodes));
                const auto verified = verify_proof(trie.root(), key, trie.prove(key));
                META138_ASSERT(verified && verified->has_value() == model.contains(key));
                ++checks;
                break;
            }
            case 3: {
                const auto root = trie.commit([&](NibbleView path, ByteView rlp) {
                    if (rlp.empty())
                        META138_ASSERT(store.nodes.erase({path.begin(), path.end()}) == 1);
                    else
                        store.nodes[{path.begin(), path.end()}] = to_bytes(rlp);
                });
                Nodes nodes;
                META138_ASSERT(root == root_of(model, nodes) && store.nodes == nodes);
                if ((step & 0x80) != 0) trie = Trie{root, store};
                ++checks;
                break;
            }
            default: {
                const Bytes value(1 + program.byte() % 48, step);
                trie.insert(key, value);
                model[key] = value;
            }
        }
    }
    return 0;
}
