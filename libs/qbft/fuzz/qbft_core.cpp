// SPDX-License-Identifier: Apache-2.0
// A validator among liars keeps its promises, whatever they sign and whenever it is killed.
#include "core_walk.hpp"

#include "meta138/base/assert.hpp"

#include <cstdio>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t max_size = 2048;
    if (size > max_size) return 0;
    const auto broken = meta138::qbft::test::CoreWalk{{data, size}}.run();
    if (!broken.empty()) std::fprintf(stderr, "%s\n", broken.c_str());
    META138_ASSERT(broken.empty());
    return 0;
}
