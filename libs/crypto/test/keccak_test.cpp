// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keccak.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace meta138::crypto {
namespace {

using namespace literals;

Bytes counting_bytes(std::size_t size) {
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    return bytes;
}

std::vector<Hash32> hash_batch(const std::vector<Bytes>& inputs) {
    const std::vector<ByteView> views(inputs.begin(), inputs.end());
    std::vector<Hash32> digests(inputs.size());
    keccak256_batch(views, digests);
    return digests;
}

TEST(Keccak256, hashes_the_empty_string) {
    EXPECT_EQ(keccak256({}), empty_keccak256);
}

TEST(Keccak256, hashes_the_empty_list) {
    const std::uint8_t empty_list[] = {0xc0};
    EXPECT_EQ(keccak256(empty_list), empty_list_keccak256);
}

/// The vectors of the Keccak team's KAT file (ShortMsgKAT_256.txt), and lengths around a block.
TEST(Keccak256, hashes_known_messages) {
    EXPECT_EQ(keccak256(as_bytes("abc")),
              "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"_hash32);
    const std::uint8_t cc[] = {0xcc};
    EXPECT_EQ(keccak256(cc),
              "0xeead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a"_hash32);
    EXPECT_EQ(keccak256(Bytes(32, 0)),
              "0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563"_hash32);
    EXPECT_EQ(keccak256(Bytes(64, 0)),
              "0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5"_hash32);
}

TEST(Keccak256, does_not_depend_on_where_the_stream_is_cut) {
    const auto message = counting_bytes(600);
    for (std::size_t size = 0; size <= message.size(); size += 17) {
        const auto whole = keccak256(ByteView{message}.first(size));
        for (std::size_t cut = 0; cut <= size; ++cut) {
            Keccak256 stream;
            stream.update(ByteView{message}.first(cut));
            stream.update(ByteView{message}.subspan(cut, size - cut));
            ASSERT_EQ(stream.finish(), whole) << size << " cut at " << cut;
        }
    }
}

TEST(Keccak256, takes_a_stream_a_byte_at_a_time) {
    const auto message = counting_bytes(500);
    Keccak256 stream;
    for (std::size_t size = 0; size < message.size(); ++size) {
        ASSERT_EQ(Keccak256{stream}.finish(), keccak256(ByteView{message}.first(size))) << size;
        stream.update({&message[size], 1});
    }
}

TEST(Keccak256, begins_anew_after_finish) {
    Keccak256 stream;
    stream.update(as_bytes("abc"));
    EXPECT_EQ(stream.finish(), keccak256(as_bytes("abc")));
    EXPECT_EQ(stream.finish(), empty_keccak256);
}

TEST(Keccak256Batch, hashes_nothing) {
    keccak256_batch({}, {});
}

TEST(Keccak256Batch, equals_keccak256_for_every_length) {
    std::vector<Bytes> inputs;
    for (std::size_t size = 0; size <= 600; ++size) inputs.push_back(counting_bytes(size));
    const auto digests = hash_batch(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        ASSERT_EQ(digests[i], keccak256(inputs[i])) << i;
}

TEST(Keccak256Batch, equals_keccak256_for_every_number_of_inputs_of_one_length) {
    for (const std::size_t size : std::initializer_list<std::size_t>{32, 135, 136, 137, 532}) {
        for (std::size_t count = 0; count <= 20; ++count) {
            std::vector<Bytes> inputs;
            for (std::size_t i = 0; i < count; ++i)
                inputs.emplace_back(size, static_cast<std::uint8_t>(i));
            const auto digests = hash_batch(inputs);
            for (std::size_t i = 0; i < count; ++i)
                ASSERT_EQ(digests[i], keccak256(inputs[i])) << size << ", " << i << " of " << count;
        }
    }
}

TEST(Keccak256Batch, equals_keccak256_for_mixed_lengths) {
    std::mt19937_64 random{1};
    for (int repetition = 0; repetition < 200; ++repetition) {
        std::vector<Bytes> inputs(random() % 40);
        for (auto& input : inputs) {
            input.resize(random() % (random() % 4 == 0 ? 2000 : 200));
            std::ranges::generate(input, [&] { return static_cast<std::uint8_t>(random()); });
        }
        const auto digests = hash_batch(inputs);
        for (std::size_t i = 0; i < inputs.size(); ++i) ASSERT_EQ(digests[i], keccak256(inputs[i]));
    }
}

}  // namespace
}  // namespace meta138::crypto
