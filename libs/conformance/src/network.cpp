// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include "meta138/types/fork.hpp"

namespace meta138::conformance {

bool is_network_name(std::string_view name) {
    return find_fork(name).has_value() || name.starts_with("BPO") ||
           name.find("To") != std::string_view::npos;
}

std::string known_forks_text() {
    std::string text = "known are";
    for (const auto& row : forks()) {
        text += ' ';
        text += row.fixture_name;
        text += ',';
    }
    return text + " BPO1 to BPO4 and transitions such as ParisToShanghaiAtTime15k";
}

}  // namespace meta138::conformance
