// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <span>

namespace meta138::p2p::test {

/// A random source that first gives `script`, then what `seed` makes.
inline std::function<void(std::span<std::uint8_t>)> scripted_random(Bytes script = {},
                                                                    std::uint32_t seed = 1) {
    struct State {
        Bytes script;
        std::size_t used = 0;
        std::mt19937 generator;
    };
    auto state = std::make_shared<State>(
        State{.script = std::move(script), .used = 0, .generator = std::mt19937{seed}});
    return [state](std::span<std::uint8_t> out) {
        for (auto& byte : out)
            byte = state->used < state->script.size()
                       ? state->script[state->used++]
                       : static_cast<std::uint8_t>(state->generator());
    };
}

inline Bytes joined(ByteView a, ByteView b) {
    Bytes result = to_bytes(a);
    result.insert(result.end(), b.begin(), b.end());
    return result;
}

}  // namespace meta138::p2p::test
