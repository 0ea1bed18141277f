// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/modexp.hpp"

#include "read_json.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

namespace meta138::crypto {
namespace {

Bytes modexp(ByteView base, ByteView exponent, ByteView modulus) {
    Bytes out(modulus.size(), 0xee);
    crypto::modexp(base, exponent, modulus, out);
    return out;
}

std::size_t length_at(ByteView input, std::size_t at) {
    std::size_t length = 0;
    for (const auto byte : test::slice(input, at)) length = length << 8 | byte;
    return length;
}

/// EIP-198's encoding: three lengths of 32 bytes, then the three numbers; zeros follow the input.
Bytes run_precompile(ByteView input) {
    const std::size_t sizes[] = {length_at(input, 0), length_at(input, 32), length_at(input, 64)};
    Bytes padded = to_bytes(input);
    padded.resize(std::max(padded.size(), 96 + sizes[0] + sizes[1] + sizes[2]));
    const auto numbers = ByteView{padded}.subspan(96);
    return modexp(numbers.first(sizes[0]), numbers.subspan(sizes[0], sizes[1]),
                  numbers.subspan(sizes[0] + sizes[1], sizes[2]));
}

class ModexpVectors : public testing::TestWithParam<const char*> {};

TEST_P(ModexpVectors, agree) {
    META138_FIXTURE_OR_SKIP(folder, "precompiles/geth");
    for (const auto& vector : test::read_json(folder / GetParam()))
        EXPECT_EQ(to_hex_digits(run_precompile(test::bytes_of(vector["Input"]))),
                  vector["Expected"].get<std::string>())
            << vector["Name"];
}

INSTANTIATE_TEST_SUITE_P(Geth, ModexpVectors,
                         testing::Values("modexp.json", "modexp_eip2565.json",
                                         "modexp_eip7883.json"),
                         [](const auto& file) {
                             std::string name = file.param;
                             return name.substr(0, name.find('.'));
                         });

TEST(Modexp, gives_nothing_for_an_empty_modulus) {
    EXPECT_EQ(modexp(Bytes{2}, Bytes{2}, {}), Bytes{});
}

TEST(Modexp, is_zero_for_a_modulus_of_zero_or_one) {
    EXPECT_EQ(modexp(Bytes{2}, Bytes{2}, Bytes{0, 0}), (Bytes{0, 0}));
    EXPECT_EQ(modexp({}, {}, Bytes{0, 0}), (Bytes{0, 0}));
    EXPECT_EQ(modexp(Bytes{2}, Bytes{2}, Bytes{0, 1}), (Bytes{0, 0}));
    EXPECT_EQ(modexp({}, {}, Bytes{0, 1}), (Bytes{0, 0}));
}

TEST(Modexp, takes_zero_to_the_power_of_zero_for_one) {
    EXPECT_EQ(modexp({}, {}, Bytes{0, 0, 5}), (Bytes{0, 0, 1}));
    EXPECT_EQ(modexp(Bytes{0}, Bytes{0, 0}, Bytes{4}), (Bytes{1}));
}

}  // namespace
}  // namespace meta138::crypto
