// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>

namespace meta138::crypto {

/// The order of the group (SEC 2 section 2.4.1).
inline constexpr uint256 SECP256K1N = uint256::from_limbs(0xbfd25e8cd0364141, 0xbaaedce6af48a03b,
                                                          0xfffffffffffffffe, 0xffffffffffffffff);
/// The highest s a transaction's signature may have since Homestead (EIP-2).
inline constexpr uint256 SECP256K1N_HALF = uint256::from_limbs(
    0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff);

/// A point of secp256k1 other than infinity, as the big-endian x and y (an uncompressed key without
/// its 0x04). Every function here that accepts one checks that it is on the curve.
using PublicKey = FixedBytes<64>;

/// An ECDSA signature with the parity of the nonce point's y, from which the key can be recovered.
struct Signature {
    Hash32 r;
    Hash32 s;
    std::uint8_t y_parity = 0;  ///< 0 or 1: EIP-155's recovery id, EIP-2718's signatureYParity.

    friend bool operator==(const Signature&, const Signature&) = default;
};

/// A number from 1 to SECP256K1N - 1 that somebody keeps to himself. Not copied, compared or
/// printed by accident; wiped when it goes away.
class SecretKey {
public:
    /// Absent unless `bytes` are 32 and, big-endian, in range.
    [[nodiscard]] static std::optional<SecretKey> from(ByteView bytes) noexcept;

    /// A new key from the operating system's random source; throws std::system_error if it has
    /// none.
    [[nodiscard]] static SecretKey generate();

    SecretKey(SecretKey&& other) noexcept;
    SecretKey& operator=(SecretKey&& other) noexcept;
    SecretKey(const SecretKey&) = delete;
    SecretKey& operator=(const SecretKey&) = delete;
    ~SecretKey();

    /// A second owner, on purpose.
    [[nodiscard]] SecretKey duplicate() const noexcept;

    /// The big-endian number itself, for those who must compute with it or store it.
    [[nodiscard]] std::span<const std::uint8_t, 32> reveal() const noexcept { return bytes_; }

private:
    SecretKey() noexcept = default;
    std::array<std::uint8_t, 32> bytes_{};
};

/// The key that made the signature (r, s) of `hash` with a nonce point of the given parity. Absent
/// unless 0 < r, s < SECP256K1N, y_parity is 0 or 1 and such a key exists. Accepts a high s: the
/// limit of EIP-2 is a rule for transactions, not for the precompile ECRECOVER.
[[nodiscard]] std::optional<PublicKey> recover_public_key(const Hash32& hash, const Hash32& r,
                                                          const Hash32& s,
                                                          std::uint8_t y_parity) noexcept;
/// address_of(recover_public_key(...)).
[[nodiscard]] std::optional<Address> recover_address(const Hash32& hash, const Hash32& r,
                                                     const Hash32& s,
                                                     std::uint8_t y_parity) noexcept;
[[nodiscard]] inline std::optional<Address> recover_address(const Hash32& hash,
                                                            const Signature& signature) noexcept {
    return recover_address(hash, signature.r, signature.s, signature.y_parity);
}

/// A hash and its signature.
struct SignedHash {
    Hash32 hash;
    Signature signature;
};

/// recover_address of each of `inputs`, into `out` of the same size. Several at a time on
/// processors that can: a sixth of the time for each.
void recover_addresses(std::span<const SignedHash> inputs,
                       std::span<std::optional<Address>> out) noexcept;

/// The last 20 bytes of keccak256 of the key (Yellow Paper appendix F).
[[nodiscard]] Address address_of(const PublicKey& key) noexcept;

[[nodiscard]] PublicKey public_key(const SecretKey& secret) noexcept;

/// ECDSA with the nonce of RFC 6979, so that the same input always gives the same signature, and a
/// low s (EIP-2).
[[nodiscard]] Signature sign(const Hash32& hash, const SecretKey& secret) noexcept;

/// ECDSA (SEC 1 section 4.1.4). Accepts a high s.
[[nodiscard]] bool verify(const Hash32& hash, const Hash32& r, const Hash32& s,
                          const PublicKey& key) noexcept;

/// The x coordinate of secret * key, unhashed, as ECIES in RLPx takes it. Absent if the key is not
/// on the curve.
[[nodiscard]] std::optional<Hash32> ecdh(const SecretKey& secret, const PublicKey& key) noexcept;

/// 33 bytes: the sign of y (2 or 3), then x (SEC 1 section 2.3.3); what ENR records hold. Absent if
/// the key is not on the curve.
[[nodiscard]] std::optional<FixedBytes<33>> compress(const PublicKey& key) noexcept;
[[nodiscard]] std::optional<PublicKey> decompress(const FixedBytes<33>& key) noexcept;

/// secret * key as a point, compressed (discv5's ECDH). Absent if the key is not on the curve.
[[nodiscard]] std::optional<FixedBytes<33>> ecdh_compressed(const SecretKey& secret,
                                                            const PublicKey& key) noexcept;

}  // namespace meta138::crypto
