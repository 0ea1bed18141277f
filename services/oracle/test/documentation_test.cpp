// SPDX-License-Identifier: Apache-2.0
// What docs/oracle.md shows is accepted.
#include "meta138/oracle/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace meta138::oracle {
namespace {

std::vector<std::string> blocks(const std::string& document, const std::string& language) {
    std::vector<std::string> found;
    const auto open = "```" + language + '\n';
    for (auto at = document.find(open); at != std::string::npos; at = document.find(open, at)) {
        at += open.size();
        found.push_back(document.substr(at, document.find("```", at) - at));
    }
    return found;
}

std::optional<std::string> environment(const std::string& /*name*/) {
    return "key";
}

TEST(Documentation, has_configurations_that_are_accepted) {
    std::ifstream in{META138_SOURCE_DIR "/docs/oracle.md"};
    const std::string document{std::istreambuf_iterator<char>{in}, {}};
    const auto examples = blocks(document, "toml");
    ASSERT_EQ(examples.size(), 2U);
    for (const auto& text : {examples[0], examples[0] + examples[1]}) {
        const auto config = parse_config(text, "oracle.toml", environment);
        if (config) continue;
        for (const auto& error : config.error()) ADD_FAILURE() << to_string(error);
    }
}

}  // namespace
}  // namespace meta138::oracle
