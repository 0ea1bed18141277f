// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/bytes.hpp"

#include "meta138/base/hex.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace meta138 {
namespace {

using namespace literals;

static_assert(sizeof(Address) == 20 && sizeof(Hash32) == 32);
static_assert(std::is_trivially_copyable_v<Address>);

TEST(FixedBytes, is_zero_by_default) {
    EXPECT_TRUE(Address{}.is_zero());
    EXPECT_FALSE("0x0000000000000000000000000000000000000001"_address.is_zero());
    EXPECT_FALSE("0x8000000000000000000000000000000000000000"_address.is_zero());
}

TEST(FixedBytes, compares_lexicographically) {
    const FixedBytes<3> a{1, 2, 3};
    EXPECT_EQ(a, (FixedBytes<3>{1, 2, 3}));
    EXPECT_LT(a, (FixedBytes<3>{1, 2, 4}));
    EXPECT_LT(a, (FixedBytes<3>{2, 0, 0}));
    EXPECT_GT((FixedBytes<3>{0x80, 0, 0}), (FixedBytes<3>{0x7f, 0xff, 0xff}));
}

TEST(FixedBytes, copies_a_span_of_its_size) {
    const std::array<std::uint8_t, 4> raw{9, 8, 7, 6};
    const auto fixed = FixedBytes<4>::from(raw);
    EXPECT_TRUE(equal(fixed.bytes, raw));
    EXPECT_EQ(fixed[0], 9);
    EXPECT_EQ(fixed[3], 6);
}

TEST(FixedBytes, every_byte_changes_the_hash) {
    std::unordered_set<std::size_t> hashes;
    for (std::size_t i = 0; i < Address::size(); ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            Address address;
            address[i] = static_cast<std::uint8_t>(1 << bit);
            hashes.insert(std::hash<Address>{}(address));
        }
    }
    EXPECT_EQ(hashes.size(), 8 * Address::size());
}

TEST(ByteView, equality_is_of_content) {
    EXPECT_TRUE(equal({}, {}));
    EXPECT_TRUE(equal({}, Bytes{}));
    EXPECT_TRUE(equal(as_bytes("abc"), Bytes{'a', 'b', 'c'}));
    EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("abd")));
    EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("ab")));
}

}  // namespace
}  // namespace meta138
