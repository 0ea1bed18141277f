// SPDX-License-Identifier: Apache-2.0
#include "rlpx/handshake.hpp"

#include "rlpx/ecies.hpp"

#include "meta138/base/try.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

namespace meta138::p2p::rlpx {
namespace {

constexpr std::uint64_t handshake_version = 4;
constexpr std::size_t size_prefix = 2;

/// r, s and the recovery id.
using EncodedSignature = FixedBytes<65>;

/// What an auth says, in either form.
struct Auth {
    EncodedSignature signature;
    crypto::PublicKey initiator;
    Hash32 nonce;
};

Hash32 exclusive_or(Hash32 a, const Hash32& b) noexcept {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] ^= b[i];
    return a;
}

Hash32 hash_of(ByteView a, ByteView b) noexcept {
    return crypto::Keccak256{}.update(a).update(b).finish();
}

template <std::size_t N>
FixedBytes<N> take(ByteView& rest) {
    const auto result = FixedBytes<N>::from(rest.first<N>());
    rest = rest.subspan(N);
    return result;
}

EncodedSignature sign_ephemeral(const Hash32& static_shared, const Hash32& nonce,
                                const crypto::SecretKey& ephemeral) {
    const auto signature = crypto::sign(exclusive_or(static_shared, nonce), ephemeral);
    EncodedSignature encoded;
    auto* end = std::ranges::copy(signature.r, encoded.begin()).out;
    end = std::ranges::copy(signature.s, end).out;
    *end = signature.y_parity;
    return encoded;
}

std::optional<crypto::PublicKey> recover_ephemeral(const Hash32& static_shared, const Auth& auth) {
    ByteView rest{auth.signature.bytes};
    const auto r = take<32>(rest);
    const auto s = take<32>(rest);
    return crypto::recover_public_key(exclusive_or(static_shared, auth.nonce), r, s, rest[0]);
}

/// EIP-8: the size, then the encrypted body, whose MAC covers the size.
std::optional<Bytes> seal(const crypto::PublicKey& to, Bytes body, const Random& random) {
    // 100 to 299 bytes, so that it is longer than the form from before EIP-8, which some
    // recipients look for first, and fits one TCP segment.
    const auto extra = random_bytes<2>(random);
    const std::size_t padding = 100 + (extra[0] | std::size_t{extra[1]} << 8) % 200;
    const auto plain_size = body.size();
    body.resize(plain_size + padding);
    random(std::span{body}.subspan(plain_size));

    const auto size = body.size() + ecies_overhead;
    const std::array<std::uint8_t, size_prefix> prefix = {static_cast<std::uint8_t>(size >> 8),
                                                          static_cast<std::uint8_t>(size)};
    auto encrypted = ecies_encrypt(to, body, prefix, random);
    if (encrypted) encrypted->insert(encrypted->begin(), prefix.begin(), prefix.end());
    return encrypted;
}

/// The size with its prefix; absent: too few bytes to tell.
Handshaken<std::optional<std::size_t>> sealed_size(ByteView received) {
    if (received.size() < size_prefix) return std::nullopt;
    const std::size_t size = size_prefix + (std::size_t{received[0]} << 8 | received[1]);
    if (size < size_prefix + ecies_overhead || size > max_handshake_bytes)
        return std::unexpected{HandshakeError::size};
    return size;
}

Handshaken<Bytes> unseal(const crypto::SecretKey& key, ByteView packet) {
    auto body = ecies_decrypt(key, packet.subspan(size_prefix), packet.first(size_prefix));
    if (!body) return std::unexpected{HandshakeError::undecipherable};
    return *std::move(body);
}

/// The list at the front of a decrypted body; padding follows it.
ByteView body_list(ByteView body) {
    auto in = rlp::Reader::sequence(body);
    return in.is_list() ? in.raw_item() : ByteView{};
}

/// Items that later versions append are ignored (EIP-8).
template <typename T>
Handshaken<T> finish_ignoring_the_rest(rlp::Reader& in, T value) {
    while (!in.empty()) in.raw_item();
    if (in.failed()) return std::unexpected{HandshakeError::content};
    return value;
}

Handshaken<Auth> decode_auth_body(ByteView body) {
    auto in = rlp::Reader::list(body_list(body));
    const Auth auth{
        .signature = in.fixed<EncodedSignature>(),
        .initiator = in.fixed<crypto::PublicKey>(),
        .nonce = in.fixed<Hash32>(),
    };
    return finish_ignoring_the_rest(in, auth);
}

/// signature || keccak256(ephemeral key) || key || nonce || 0. The hash says nothing that the
/// signature does not.
Auth decode_plain_auth(ByteView body) {
    Auth auth{.signature = take<65>(body), .initiator = {}, .nonce = {}};
    take<32>(body);
    auth.initiator = take<64>(body);
    auth.nonce = take<32>(body);
    return auth;
}

struct Ack {
    crypto::PublicKey ephemeral;
    Hash32 nonce;
};

Handshaken<Ack> decode_ack_body(ByteView body) {
    auto in = rlp::Reader::list(body_list(body));
    const Ack ack{.ephemeral = in.fixed<crypto::PublicKey>(), .nonce = in.fixed<Hash32>()};
    return finish_ignoring_the_rest(in, ack);
}

Bytes encode_plain_ack(const Ack& ack) {
    Bytes out;
    out.reserve(plain_ack_size);
    out.insert(out.end(), ack.ephemeral.begin(), ack.ephemeral.end());
    out.insert(out.end(), ack.nonce.begin(), ack.nonce.end());
    out.push_back(0);
    return out;
}

enum class Form : std::uint8_t { plain, eip8 };

/// The recipient's side of the key exchange, once the auth is decoded.
Handshaken<Recipient::Done> answer(const crypto::SecretKey& key, const Auth& auth, ByteView packet,
                                   Form form, const Random& random) {
    const auto static_shared = crypto::ecdh(key, auth.initiator);
    if (!static_shared) return std::unexpected{HandshakeError::key};
    const auto remote_ephemeral = recover_ephemeral(*static_shared, auth);
    if (!remote_ephemeral) return std::unexpected{HandshakeError::signature};

    const auto ephemeral = random_key(random);
    const Ack content{.ephemeral = crypto::public_key(ephemeral),
                      .nonce = random_bytes<32>(random)};
    auto ack =
        form == Form::plain
            ? ecies_encrypt(auth.initiator, encode_plain_ack(content), {}, random)
            : seal(auth.initiator,
                   rlp::encode_list(content.ephemeral, content.nonce, handshake_version), random);
    const auto shared = crypto::ecdh(ephemeral, *remote_ephemeral);
    if (!ack || !shared) return std::unexpected{HandshakeError::key};

    auto secrets = derive_secrets(Role::recipient, *shared,
                                  {.initiator_nonce = auth.nonce,
                                   .recipient_nonce = content.nonce,
                                   .auth = packet,
                                   .ack = *ack});
    return Recipient::Done{.remote = auth.initiator,
                           .ack = *std::move(ack),
                           .secrets = secrets,
                           .consumed = packet.size()};
}

}  // namespace

