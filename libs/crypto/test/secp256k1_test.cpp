// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/secp256k1.hpp"

#include "meta138/crypto/keccak.hpp"

#include <gtest/gtest.h>

namespace meta138::crypto {
namespace {

using namespace literals;

TEST(Secp256k1, recovers_the_address_that_signed) {
    const auto secret = SecretKey::from(
        "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"_hash32);
    ASSERT_TRUE(secret);
    const auto hash = keccak256({});
    const auto signature = sign(hash, *secret);
    EXPECT_EQ(recover_address(hash, signature), address_of(public_key(*secret)));
    EXPECT_TRUE(verify(hash, signature.r, signature.s, public_key(*secret)));
}

}  // namespace
}  // namespace meta138::crypto
