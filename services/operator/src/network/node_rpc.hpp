// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// One JSON-RPC request to a node on this machine, on a connection of its own; the result, or why
/// there is none. A node that does not answer costs the timeout and no more.
[[nodiscard]] std::expected<nlohmann::json, std::string> call_node(
    std::uint16_t port, std::string_view method, const nlohmann::json& params,
    std::chrono::milliseconds timeout = std::chrono::milliseconds{1000});

/// What a node says of itself; negative: it does not say.
struct NodeView {
    std::int64_t height = -1;
    std::int64_t peers = -1;
    std::int64_t timestamp = -1;  ///< Of the head, in seconds since 1970.
    std::string hash;             ///< Of the head.
    std::string error;
};

/// Asks nodes all at once; the answers in their order.
[[nodiscard]] std::vector<NodeView> look_at_nodes(const std::vector<std::uint16_t>& ports);

/// The number in "0x1f"; -1 if it is none.
[[nodiscard]] std::int64_t quantity(const nlohmann::json& value);

}  // namespace meta138::op
