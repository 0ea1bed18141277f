// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node.hpp"

#include "meta138/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace meta138::trie {

/// Computes the references of changed nodes, the deepest level first, so that each level is a few
/// batches for keccak256_batch. Keeps its buffers from call to call.
class Hasher {
public:
    /// Of all changed nodes at and below these.
    void update(std::span<Node* const> subtrees);

private:
    static constexpr std::size_t batch_nodes = 64;

    void collect(Node* node, std::size_t level);
    void hash_level(std::span<Node* const> nodes);
    void hash_batch();

    std::vector<std::vector<Node*>> levels_;
    // The batch: nodes whose RLP has 32 bytes or more, one after the other in buffer_.
    Bytes buffer_;
    std::size_t filled_ = 0;
    std::size_t count_ = 0;
    std::array<Node*, batch_nodes> nodes_{};
    std::array<std::size_t, batch_nodes> sizes_{};
};

}  // namespace meta138::trie
