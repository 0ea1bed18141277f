// SPDX-License-Identifier: Apache-2.0
#include "meta138/state/flat_table.hpp"

#include "meta138/crypto/random.hpp"

namespace meta138::state {

namespace {

std::array<std::uint64_t, 4> random_seed() {
    std::array<std::uint8_t, 32> bytes{};
    crypto::fill_random(bytes);
    std::array<std::uint64_t, 4> seed{};
    std::memcpy(seed.data(), bytes.data(), bytes.size());
    return seed;
}

}  // namespace

KeyHash::KeyHash() noexcept {
    static const auto process_seed = random_seed();
    seed_ = process_seed;
}

}  // namespace meta138::state
