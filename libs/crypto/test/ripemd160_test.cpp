// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/ripemd160.hpp"

#include "meta138/base/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::crypto {
namespace {

/// The examples of the function's authors.
TEST(Ripemd160, hashes_the_published_examples) {
    struct Example {
        std::string message;
        std::string_view digest;
    };
    std::string eights;
    for (int i = 0; i < 8; ++i) eights += "1234567890";
    const Example examples[] = {
        {"", "9c1185a5c5e9fc54612808977ee8f548b2258d31"},
        {"a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe"},
        {"abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
        {"message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"},
        {"abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "12a053384a9c0c88e405a06c27dcf49ada62eb2b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "b0e20b6e3116640286ed3a87a5713079b21f5189"},
        {eights, "9b752e45573d4b39f4dbd3323cab82bf63326bfb"},
        {std::string(1'000'000, 'a'), "52783243c1697bdbe16d37f97f68f08325dc1528"},
    };
    for (const auto& [message, digest] : examples)
        EXPECT_EQ(to_hex_digits(ripemd160(as_bytes(message))), digest) << message.substr(0, 80);
}

}  // namespace
}  // namespace meta138::crypto
