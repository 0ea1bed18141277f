// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/client/chain.hpp"
#include "meta138/operator/watch/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace meta138::op {

/// What a node is asked each time; read_node() reads the answers.
[[nodiscard]] std::vector<client::BatchCall> node_questions(bool is_validator);
void read_node(const std::vector<client::BatchResult>& answers, NodeSight& node);

[[nodiscard]] client::BatchCall block_question(std::uint64_t number);
/// Absent if the node has no such block.
[[nodiscard]] std::optional<BlockSight> read_block(const client::BatchResult& answer);

[[nodiscard]] client::BatchCall feed_question(const Address& feed);
void read_feed(const client::BatchResult& answer, unsigned decimals, FeedSight& feed);

/// Of a `/health` body: the first problem that it names; empty if there is none.
[[nodiscard]] std::string first_problem(const std::string& body);

}  // namespace meta138::op
