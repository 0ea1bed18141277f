// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace meta138::conformance {

/// Whether the fixtures may call the rules of a chain so: a fork's name, BPO1 to BPO4, or two such
/// names with the point of the change ("CancunToPragueAtTime15k").
[[nodiscard]] bool is_network_name(std::string_view name);

/// "known are Frontier, Homestead, ..., and transitions such as ParisToShanghaiAtTime15k".
[[nodiscard]] std::string known_forks_text();

}  // namespace meta138::conformance
