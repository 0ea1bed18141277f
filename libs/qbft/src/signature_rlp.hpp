// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <algorithm>
#include <cstddef>

namespace meta138::qbft {

/// r, s and the recovery id, 0 or 1.
inline constexpr std::size_t signature_size = 65;

/// A string of 65 bytes; r and s from 1 to n - 1 (Besu SECPSignature).
inline crypto::Signature read_signature(rlp::Reader& in) {
    const auto bytes = in.fixed<FixedBytes<signature_size>>();
    if (in.failed()) return {};
    const std::span<const std::uint8_t, signature_size> view{bytes.bytes};
    const crypto::Signature signature{
        .r = Hash32::from(view.first<32>()),
        .s = Hash32::from(view.subspan<32, 32>()),
        .y_parity = bytes[64],
    };
    const auto in_range = [](const Hash32& number) {
        return !number.is_zero() && to_uint256(number) < crypto::SECP256K1N;
    };
    if (signature.y_parity > 1 || !in_range(signature.r) || !in_range(signature.s))
        in.fail(rlp::DecodeErrorKind::invalid_value);
    return signature;
}

/// As read_signature(), with a low s: what signs a message.
inline crypto::Signature read_low_signature(rlp::Reader& in) {
    const auto signature = read_signature(in);
    if (to_uint256(signature.s) > crypto::SECP256K1N_HALF)
        in.fail(rlp::DecodeErrorKind::invalid_value);
    return signature;
}

inline void write_signature(rlp::Writer& out, const crypto::Signature& signature) {
    FixedBytes<signature_size> bytes;
    std::ranges::copy(signature.r, bytes.begin());
    std::ranges::copy(signature.s, bytes.begin() + 32);
    bytes[64] = signature.y_parity;
    out.fixed(bytes);
}

}  // namespace meta138::qbft
