// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/blake2f.hpp"

#include "read_json.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <random>

namespace meta138::crypto {
namespace {

/// The precompile's view of the function: EIP-152's 213 bytes in, 64 out.
Bytes run_precompile(ByteView input) {
    std::uint32_t rounds = 0;
    std::array<std::uint64_t, 8> h;
    std::array<std::uint64_t, 16> m;
    std::array<std::uint64_t, 2> t;
    std::memcpy(&rounds, input.data(), 4);
    std::memcpy(h.data(), input.data() + 4, 64);
    std::memcpy(m.data(), input.data() + 68, 128);
    std::memcpy(t.data(), input.data() + 196, 16);
    blake2f(std::byteswap(rounds), h, m, t, input[212] != 0);
    Bytes out(64);
    std::memcpy(out.data(), h.data(), 64);
    return out;
}

TEST(Blake2f, agrees_with_the_examples_of_eip_152) {
    META138_FIXTURE_OR_SKIP(path, "precompiles/geth/blake2F.json");
    for (const auto& vector : test::read_json(path))
        EXPECT_EQ(run_precompile(test::bytes_of(vector["Input"])),
                  test::bytes_of(vector["Expected"]))
            << vector["Name"];
}

/// RFC 7693 appendix A: the hash of "abc" is one compression of 12 rounds.
TEST(Blake2f, hashes_abc_as_blake2b_does) {
    std::array<std::uint64_t, 8> h = {0x6a09e667f2bdc948, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                      0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                      0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
    blake2f(12, h, {0x636261}, {3, 0}, true);
    std::array<std::uint8_t, 64> digest;
    std::memcpy(digest.data(), h.data(), 64);
    EXPECT_EQ(to_hex_digits(digest),
              "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
              "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

}  // namespace
}  // namespace meta138::crypto
