// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/random.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace meta138::txpool {

/// Hashes with a secret seed: whoever sends transactions chooses hashes and addresses, and must not
/// be able to choose ones that collide.
class SeededHash {
public:
    SeededHash() {
        std::array<std::uint8_t, sizeof(seed_)> bytes{};
        crypto::fill_random(bytes);
        std::memcpy(seed_.data(), bytes.data(), bytes.size());
    }

    template <std::size_t N>
    std::size_t operator()(const FixedBytes<N>& key) const noexcept {
        static_assert(N >= 16);
        std::array<std::uint64_t, 2> first{};
        std::array<std::uint64_t, 2> last{};  // overlaps the first where N is below 32
        std::memcpy(first.data(), key.data(), 16);
        std::memcpy(last.data(), key.data() + N - 16, 16);
        return mix(mix(first[0] ^ seed_[0], first[1] ^ seed_[1]) ^ last[0], last[1] ^ seed_[2]);
    }

private:
    static std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
        __extension__ using uint128 = unsigned __int128;
        const auto product = uint128{a} * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }

    std::array<std::uint64_t, 3> seed_{};
};

}  // namespace meta138::txpool
