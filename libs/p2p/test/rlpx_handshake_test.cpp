// SPDX-License-Identifier: Apache-2.0
#include "rlpx/ecies.hpp"
#include "rlpx/handshake.hpp"
#include "rlpx_handshake_vectors.hpp"
#include "scripted_random.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace meta138::p2p::rlpx {
namespace {

using test::joined;
using test::scripted_random;

Bytes bytes_of(std::string_view digits) {
    return decode_hex_digits(digits).value();
}

crypto::SecretKey key_of(std::string_view digits) {
    return crypto::SecretKey::from(bytes_of(digits)).value();
}

Hash32 hash_of(std::string_view digits) {
    return Hash32::from(ByteView{bytes_of(digits)}.first<32>());
}

Hash32 digest_of(crypto::Keccak256 stream, std::string_view more = {}) {
    return stream.update(as_bytes(more)).finish();
}

/// What the recipient of the EIP-8 vectors drew.
Random recipients_random() {
    return scripted_random(joined(bytes_of(vectors::eip8::recipient_ephemeral),
                                  bytes_of(vectors::eip8::recipient_nonce)));
}

/// Two sides that have done the handshake with each other.
struct Pair {
    crypto::SecretKey initiator_key = key_of(vectors::eip8::initiator_key);
    crypto::SecretKey recipient_key = key_of(vectors::eip8::recipient_key);
    Random random = scripted_random();
    std::optional<Initiator> initiator =
        Initiator::begin(initiator_key, crypto::public_key(recipient_key), random);
    Recipient recipient{recipient_key};
};

TEST(Ecies, opens_what_it_sealed) {
    const auto key = key_of(vectors::eip8::recipient_key);
    const auto random = scripted_random();
    const Bytes plain = {1, 2, 3};
    const auto sealed = ecies_encrypt(crypto::public_key(key), plain, as_bytes("size"), random);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->size(), plain.size() + ecies_overhead);
    EXPECT_EQ(ecies_decrypt(key, *sealed, as_bytes("size")), plain);
}

TEST(Ecies, refuses_every_change_of_a_byte) {
    const auto key = key_of(vectors::eip8::recipient_key);
    auto sealed = ecies_encrypt(crypto::public_key(key), Bytes{1, 2, 3}, {}, scripted_random());
    for (auto& byte : *sealed) {
        byte ^= 1;
        EXPECT_FALSE(ecies_decrypt(key, *sealed, {}));
        byte ^= 1;
    }
    EXPECT_FALSE(ecies_decrypt(key, *sealed, as_bytes("other")));
    EXPECT_FALSE(ecies_decrypt(key_of(vectors::eip8::initiator_key), *sealed, {}));
    EXPECT_FALSE(ecies_decrypt(key, ByteView{*sealed}.first(ecies_overhead - 1), {}));
    EXPECT_FALSE(ecies_decrypt(key, {}, {}));
}

TEST(Ecies, does_not_seal_for_a_key_off_the_curve) {
    EXPECT_FALSE(ecies_encrypt({}, Bytes{1}, {}, scripted_random()));
}

TEST(RlpxHandshake, recipient_agrees_with_eip8) {
    const auto key = key_of(vectors::eip8::recipient_key);
    const auto auth = bytes_of(vectors::eip8::auth);
    const auto done = Recipient{key}.receive(auth, recipients_random());
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->remote, crypto::public_key(key_of(vectors::eip8::initiator_key)));
    EXPECT_EQ((*done)->consumed, auth.size());
    EXPECT_EQ((*done)->secrets.aes, hash_of(vectors::eip8::aes_secret));
    EXPECT_EQ((*done)->secrets.mac, hash_of(vectors::eip8::mac_secret));
    EXPECT_EQ(digest_of((*done)->secrets.ingress, "foo"),
              hash_of(vectors::eip8::ingress_after_foo));
}

TEST(RlpxHandshake, initiator_agrees_with_eip8) {
    const auto key = key_of(vectors::eip8::initiator_key);
    const auto remote = crypto::public_key(key_of(vectors::eip8::recipient_key));
    const auto random = scripted_random(joined(bytes_of(vectors::eip8::initiator_ephemeral),
                                               bytes_of(vectors::eip8::initiator_nonce)));
    const auto initiator = Initiator::begin(key, remote, random);
    ASSERT_TRUE(initiator);
    const auto done = initiator->receive(bytes_of(vectors::eip8::ack));
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->secrets.aes, hash_of(vectors::eip8::aes_secret));
    EXPECT_EQ((*done)->secrets.mac, hash_of(vectors::eip8::mac_secret));
}