std::string_view to_string(HandshakeError error) noexcept {
    switch (error) {
        case HandshakeError::size: return "a handshake packet of an impossible size";
        case HandshakeError::undecipherable: return "a handshake packet that is not for our key";
        case HandshakeError::content: return "a handshake packet that lacks fields";
        case HandshakeError::signature: return "a handshake with a bad signature";
        case HandshakeError::key: return "a handshake with a key that is not on the curve";
    }
    return "a bad handshake";
}

Secrets::~Secrets() {
    OPENSSL_cleanse(aes.data(), aes.size());
    OPENSSL_cleanse(mac.data(), mac.size());
}

Secrets derive_secrets(Role role, const Hash32& ephemeral_shared, const Exchange& exchange) {
    const auto shared =
        hash_of(ephemeral_shared, hash_of(exchange.recipient_nonce, exchange.initiator_nonce));
    Secrets secrets;
    secrets.aes = hash_of(ephemeral_shared, shared);
    secrets.mac = hash_of(ephemeral_shared, secrets.aes);

    const auto of_initiator = crypto::Keccak256{}
                                  .update(exclusive_or(secrets.mac, exchange.recipient_nonce))
                                  .update(exchange.auth);
    const auto of_recipient = crypto::Keccak256{}
                                  .update(exclusive_or(secrets.mac, exchange.initiator_nonce))
                                  .update(exchange.ack);
    const bool is_initiator = role == Role::initiator;
    secrets.egress = is_initiator ? of_initiator : of_recipient;
    secrets.ingress = is_initiator ? of_recipient : of_initiator;
    return secrets;
}

std::optional<Initiator> Initiator::begin(const crypto::SecretKey& key,
                                          const crypto::PublicKey& remote, const Random& random) {
    const auto static_shared = crypto::ecdh(key, remote);
    if (!static_shared) return std::nullopt;
    Initiator result{key, random_key(random)};
    result.nonce_ = random_bytes<32>(random);
    const auto signature = sign_ephemeral(*static_shared, result.nonce_, result.ephemeral_);
    auto auth =
        seal(remote,
             rlp::encode_list(signature, crypto::public_key(key), result.nonce_, handshake_version),
             random);
    if (!auth) return std::nullopt;
    result.auth_ = *std::move(auth);
    return result;
}

Handshaken<std::optional<Initiator::Done>> Initiator::receive(ByteView received) const {
    TRY_LET(const auto size, sealed_size(received));
    if (!size || received.size() < *size) return std::nullopt;
    const auto packet = received.first(*size);
    TRY_LET(const auto body, unseal(*key_, packet));
    TRY_LET(const auto ack, decode_ack_body(body));
    const auto shared = crypto::ecdh(ephemeral_, ack.ephemeral);
    if (!shared) return std::unexpected{HandshakeError::key};
    return Done{.secrets = derive_secrets(Role::initiator, *shared,
                                          {.initiator_nonce = nonce_,
                                           .recipient_nonce = ack.nonce,
                                           .auth = auth_,
                                           .ack = packet}),
                .consumed = packet.size()};
}

Handshaken<std::optional<Recipient::Done>> Recipient::receive(ByteView received,
                                                              const Random& random) {
    // The form from before EIP-8 has no size, and begins with ECIES's 0x04, which is also the size
    // of 1024 to 1279 bytes: only the MAC tells.
    if (!is_plain_excluded_ && !received.empty() && received[0] == 0x04) {
        if (received.size() < plain_auth_size) return std::nullopt;
        const auto packet = received.first(plain_auth_size);
        if (const auto body = ecies_decrypt(*key_, packet, {})) {
            TRY_LET(auto done,
                    answer(*key_, decode_plain_auth(*body), packet, Form::plain, random));
            return std::optional{std::move(done)};
        }
        is_plain_excluded_ = true;
    }

    TRY_LET(const auto size, sealed_size(received));
    if (!size || received.size() < *size) return std::nullopt;
    const auto packet = received.first(*size);
    TRY_LET(const auto body, unseal(*key_, packet));
    TRY_LET(const auto auth, decode_auth_body(body));
    TRY_LET(auto done, answer(*key_, auth, packet, Form::eip8, random));
    return std::optional{std::move(done)};
}

}  // namespace meta138::p2p::rlpx
