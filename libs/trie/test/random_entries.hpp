// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>

namespace meta138::trie::test {

using Model = std::map<Bytes, Bytes>;

/// Seeded, so that every failure repeats.
class RandomEntries {
public:
    explicit RandomEntries(std::uint64_t seed) : engine_{seed} {}

    std::size_t below(std::size_t bound) { return engine_() % bound; }

    Bytes bytes(std::size_t size) {
        Bytes result(size);
        for (auto& byte : result) byte = static_cast<std::uint8_t>(engine_());
        return result;
    }

    /// Short, and of few different nibbles, so that keys collide and are prefixes of each other.
    Bytes crowded_key(std::size_t max_size = 4) {
        Bytes result(below(max_size + 1));
        for (auto& byte : result) byte = static_cast<std::uint8_t>(below(3) << 4 | below(3));
        return result;
    }

    Hash32 hash() {
        Hash32 result;
        for (auto& byte : result) byte = static_cast<std::uint8_t>(engine_());
        return result;
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace meta138::trie::test
