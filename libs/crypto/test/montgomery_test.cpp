// SPDX-License-Identifier: Apache-2.0
#include "montgomery.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace meta138::crypto {
namespace {

struct Bn254Fp {
    static constexpr auto modulus =
        limbs_from_hex<4>("0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47");
};
struct Bn254Fr {
    static constexpr auto modulus =
        limbs_from_hex<4>("0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001");
};
struct Bls12381Fp {
    static constexpr auto modulus = limbs_from_hex<6>(
        "0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9fe"
        "ffffffffaaab");
};
struct Bls12381Fr {
    static constexpr auto modulus =
        limbs_from_hex<4>("0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001");
};

template <typename Params>
class MontgomeryFieldTest : public testing::Test {
protected:
    using Field = MontgomeryField<Params>;
    using Limbs = Field::Limbs;

    /// Numbers at the edges of limbs and of the field, in both forms, and random ones.
    std::vector<Field> values() {
        std::vector<Field> result;
        const auto add = [&result](const Limbs& limbs) {
            if (!limbs::less(limbs, Field::modulus)) return;
            result.push_back(Field::from_limbs(limbs));
            result.push_back(Field::from_montgomery_limbs(limbs));
        };
        for (std::uint64_t small = 0; small < 4; ++small) {
            add({small});
            Limbs below{};
            limbs::sub(below, Field::modulus, Limbs{small + 1});
            add(below);
        }
        Limbs half = Field::modulus;
        for (auto& limb : half) limb >>= 1;
        add(half);
        for (std::size_t bit = 0; bit < 64 * Field::limb_count; bit += 31) {
            Limbs power{};
            power[bit / 64] = std::uint64_t{1} << (bit % 64);
            add(power);
            Limbs ones{};
            limbs::sub(ones, power, Limbs{1});
            add(ones);
        }
        for (int i = 0; i < 60; ++i) {
            Limbs limbs;
            for (auto& limb : limbs) limb = random() % 3 == 0 ? 0 - (random() & 1) : random();
            limbs.back() %= Field::modulus.back();
            add(limbs);
        }
        return result;
    }

    /// Bit by bit, with additions alone.
    static Field slow_product(const Field& a, const Field& b) {
        const auto bits = b.to_limbs();
        auto result = Field::zero();
        for (std::size_t i = 64 * Field::limb_count; i-- > 0;) {
            result = result.twice();
            if ((bits[i / 64] >> (i % 64) & 1) != 0) result += a;
        }
        return result;
    }

    std::mt19937_64 random{138};
};

using Fields = testing::Types<Bn254Fp, Bn254Fr, Bls12381Fp, Bls12381Fr>;
TYPED_TEST_SUITE(MontgomeryFieldTest, Fields, );

TYPED_TEST(MontgomeryFieldTest, multiplies_like_repeated_addition) {
    const auto values = this->values();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto& a = values[i];
        const auto& b = values[(7 * i + 3) % values.size()];
        ASSERT_EQ(a * b, this->slow_product(a, b));
        ASSERT_EQ(a.square(), a * a);
    }
}

TYPED_TEST(MontgomeryFieldTest, is_a_ring) {
    const auto values = this->values();
    for (const auto& a : values) {
        const auto& c = values[this->random() % values.size()];
        for (const auto& b : values) {
            ASSERT_EQ(a + b, b + a);
            ASSERT_EQ(a * b, b * a);
            ASSERT_EQ((a + b) - b, a);
            ASSERT_EQ(a - b, a + -b);
            ASSERT_EQ((a + b) * c, a * c + b * c);
            ASSERT_EQ((a - b) * (a + b), a.square() - b.square());
            ASSERT_EQ(a == b, (a - b).is_zero());
        }
        ASSERT_EQ(a.half().twice(), a);
    }
}

TYPED_TEST(MontgomeryFieldTest, inverts_every_element_but_zero) {
    using Field = MontgomeryField<TypeParam>;
    EXPECT_EQ(Field::zero().inverse(), Field::zero());
    auto fermat = Field::modulus;
    fermat[0] -= 2;
    for (const auto& a : this->values()) {
        if (a.is_zero()) continue;
        ASSERT_EQ(a * a.inverse(), Field::one());
        ASSERT_EQ(a.inverse(), a.pow(fermat));
    }
}

TYPED_TEST(MontgomeryFieldTest, inverts_many_at_once_and_leaves_zeros) {
    using Field = MontgomeryField<TypeParam>;
    const auto values = this->values();
    auto inverses = values;
    std::vector<Field> scratch(values.size());
    invert_all<Field>(inverses, scratch);
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(inverses[i], values[i].inverse());
}

TYPED_TEST(MontgomeryFieldTest, reads_back_the_bytes_it_writes) {
    using Field = MontgomeryField<TypeParam>;
    for (const auto& a : this->values()) {
        const auto bytes = a.to_be_bytes();
        ASSERT_EQ(Field::from_be_bytes(bytes), a);
        ASSERT_EQ(Field::from_limbs(a.to_limbs()), a);
    }
}

TYPED_TEST(MontgomeryFieldTest, rejects_bytes_of_the_modulus_and_above) {
    using Field = MontgomeryField<TypeParam>;
    std::array<std::uint8_t, Field::byte_count> bytes;
    const auto write = [&bytes](const typename Field::Limbs& limbs) {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>(limbs[i / 8] >> (8 * (i % 8)));
    };
    auto limbs = Field::modulus;
    write(limbs);
    EXPECT_EQ(Field::from_be_bytes(bytes), std::nullopt);
    ++limbs[0];
    write(limbs);
    EXPECT_EQ(Field::from_be_bytes(bytes), std::nullopt);
    bytes.fill(0xff);
    EXPECT_EQ(Field::from_be_bytes(bytes), std::nullopt);
    limbs[0] -= 2;
    write(limbs);
    EXPECT_EQ(Field::from_be_bytes(bytes), -Field::one());
}

/// Of the fields whose modulus is 3 mod 4.
template <typename Params>
class MontgomeryFieldRoots : public MontgomeryFieldTest<Params> {};

using FieldsWithRoots = testing::Types<Bn254Fp, Bls12381Fp>;
TYPED_TEST_SUITE(MontgomeryFieldRoots, FieldsWithRoots, );

TYPED_TEST(MontgomeryFieldRoots, exist_for_squares_only) {
    for (const auto& a : this->values()) {
        const auto root = a.square().sqrt();
        ASSERT_TRUE(root);
        ASSERT_TRUE(*root == a || *root == -a);
        // -1 is no square.
        ASSERT_EQ((-a.square()).sqrt().has_value(), a.is_zero());
    }
}

}  // namespace
}  // namespace meta138::crypto
