// SPDX-License-Identifier: Apache-2.0
#include "rlpx/frames.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace meta138::p2p::rlpx {
namespace {

/// Both ends of one direction.
struct Channel {
    Channel() {
        Secrets secrets;
        secrets.aes = Hash32{{1}};
        secrets.mac = Hash32{{2}};
        secrets.egress.update(as_bytes("seed"));
        secrets.ingress = secrets.egress;
        writer.emplace(secrets);
        reader.emplace(secrets);
    }

    Bytes seal(ByteView content) {
        Bytes frame(frame_header_bytes + frame_body_bytes(content.size()));
        std::ranges::copy(content, frame.begin() + frame_header_bytes);
        writer->seal(frame, content.size());
        return frame;
    }
    /// The content, or absent if a MAC is wrong.
    std::optional<Bytes> open(Bytes frame) {
        const auto size = reader->open_header(std::span{frame}.first<frame_header_bytes>());
        if (!size) return std::nullopt;
        const auto content = reader->open_body(std::span{frame}.subspan(frame_header_bytes), *size);
        return content ? std::optional{to_bytes(*content)} : std::nullopt;
    }

    std::optional<FrameWriter> writer;
    std::optional<FrameReader> reader;
};

TEST(RlpxFrame, arrives_as_it_was_sent) {
    Channel channel;
    for (const auto size : std::vector<std::size_t>{1, 15, 16, 17, 1000, 70000}) {
        const Bytes content(size, static_cast<std::uint8_t>(size));
        const auto frame = channel.seal(content);
        EXPECT_EQ(frame.size() % 16, 0);
        EXPECT_EQ(channel.open(frame), content) << size;
    }
}

TEST(RlpxFrame, the_same_content_never_looks_the_same) {
    Channel channel;
    const Bytes content = {1, 2, 3};
    EXPECT_NE(channel.seal(content), channel.seal(content));
}

TEST(RlpxFrame, a_change_of_any_byte_is_seen) {
    const auto size = Channel{}.seal(Bytes{1, 2, 3}).size();
    for (std::size_t i = 0; i < size; ++i) {
        Channel channel;
        auto frame = channel.seal(Bytes{1, 2, 3});
        frame[i] ^= 0x80;
        EXPECT_FALSE(channel.open(frame)) << i;
    }
}

TEST(RlpxFrame, a_frame_that_comes_twice_or_out_of_order_is_refused) {
    Channel repeated;
    const auto frame = repeated.seal(Bytes{1});
    EXPECT_TRUE(repeated.open(frame));
    EXPECT_FALSE(repeated.open(frame));

    Channel swapped;
    swapped.seal(Bytes{1});
    EXPECT_FALSE(swapped.open(swapped.seal(Bytes{2})));
}

TEST(RlpxFrame, the_ciphertext_is_that_of_geth) {
    // The vector's MACs are constants, so only the stream of bytes can be compared.
    META138_FIXTURE_OR_SKIP(path, "devp2p/rlpx/frame.json");
    std::ifstream file{path};
    const auto vector = nlohmann::json::parse(file);
    const auto expected = decode_hex(vector["frame"].get<std::string>()).value();
    const auto content = decode_hex(vector["decodedFrameContent"].get<std::string>()).value();
    Secrets secrets;
    secrets.aes = decode_fixed_hex<Hash32>(vector["aesSecret"].get<std::string>()).value();
    secrets.mac = decode_fixed_hex<Hash32>(vector["macSecret"].get<std::string>()).value();
    FrameWriter writer{secrets};
    Bytes frame(frame_header_bytes + frame_body_bytes(content.size()));
    std::ranges::copy(content, frame.begin() + frame_header_bytes);
    writer.seal(frame, content.size());
    ASSERT_EQ(frame.size(), expected.size());

    const auto without_macs = [](const Bytes& bytes) {
        auto result = to_bytes(ByteView{bytes}.first(16));
        const auto body = ByteView{bytes}.subspan(32, bytes.size() - 48);
        result.insert(result.end(), body.begin(), body.end());
        return result;
    };
    EXPECT_EQ(to_hex(without_macs(frame)), to_hex(without_macs(expected)));
}

}  // namespace
}  // namespace meta138::p2p::rlpx
