// SPDX-License-Identifier: Apache-2.0
// Whatever a fixture file holds: it decodes, or there is a fault that names a place.
#include "json.hpp"
#include "network.hpp"
#include "state_fixture.hpp"
#include "transition.hpp"

#include "meta138/base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace meta138;
using namespace meta138::conformance;

void walk(const JsonNode& node, int depth) {
    if (depth > 64) return;
    if (node.is_object())
        for (const auto& [name, member] : node.members()) walk(member, depth + 1);
    if (node.is_array())
        for (const auto item : node.items()) walk(item, depth + 1);
    static_cast<void>(node.path());
}

void decode_test(const JsonNode& test) {
    StateFixture fixture{test};
    for (const auto& [fork_name, entries] : test["post"].members()) {
        const auto fork = find_fork(fork_name);
        if (!fork) continue;
        const auto rules = fixture.rules(*fork, fork_name);
        static_cast<void>(fixture.environment(rules));
        for (const auto entry : entries.items())
            static_cast<void>(fixture.transaction(entry, *fork));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static JsonDocument document;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto parsed = document.parse(text); !parsed) {
        META138_ASSERT(!parsed.error().reason.empty());
        return 0;
    }
    const auto root = document.root();
    walk(root, 0);
    META138_ASSERT(!document.failed());
    static_cast<void>(decode_environment(root["env"]));
    static_cast<void>(decode_json_transaction(root["tx"], Fork::osaka, 1));
    static_cast<void>(decode_network(root["network"].text(), root["config"]));
    if (root.is_object()) {
        for (const auto& [name, test] : root.members()) decode_test(test);
    }
    if (const auto fault = document.take_fault()) META138_ASSERT(fault->place.starts_with("$"));
    return 0;
}
