// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace meta138;

std::optional<crypto::PublicKey> recover_with_libsecp256k1(const crypto::SignedHash& input) {
    static secp256k1_context* const context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    std::array<std::uint8_t, 64> compact;
    std::ranges::copy(input.signature.s, std::ranges::copy(input.signature.r, compact.begin()).out);
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey key;
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(context, &signature, compact.data(),
                                                            input.signature.y_parity) != 1 ||
        secp256k1_ecdsa_recover(context, &key, &signature, input.hash.data()) != 1)
        return std::nullopt;
    std::array<std::uint8_t, 65> encoded;
    std::size_t size = encoded.size();
    secp256k1_ec_pubkey_serialize(context, encoded.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
    return crypto::PublicKey::from(std::span{encoded}.subspan<1>());
}

}  // namespace

/// Up to 16 signatures: a byte with the parity, then hash, r and s. Alone, in lanes, and by
/// libsecp256k1 they must give the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView input{data, size};
    std::vector<crypto::SignedHash> signatures;
    while (input.size() >= 97 && signatures.size() < 16) {
        signatures.push_back(
            {Hash32::from(input.subspan<1, 32>()),
             {Hash32::from(input.subspan<33, 32>()), Hash32::from(input.subspan<65, 32>()),
              static_cast<std::uint8_t>(input[0] & 1)}});
        input = input.subspan(97);
    }
    std::vector<std::optional<Address>> addresses(signatures.size());
    crypto::recover_addresses(signatures, addresses);
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        const auto& [hash, signature] = signatures[i];
        const auto key = recover_with_libsecp256k1(signatures[i]);
        META138_ASSERT(
            crypto::recover_public_key(hash, signature.r, signature.s, signature.y_parity) == key);
        META138_ASSERT(addresses[i] == key.transform(crypto::address_of));
    }
    return 0;
}