TEST(RlpxHandshake, ignores_other_versions_and_more_items) {
    const auto recipient_key = key_of(vectors::eip8::recipient_key);
    const auto accepted = Recipient{recipient_key}.receive(
        bytes_of(vectors::eip8::auth_of_the_future), recipients_random());
    ASSERT_TRUE(accepted && *accepted);
    EXPECT_EQ((*accepted)->secrets.aes, hash_of(vectors::eip8::aes_secret));

    const auto initiator_key = key_of(vectors::eip8::initiator_key);
    const auto random = scripted_random(joined(bytes_of(vectors::eip8::initiator_ephemeral),
                                               bytes_of(vectors::eip8::initiator_nonce)));
    const auto initiator =
        Initiator::begin(initiator_key, crypto::public_key(recipient_key), random);
    const auto done = initiator->receive(bytes_of(vectors::eip8::ack_of_the_future));
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->secrets.aes, hash_of(vectors::eip8::aes_secret));
}

TEST(RlpxHandshake, agrees_with_the_fixtures) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/rlpx/eip8-handshake.json");
    std::ifstream file{path};
    for (const auto& packet : nlohmann::json::parse(file)["packets"]) {
        const auto bytes = decode_hex(packet["packet"].get<std::string>()).value();
        const auto initiator_key = key_of(vectors::eip8::initiator_key);
        const auto recipient_key = key_of(vectors::eip8::recipient_key);
        if (packet["kind"] == "auth") {
            const auto done = Recipient{recipient_key}.receive(bytes, recipients_random());
            EXPECT_TRUE(done && *done) << packet["name"];
        } else {
            const auto initiator = Initiator::begin(
                initiator_key, crypto::public_key(recipient_key), scripted_random());
            const auto done = initiator->receive(bytes);
            EXPECT_TRUE(done && *done) << packet["name"];
        }
    }
}

TEST(RlpxHandshake, recipient_understands_the_form_from_before_eip8) {
    const auto key = key_of(vectors::plain::recipient_key);
    const auto initiator_key = key_of(vectors::plain::initiator_key);
    const auto random = scripted_random(joined(bytes_of(vectors::plain::recipient_ephemeral),
                                               bytes_of(vectors::plain::recipient_nonce)));
    const auto auth = bytes_of(vectors::plain::auth);
    ASSERT_EQ(auth.size(), plain_auth_size);
    const auto done = Recipient{key}.receive(auth, random);
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->remote, crypto::public_key(initiator_key));
    EXPECT_EQ((*done)->secrets.aes, hash_of(vectors::plain::aes_secret));
    EXPECT_EQ((*done)->secrets.mac, hash_of(vectors::plain::mac_secret));
    EXPECT_EQ(digest_of((*done)->secrets.ingress), hash_of(vectors::plain::initiator_egress));

    // Answered in the same form: ephemeral key, nonce, 0.
    const auto ack = ecies_decrypt(initiator_key, (*done)->ack, {});
    ASSERT_EQ((*done)->ack.size(), plain_ack_size);
    ASSERT_TRUE(ack);
    EXPECT_EQ(to_bytes(ByteView{*ack}.subspan(64, 32)), bytes_of(vectors::plain::recipient_nonce));
    const auto recorded = ecies_decrypt(initiator_key, bytes_of(vectors::plain::ack), {});
    EXPECT_EQ(ack, recorded);
}

TEST(RlpxHandshake, secrets_agree_with_besu) {
    const auto shared =
        crypto::ecdh(key_of(vectors::plain::initiator_ephemeral),
                     crypto::public_key(key_of(vectors::plain::recipient_ephemeral)));
    const auto auth = bytes_of(vectors::plain::auth);
    const auto ack = bytes_of(vectors::plain::ack);
    const auto secrets =
        derive_secrets(Role::initiator, *shared,
                       {.initiator_nonce = hash_of(vectors::plain::initiator_nonce),
                        .recipient_nonce = hash_of(vectors::plain::recipient_nonce),
                        .auth = auth,
                        .ack = ack});
    EXPECT_EQ(digest_of(secrets.egress), hash_of(vectors::plain::initiator_egress));
    EXPECT_EQ(digest_of(secrets.ingress), hash_of(vectors::plain::initiator_ingress));
}

TEST(RlpxHandshake, both_sides_find_the_same_secrets) {
    Pair pair;
    const auto accepted = pair.recipient.receive(pair.initiator->auth(), pair.random);
    ASSERT_TRUE(accepted && *accepted);
    EXPECT_EQ((*accepted)->remote, crypto::public_key(pair.initiator_key));
    const auto done = pair.initiator->receive((*accepted)->ack);
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->secrets.aes, (*accepted)->secrets.aes);
    EXPECT_EQ((*done)->secrets.mac, (*accepted)->secrets.mac);
    EXPECT_EQ(digest_of((*done)->secrets.egress), digest_of((*accepted)->secrets.ingress));
    EXPECT_EQ(digest_of((*done)->secrets.ingress), digest_of((*accepted)->secrets.egress));
}

