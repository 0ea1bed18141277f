// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json.hpp"

#include "meta138/types/fork_schedule.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace meta138::conformance {

/// Whether the fixtures may call the rules of a chain so: a fork's name, BPO1 to BPO4, or two such
/// names with the point of the change ("CancunToPragueAtTime15k").
[[nodiscard]] bool is_network_name(std::string_view name);

/// "known are Frontier, Homestead, ..., and transitions such as ParisToShanghaiAtTime15k".
[[nodiscard]] std::string known_forks_text();

/// The schedule of the chain that a fixture's `network` names. `config` is the fixture's member of
/// that name, which may be absent: the chain id and the blob parameters of each fork.
[[nodiscard]] std::expected<ForkSchedule, std::string> decode_network(std::string_view name,
                                                                      const JsonNode& config);

}  // namespace meta138::conformance
