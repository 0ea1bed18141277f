// SPDX-License-Identifier: Apache-2.0
#include "rlpx/base_messages.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <gtest/gtest.h>

namespace meta138::p2p::rlpx {
namespace {

// Hellos of other clients (Besu's HelloMessageTest, PeerInfoTest).
constexpr std::string_view hello_of_gesc =
    "f88105af476573632f76302e322e302d737461626c652d61383430646534302f6c696e75"
    "782d616d6436342f676f312e392e34ccc5836574683fc5836574683e80b84067d910939b"
    "e40f3b35761b0fe3f0de19cb96092be29a0d0c033a1629d3cf270345586679aba8bbda61"
    "069532e3ac7551fc3a97766c30037184a5bed48a821861";
constexpr std::string_view hello_of_geth =
    "f87b05af476574682f76312e372e332d737461626c652d34626233633839642f6c696e75"
    "782d616d6436342f676f312e392e32c6c5836574683f80b8406a68f89fbfa11ca6dbe13a"
    "8c09300047b2dd83a6a6580b2559c3c2d87527b83ea8f232ddeed2fff3263949105761ab"
    "5d0fe3733046e0e75aaa83cada3b1e5d41";
constexpr std::string_view hello_of_nethermind =
    "f8a305b74e65746865726d696e642f76312e31332e342d302d3365353937326332342d32"
    "303232303831312f5836342d4c696e75782f362e302e36e4c5836574683ec5836574683f"
    "c58365746840c58365746841c58365746842c5837769748082765db84005c95b2618ba1c"
    "a53f0f019d1750d12769267705e46b4dbfb77f73998b21d30973161542a2090bcaa5876e"
    "6aed99436009f3f646029bb723b8dff75feec27374";

Bytes bytes_of(std::string_view digits) {
    return decode_hex_digits(digits).value();
}

crypto::PublicKey some_id() {
    return crypto::public_key(crypto::SecretKey::from(Hash32{{1}}).value());
}

TEST(Hello, of_other_clients_decodes) {
    const auto hello = decode_hello(bytes_of(hello_of_geth));
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->version, 5);
    EXPECT_EQ(hello->client_id, "Geth/v1.7.3-stable-4bb3c89d/linux-amd64/go1.9.2");
    EXPECT_EQ(hello->capabilities, (std::vector<Capability>{{"eth", 63}}));
    EXPECT_EQ(hello->listen_port, 0);
    EXPECT_EQ(encode_hello(*hello), bytes_of(hello_of_geth));

    ASSERT_TRUE(decode_hello(bytes_of(hello_of_gesc)));
    EXPECT_EQ(decode_hello(bytes_of(hello_of_gesc))->client_id,
              "Gesc/v0.2.0-stable-a840de40/linux-amd64/go1.9.4");
}

TEST(Hello, a_capability_of_version_zero_is_tolerated) {
    const auto hello = decode_hello(bytes_of(hello_of_nethermind));
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->capabilities.back(), (Capability{"wit", 0}));
    EXPECT_EQ(hello->capabilities.size(), 6);
    EXPECT_EQ(hello->listen_port, 30301);
}

TEST(Hello, round_trips) {
    const Hello hello{.version = 5,
                      .client_id = "Meta138",
                      .capabilities = {{"eth", 68}, {"istanbul", 100}},
                      .listen_port = 30303,
                      .id = some_id()};
    EXPECT_EQ(decode_hello(encode_hello(hello)), hello);
}

TEST(Hello, items_of_the_future_are_ignored) {
    const auto encoded = rlp::encode_list(std::uint64_t{22}, as_bytes("x"), rlp::Raw{Bytes{0xc0}},
                                          std::uint64_t{0}, some_id(), std::uint64_t{1});
    const auto hello = decode_hello(encoded);
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->version, 22);
}

TEST(Hello, a_name_that_would_disturb_a_terminal_is_made_harmless) {
    const auto encoded = rlp::encode_list(std::uint64_t{5}, as_bytes("a\x1b[2Jb\n"),
                                          rlp::Raw{Bytes{0xc0}}, std::uint64_t{0}, some_id());
    EXPECT_EQ(decode_hello(encoded)->client_id, "a?[2Jb?");

    const Hello long_name{.version = 5,
                          .client_id = std::string(1000, 'x'),
                          .capabilities = {},
                          .listen_port = 0,
                          .id = some_id()};
    EXPECT_EQ(decode_hello(encode_hello(long_name))->client_id.size(), max_client_id_bytes);
}

TEST(Hello, more_capabilities_than_anybody_has_are_refused) {
    Hello hello{.version = 5,
                .client_id = {},
                .capabilities = std::vector<Capability>(max_offered_capabilities, {"eth", 1}),
                .listen_port = 0,
                .id = some_id()};
    EXPECT_TRUE(decode_hello(encode_hello(hello)));
    hello.capabilities.push_back({"eth", 1});
    EXPECT_EQ(decode_hello(encode_hello(hello)).error().kind, rlp::DecodeErrorKind::too_many_items);
}

TEST(Hello, without_all_its_fields_is_refused) {
    EXPECT_FALSE(decode_hello({}));
    EXPECT_FALSE(decode_hello(Bytes{0xc0}));
    EXPECT_FALSE(decode_hello(rlp::encode_list(std::uint64_t{5}, as_bytes("x"),
                                               rlp::Raw{Bytes{0xc0}}, std::uint64_t{0})));
}

TEST(Disconnect, is_a_list_or_the_bare_reason) {
    EXPECT_EQ(decode_disconnect(Bytes{0xc1, 0x04}), DisconnectReason::too_many_peers);
    EXPECT_EQ(decode_disconnect(Bytes{0x04}), DisconnectReason::too_many_peers);
    EXPECT_EQ(decode_disconnect(Bytes{0xc1, 0x80}), DisconnectReason::requested);
    EXPECT_EQ(decode_disconnect(Bytes{0xc1, 0x00}), DisconnectReason::requested);
    EXPECT_EQ(decode_disconnect(Bytes{0x80}), DisconnectReason::requested);
    EXPECT_EQ(decode_disconnect(Bytes{0x00}), DisconnectReason::requested);
    for (const auto& odd : {Bytes{}, Bytes{0xc0}, Bytes{0xc1, 0x0f}, Bytes{0xc1, 0x81}, Bytes{0x63},
                            Bytes{0xc2, 0x04, 0x04}, Bytes{0xff, 0xff, 0xff}})
        EXPECT_EQ(decode_disconnect(odd), DisconnectReason::unknown) << to_hex(odd);
}

TEST(Disconnect, every_reason_round_trips) {
    for (unsigned code = 0; code <= 0x10; ++code) {
        const auto reason = decode_disconnect(Bytes{static_cast<std::uint8_t>(code)});
        EXPECT_EQ(reason == DisconnectReason::unknown, code > 0x0b && code < 0x10) << code;
        if (reason == DisconnectReason::unknown) continue;
        EXPECT_EQ(decode_disconnect(encode_disconnect(reason)), reason);
        EXPECT_NE(to_string(reason), to_string(DisconnectReason::unknown));
    }
    EXPECT_EQ(encode_disconnect(DisconnectReason::unknown), (Bytes{0xc1, 0x80}));
}

}  // namespace
}  // namespace meta138::p2p::rlpx