TEST(RlpxHandshake, packets_are_longer_than_those_from_before_eip8_and_fit_a_segment) {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        Pair pair{.random = scripted_random({}, seed)};
        EXPECT_GE(pair.initiator->auth().size(), plain_auth_size);
        EXPECT_LE(pair.initiator->auth().size(), 700);
        const auto done = pair.recipient.receive(pair.initiator->auth(), pair.random);
        EXPECT_GE((*done)->ack.size(), plain_ack_size);
        EXPECT_LE((*done)->ack.size(), 700);
    }
}

TEST(RlpxHandshake, waits_for_the_whole_packet_and_takes_no_more) {
    Pair pair;
    const auto auth = to_bytes(pair.initiator->auth());
    for (std::size_t size = 0; size < auth.size(); ++size) {
        const auto none = pair.recipient.receive(ByteView{auth}.first(size), pair.random);
        ASSERT_TRUE(none);
        EXPECT_FALSE(*none);
    }
    const auto done = pair.recipient.receive(joined(auth, Bytes{1, 2, 3}), pair.random);
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->consumed, auth.size());

    const auto& ack = (*done)->ack;
    for (std::size_t size = 0; size < ack.size(); ++size)
        EXPECT_FALSE(*pair.initiator->receive(ByteView{ack}.first(size)));
    EXPECT_EQ((*pair.initiator->receive(joined(ack, Bytes{1})))->consumed, ack.size());
}

TEST(RlpxHandshake, an_auth_whose_size_begins_like_a_point_is_understood) {
    // 0x04 is both the first byte of the old form and of sizes from 1024 on.
    Pair pair;
    const auto nonce = random_bytes<32>(pair.random);
    const auto shared = crypto::ecdh(pair.initiator_key, crypto::public_key(pair.recipient_key));
    Hash32 token = *shared;
    for (std::size_t i = 0; i < 32; ++i) token[i] ^= nonce[i];
    const auto ephemeral = random_key(pair.random);
    const auto signature = crypto::sign(token, ephemeral);
    rlp::Writer body;
    body.list([&] {
        Bytes encoded = joined(signature.r, signature.s);
        encoded.push_back(signature.y_parity);
        body.string(encoded).fixed(crypto::public_key(pair.initiator_key)).fixed(nonce);
        body.integer(std::uint64_t{4});
    });
    auto plain = body.take();
    plain.resize(1100 - ecies_overhead);
    const Bytes prefix = {1100 >> 8, 1100 & 0xff};
    ASSERT_EQ(prefix[0], 0x04);
    const auto sealed =
        ecies_encrypt(crypto::public_key(pair.recipient_key), plain, prefix, pair.random);
    const auto auth = joined(prefix, *sealed);
    for (const auto size : {std::size_t{1}, plain_auth_size, std::size_t{1000}})
        EXPECT_FALSE(*pair.recipient.receive(ByteView{auth}.first(size), pair.random));
    const auto done = pair.recipient.receive(auth, pair.random);
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->remote, crypto::public_key(pair.initiator_key));
}

TEST(RlpxHandshake, refuses_sizes_that_no_packet_has) {
    Pair pair;
    for (const auto& prefix : {Bytes{0, 0}, Bytes{0, 112}, Bytes{0x08, 0x00}, Bytes{0xff, 0xff}}) {
        const auto refused = pair.recipient.receive(prefix, pair.random);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), HandshakeError::size);
        EXPECT_EQ(pair.initiator->receive(prefix).error(), HandshakeError::size);
    }
}

TEST(RlpxHandshake, refuses_what_is_not_for_it) {
    Pair pair;
    auto auth = to_bytes(pair.initiator->auth());
    auth.back() ^= 1;
    EXPECT_EQ(pair.recipient.receive(auth, pair.random).error(), HandshakeError::undecipherable);
    auth.back() ^= 1;
    auth[1] ^= 1;  // the size is authenticated
    auth.push_back(0);
    EXPECT_FALSE(pair.recipient.receive(auth, pair.random));
}

TEST(RlpxHandshake, refuses_an_auth_without_its_fields) {
    Pair pair;
    const Bytes prefix = {0, ecies_overhead + 4};
    const auto sealed = ecies_encrypt(crypto::public_key(pair.recipient_key), Bytes{0xc2, 1, 2, 0},
                                      prefix, pair.random);
    const auto refused = pair.recipient.receive(joined(prefix, *sealed), pair.random);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), HandshakeError::content);
}

TEST(RlpxHandshake, does_not_dial_a_key_off_the_curve) {
    const auto key = key_of(vectors::eip8::initiator_key);
    EXPECT_FALSE(Initiator::begin(key, {}, scripted_random()));
}

}  // namespace
}  // namespace meta138::p2p::rlpx
