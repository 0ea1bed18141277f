// SPDX-License-Identifier: Apache-2.0
#include "test_files.hpp"

#include "meta138/signer/key_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>

namespace meta138::signer {
namespace {

TEST(SecretPages, wipe_what_is_released_and_use_its_place_again) {
    SecretPages pages;
    auto* first = pages.keep(test::key_number(1));
    EXPECT_TRUE(equal(first->reveal(), test::key_number(1).reveal()));
    pages.release(first);
    // The page stays ours, so the place can be looked at.
    std::array<std::uint8_t, 32> left{};
    std::memcpy(left.data(), static_cast<const void*>(first), left.size());
    EXPECT_TRUE(std::ranges::all_of(left, [](auto byte) { return byte == 0; }));
    EXPECT_EQ(pages.keep(test::key_number(2)), first);
    pages.release(first);
}

TEST(SecretPages, have_room_for_many_keys) {
    SecretPages pages;
    std::vector<crypto::SecretKey*> keys;
    for (std::uint16_t i = 0; i < 2'000; ++i) keys.push_back(pages.keep(test::key_number(i)));
    for (std::uint16_t i = 0; i < 2'000; ++i)
        EXPECT_TRUE(equal(keys[i]->reveal(), test::key_number(i).reveal()));
    for (auto* key : keys) pages.release(key);
}

TEST(LocalSigner, signs_on_several_threads) {
    const LocalSigner signer{test::key_number(3), std::make_shared<SecretPages>()};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&signer] {
            for (std::uint8_t n = 0; n < 50; ++n) {
                Hash32 hash;
                hash[0] = n;
                const auto signature = signer.sign(hash);
                ASSERT_TRUE(signature);
                EXPECT_EQ(crypto::recover_public_key(hash, signature->r, signature->s,
                                                     signature->y_parity),
                          signer.public_key());
            }
        });
    }
}

TEST(KeySet, finds_by_address_and_by_public_key) {
    const auto pages = std::make_shared<SecretPages>();
    std::vector<Key> keys;
    for (const std::uint16_t i : std::initializer_list<std::uint16_t>{5, 1, 3})
        keys.push_back({.address = test::address_number(i),
                        .signer = std::make_shared<LocalSigner>(test::key_number(i), pages),
                        .source = std::to_string(i)});
    const KeySet set{keys};
    ASSERT_EQ(set.keys().size(), 3U);
    EXPECT_TRUE(std::ranges::is_sorted(set.keys(), {}, &Key::address));
    EXPECT_EQ(set.find(test::address_number(3))->source, "3");
    EXPECT_EQ(set.find(crypto::public_key(test::key_number(1)))->source, "1");
    EXPECT_EQ(set.find(test::address_number(2)), nullptr);
    EXPECT_EQ(set.find(crypto::public_key(test::key_number(2))), nullptr);
    EXPECT_EQ(set.find(crypto::PublicKey{}), nullptr);
}

}  // namespace
}  // namespace meta138::signer
