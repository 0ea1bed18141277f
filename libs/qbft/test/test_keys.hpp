// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace meta138::qbft {

inline Bytes bytes_of(std::string_view hex) {
    return decode_hex(hex).value();
}

/// The key whose secret is that small number.
inline crypto::SecretKey key(std::uint64_t number) {
    return *crypto::SecretKey::from(to_hash32(number).bytes);
}

inline Address address_of_key(std::uint64_t number) {
    return crypto::address_of(crypto::public_key(key(number)));
}

inline Sign signer(std::uint64_t number) {
    return [number](const Hash32& hash) { return crypto::sign(hash, key(number)); };
}

}  // namespace meta138::qbft
