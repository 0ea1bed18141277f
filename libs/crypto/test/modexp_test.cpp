// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/modexp.hpp"

#include "read_json.hpp"

#include "meta138/test/fixtures.hpp"

#include <gmp.h>
#include <gtest/gtest.h>

#include <random>

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

Bytes modexp_with_gmp(ByteView base, ByteView exponent, ByteView modulus) {
    mpz_t b, e, m;
    mpz_inits(b, e, m, nullptr);
    mpz_import(b, base.size(), 1, 1, 1, 0, base.data());
    mpz_import(e, exponent.size(), 1, 1, 1, 0, exponent.data());
    mpz_import(m, modulus.size(), 1, 1, 1, 0, modulus.data());
    Bytes out(modulus.size());
    if (mpz_sgn(m) != 0) {
        mpz_powm(b, b, e, m);
        const std::size_t size = mpz_sgn(b) == 0 ? 0 : (mpz_sizeinbase(b, 2) + 7) / 8;
        mpz_export(out.data() + (out.size() - size), nullptr, 1, 1, 1, 0, b);
    }
    mpz_clears(b, e, m, nullptr);
    return out;
}

class RandomNumbers {
public:
    /// Any bytes, or with long runs of ones or zeros.
    Bytes number(std::size_t size) {
        Bytes bytes(size);
        const auto kind = random_() % 5;
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
        if (kind == 0) std::ranges::fill(bytes, std::uint8_t{0xff});
        if (kind == 1) std::fill_n(bytes.begin(), random_() % (size + 1), std::uint8_t{0});
        if (kind == 2 && size > 0) {
            const auto from = random_() % size;
            std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(),
                      std::uint8_t{0});
            bytes[from] |= static_cast<std::uint8_t>(1 << random_() % 8);
        }
        return bytes;
    }
    std::size_t below(std::size_t bound) { return random_() % bound; }

private:
    std::mt19937_64 random_{1};
};

TEST(Modexp, agrees_with_gmp_on_every_length_of_modulus) {
    RandomNumbers random;
    for (std::size_t size = 0; size <= 280; ++size) {
        for (int i = 0; i < 4; ++i) {
            const auto base = random.number(random.below(2 * size + 8));
            const auto exponent = random.number(random.below(12));
            auto modulus = random.number(size);
            if (i % 2 == 0 && size > 0) modulus.back() |= 1;
            ASSERT_EQ(modexp(base, exponent, modulus), modexp_with_gmp(base, exponent, modulus))
                << size << ": " << to_hex(base) << ' ' << to_hex(exponent) << ' '
                << to_hex(modulus);
        }
    }
}

TEST(Modexp, agrees_with_gmp_on_long_numbers) {
    RandomNumbers random;
    for (const std::size_t size : std::initializer_list<std::size_t>{
             300, 384, 512, 513, 640, 768, 1000, 1023, 1024, 1025, 1100, 1500}) {
        for (int i = 0; i < 4; ++i) {
            const auto base = random.number(size);
            const auto exponent = random.number(1 + random.below(9));
            auto modulus = random.number(size);
            if (i % 2 == 0) modulus.back() |= 1;
            ASSERT_EQ(modexp(base, exponent, modulus), modexp_with_gmp(base, exponent, modulus))
                << size << ": " << to_hex(base) << ' ' << to_hex(exponent) << ' '
                << to_hex(modulus);
        }
    }
}

TEST(Modexp, agrees_with_gmp_on_long_exponents) {
    RandomNumbers random;
    for (std::size_t size = 1; size <= 200; size += 9) {
        const auto base = random.number(40);
        const auto exponent = random.number(size);
        auto modulus = random.number(1 + random.below(150));
        modulus.back() |= 1;
        ASSERT_EQ(modexp(base, exponent, modulus), modexp_with_gmp(base, exponent, modulus))
            << to_hex(base) << ' ' << to_hex(exponent) << ' ' << to_hex(modulus);
    }
}

}  // namespace
}  // namespace meta138::crypto
