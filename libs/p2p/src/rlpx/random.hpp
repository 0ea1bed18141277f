// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/assert.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace meta138::p2p::rlpx {

/// Fills bytes: crypto::fill_random, or a test's.
using Random = std::function<void(std::span<std::uint8_t>)>;

inline crypto::SecretKey random_key(const Random& random) {
    Hash32 bytes;
    for (int attempts = 0;; ++attempts) {
        META138_ASSERT(attempts < 100);  // one number in 2^128 is out of range
        random(bytes.bytes);
        if (auto key = crypto::SecretKey::from(bytes)) return *std::move(key);
    }
}

template <std::size_t N>
FixedBytes<N> random_bytes(const Random& random) {
    FixedBytes<N> bytes;
    random(bytes.bytes);
    return bytes;
}

}  // namespace meta138::p2p::rlpx
