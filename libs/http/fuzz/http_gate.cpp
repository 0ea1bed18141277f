// SPDX-License-Identifier: Apache-2.0
// Headers that decide who is served: a host is admitted only if it is one of ours, an origin only
// if the pattern allows it; lists of codings have no form that breaks their reader.
#include "compression.hpp"
#include "gate.hpp"
#include "text.hpp"

#include "meta138/base/assert.hpp"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138::http;
    static const HostGate hosts{{"localhost", "::1"}};
    static const OriginGate origins{{"https?://[a-z]+\\.example(:[0-9]+)?"}};
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    if (hosts.admits(input)) {
        const auto host = host_without_port(input);
        META138_ASSERT(equals_ignoring_case(host, "localhost") || host == "::1");
    }
    if (!origins.allowed(input).empty()) {
        META138_ASSERT(input.starts_with("http") && input.contains(".example"));
        META138_ASSERT(input.size() <= OriginGate::max_origin);
    }
    static_cast<void>(is_same_origin(input, "localhost:8545"));
    static_cast<void>(choose_coding(input));
    return 0;
}
