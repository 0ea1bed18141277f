// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rlpx/random.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

/// The handshake of RLPx (devp2p rlpx.md, "Initial Handshake"; EIP-8): auth and ack.
namespace meta138::p2p::rlpx {

/// An auth or ack with its two bytes of size; ours have less than 600.
inline constexpr std::size_t max_handshake_bytes = 2048;
/// The fixed forms from before EIP-8.
inline constexpr std::size_t plain_auth_size = 307;
inline constexpr std::size_t plain_ack_size = 210;

/// What the frames of a connection are made with.
struct Secrets {
    Hash32 aes;
    Hash32 mac;
    crypto::Keccak256 egress;
    crypto::Keccak256 ingress;

    Secrets() = default;
    Secrets(const Secrets&) = default;
    Secrets& operator=(const Secrets&) = default;
    ~Secrets();
};

/// The ingredients of the secrets that travel.
struct Exchange {
    Hash32 initiator_nonce;
    Hash32 recipient_nonce;
    ByteView auth;  ///< As it was on the wire.
    ByteView ack;
};

enum class Role : std::uint8_t { initiator, recipient };

/// `ephemeral_shared` is what both derive from the two ephemeral keys.
[[nodiscard]] Secrets derive_secrets(Role role, const Hash32& ephemeral_shared,
                                     const Exchange& exchange);

enum class HandshakeError : std::uint8_t {
    size,  ///< The announced size is none that a packet can have.
    undecipherable,
    content,    ///< Not the list of fields it should be.
    signature,  ///< Of the ephemeral key.
    key,        ///< A public key that is not on the curve.
};
std::string_view to_string(HandshakeError error) noexcept;

template <typename T>
using Handshaken = std::expected<T, HandshakeError>;

/// The side that dialled.
class Initiator {
public:
    struct Done {
        Secrets secrets;
        std::size_t consumed = 0;  ///< How many of the bytes were the ack.
    };

    /// `key` outlives this. Absent if `remote` is not on the curve.
    static std::optional<Initiator> begin(const crypto::SecretKey& key,
                                          const crypto::PublicKey& remote, const Random& random);

    /// What to send.
    [[nodiscard]] ByteView auth() const noexcept { return auth_; }
    /// All that was received so far; absent: the ack is not complete.
    [[nodiscard]] Handshaken<std::optional<Done>> receive(ByteView received) const;

private:
    Initiator(const crypto::SecretKey& key, crypto::SecretKey ephemeral)
        : key_{&key}, ephemeral_{std::move(ephemeral)} {}

    const crypto::SecretKey* key_;
    crypto::SecretKey ephemeral_;
    Hash32 nonce_;
    Bytes auth_;
};

/// The side that was dialled. Understands the form from before EIP-8 too, and answers in the form
/// it was asked in.
class Recipient {
public:
    struct Done {
        crypto::PublicKey remote;
        Bytes ack;  ///< What to send.
        Secrets secrets;
        std::size_t consumed = 0;  ///< How many of the bytes were the auth.
    };

    /// `key` outlives this.
    explicit Recipient(const crypto::SecretKey& key) noexcept : key_{&key} {}

    /// All that was received so far; absent: the auth is not complete.
    [[nodiscard]] Handshaken<std::optional<Done>> receive(ByteView received, const Random& random);

private:
    const crypto::SecretKey* key_;
    bool is_plain_excluded_ = false;  // decided once, however many pieces the auth comes in
};

}  // namespace meta138::p2p::rlpx
