// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/predeploys.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace meta138::contracts {
namespace {

// What the transaction below creates, and what stands at this address on other chains
// (github.com/Arachnid/deterministic-deployment-proxy, README.md).
constexpr auto factory_code = std::to_array<std::uint8_t>(
    {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xe0, 0x36, 0x01, 0x60, 0x00, 0x81, 0x60, 0x20, 0x82, 0x37,
     0x80, 0x35, 0x82, 0x82, 0x34, 0xf5, 0x80, 0x15, 0x15, 0x60, 0x39, 0x57, 0x81, 0x82,
     0xfd, 0x5b, 0x80, 0x82, 0x52, 0x50, 0x50, 0x50, 0x60, 0x14, 0x60, 0x0c, 0xf3});

constexpr std::array<std::uint8_t, 14> factory_constructor{
    0x60, 0x45, 0x80, 0x60, 0x0e, 0x60, 0x00, 0x39, 0x80, 0x60, 0x00, 0xf3, 0x50, 0xfe};

/// Nonce 0, 100 gwei, 100,000 gas, no recipient, value 0; the signature is r = s = 0x2222….
constexpr auto keyless_transaction = [] {
    constexpr std::array<std::uint8_t, 17> head{0xf8, 0xa5, 0x80, 0x85, 0x17, 0x48,
                                                0x76, 0xe8, 0x00, 0x83, 0x01, 0x86,
                                                0xa0, 0x80, 0x80, 0xb8, 0x53};
    std::array<std::uint8_t, head.size() + 83 + 1 + 33 + 33> result{};
    auto at = std::ranges::copy(head, result.begin()).out;
    at = std::ranges::copy(factory_constructor, at).out;
    at = std::ranges::copy(factory_code, at).out;
    *at++ = 27;  // v: before EIP-155, so that it is valid on every chain
    for (int word = 0; word < 2; ++word) {
        *at++ = 0xa0;
        at = std::fill_n(at, 32, std::uint8_t{0x22});
    }
    return result;
}();

/// Whom that signature happens to be of.
constexpr Address keyless_sender =
    literals::operator""_address("0x3fab184622dc19b6109349b94811493bf2a45362", 42);

}  // namespace

ByteView create2_factory_code() noexcept {
    return factory_code;
}

KeylessDeployment create2_factory_deployment() noexcept {
    return {.raw_transaction = keyless_transaction,
            .sender = keyless_sender,
            .cost = uint256{100'000} * uint256{100'000'000'000}};
}

Bytes create2_factory_call(const Hash32& salt, ByteView creation_code) {
    Bytes call{salt.begin(), salt.end()};
    call.insert(call.end(), creation_code.begin(), creation_code.end());
    return call;
}

Address create2_address(const Hash32& salt, ByteView creation_code, const Address& deployer) {
    constexpr std::array<std::uint8_t, 1> marker{0xff};
    const Hash32 digest = crypto::Keccak256{}
                              .update(marker)
                              .update(deployer.bytes)
                              .update(salt.bytes)
                              .update(crypto::keccak256(creation_code).bytes)
                              .finish();
    return Address::from(std::span{digest.bytes}.last<20>());
}

}  // namespace meta138::contracts
