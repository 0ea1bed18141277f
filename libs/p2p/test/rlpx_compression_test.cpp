// SPDX-License-Identifier: Apache-2.0
#include "rlpx/compression.hpp"

#include <gtest/gtest.h>

namespace meta138::p2p::rlpx {
namespace {

Bytes compressed(ByteView plain) {
    Bytes out(max_compressed_size(plain.size()));
    out.resize(compress(plain, out.data()));
    return out;
}

TEST(Snappy, gives_back_what_was_compressed) {
    for (const auto size : std::vector<std::size_t>{0, 1, 60, 61, 1000, 100000}) {
        Bytes plain(size);
        for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<std::uint8_t>(i * i / 7);
        EXPECT_EQ(decompress(compressed(plain), size), plain) << size;
    }
}

TEST(Snappy, the_densest_of_messages_is_accepted) {
    const Bytes zeros(std::size_t{10} << 20);
    EXPECT_EQ(decompress(compressed(zeros), zeros.size()), zeros);
}

TEST(Snappy, a_message_above_the_limit_is_refused) {
    const Bytes plain(1001);
    EXPECT_FALSE(decompress(compressed(plain), 1000));
    EXPECT_TRUE(decompress(compressed(plain), 1001));
}

TEST(Snappy, a_bomb_that_only_announces_its_size_is_refused_before_it_allocates) {
    // 10 MiB announced by a message of five bytes, which could hold 110.
    const Bytes bomb = {0x80, 0x80, 0x80, 0x05, 0x00};
    EXPECT_FALSE(decompress(bomb, std::size_t{16} << 20));
    // 2^32 - 1, the most that the format can announce.
    EXPECT_FALSE(decompress(Bytes{0xff, 0xff, 0xff, 0xff, 0x0f, 0x00}, std::size_t{16} << 20));
}

TEST(Snappy, garbage_is_refused) {
    EXPECT_FALSE(decompress({}, 100));
    EXPECT_FALSE(decompress(Bytes{0xff}, 100));
    EXPECT_FALSE(decompress(Bytes{0x05, 0x10, 'a'}, 100));         // fewer bytes than announced
    EXPECT_FALSE(decompress(Bytes{0x01, 0x04, 'a', 'b'}, 100));    // more
    EXPECT_FALSE(decompress(Bytes{0x08, 0x01, 0x04, 0x00}, 100));  // a copy of what is not there
}

}  // namespace
}  // namespace meta138::p2p::rlpx
