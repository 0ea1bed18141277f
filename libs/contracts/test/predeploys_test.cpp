// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/predeploys.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <gtest/gtest.h>

namespace meta138::contracts {
namespace {

using namespace literals;

Address low_address(const Hash32& digest) {
    return Address::from(std::span{digest.bytes}.last<20>());
}

TEST(Create2Factory, has_69_bytes_of_code) {
    EXPECT_EQ(create2_factory_code().size(), 69);
    EXPECT_EQ(crypto::keccak256(create2_factory_code()),
              "0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989"_hash32);
}

TEST(Create2Factory, its_transaction_creates_it_at_its_address) {
    // keccak256(rlp([sender, 0]))
    Bytes preimage{0xd6, 0x94};
    const Address sender = create2_factory_deployment().sender;
    preimage.insert(preimage.end(), sender.begin(), sender.end());
    preimage.push_back(0x80);
    EXPECT_EQ(low_address(crypto::keccak256(preimage)), create2_factory_address);
}

TEST(Create2Factory, its_transaction_ends_with_the_code_and_the_made_up_signature) {
    const ByteView raw = create2_factory_deployment().raw_transaction;
    ASSERT_EQ(raw.size(), 2 + raw[1]);
    const std::size_t tail = 1 + 2 * 33;
    EXPECT_TRUE(equal(raw.subspan(raw.size() - tail - 69, 69), create2_factory_code()));
    EXPECT_EQ(create2_factory_deployment().cost, uint256{10'000'000'000'000'000});
}

TEST(Create2Factory, its_transaction_is_signed_by_its_sender) {
    // What is signed is the list without v, r and s: 98 bytes.
    const ByteView raw = create2_factory_deployment().raw_transaction;
    Bytes unsigned_transaction{0xf8, 98};
    const ByteView fields = raw.subspan(2, 98);
    unsigned_transaction.insert(unsigned_transaction.end(), fields.begin(), fields.end());
    Hash32 made_up;
    made_up.bytes.fill(0x22);
    EXPECT_EQ(crypto::recover_address(crypto::keccak256(unsigned_transaction), made_up, made_up, 0),
              create2_factory_deployment().sender);
}

TEST(Create2Address, is_that_of_eip_1014) {
    // The first examples of EIP-1014
    EXPECT_EQ(create2_address({}, Bytes{0x00}, Address{}),
              "0x4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"_address);
    EXPECT_EQ(
        create2_address({}, Bytes{0x00}, "0xdeadbeef00000000000000000000000000000000"_address),
        "0xb928f69bb1d91cd65274e3c79d8986362984fda3"_address);
}

TEST(Create2FactoryCall, is_salt_and_code) {
    Hash32 salt;
    salt[31] = 7;
    const Bytes call = create2_factory_call(salt, Bytes{0x60, 0x00});
    ASSERT_EQ(call.size(), 34);
    EXPECT_EQ(call[31], 7);
    EXPECT_EQ(call[32], 0x60);
}

}  // namespace
}  // namespace meta138::contracts
