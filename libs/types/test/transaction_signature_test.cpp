// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/transaction_signature.hpp"

#include "json_files.hpp"
#include "random_values.hpp"

#include "meta138/base/hex.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using namespace literals;
using test::unhex;

constexpr auto SECP256K1N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_u256;

crypto::SecretKey key_of(std::uint8_t byte) {
    Hash32 bytes;
    bytes.bytes.fill(byte);
    return *crypto::SecretKey::from(bytes.bytes);
}

Address address_of(const crypto::SecretKey& secret) {
    return crypto::address_of(crypto::public_key(secret));
}

// The example of EIP-155.
Transaction eip155_example() {
    Transaction transaction;
    transaction.chain_id = 1;
    transaction.nonce = 9;
    transaction.max_fee_per_gas = transaction.max_priority_fee_per_gas = 20'000'000'000_u256;
    transaction.gas_limit = 21000;
    transaction.to = "0x3535353535353535353535353535353535353535"_address;
    transaction.value = 1'000'000'000'000'000'000_u256;
    return transaction;
}

TEST(TransactionSignature, of_the_example_of_eip_155_is_as_printed_there) {
    auto transaction = eip155_example();
    EXPECT_EQ(signing_hash(transaction),
              "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"_hash32);
    sign_transaction(transaction, key_of(0x46));
    EXPECT_EQ(encode_transaction(transaction),
              unhex("f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a"
                    "76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
                    "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"));
    EXPECT_EQ(recover_sender(transaction, Fork::spurious_dragon),
              "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"_address);
}

TEST(TransactionSignature, of_any_type_recovers_to_the_signer) {
    test::RandomValues random{7};
    const auto secret = key_of(0x11);
    for (int i = 0; i < 100; ++i) {
        auto transaction = random.transaction();
        sign_transaction(transaction, secret);
        ASSERT_EQ(recover_sender(transaction, Fork::osaka), address_of(secret));
        transaction.nonce ^= 1;
        ASSERT_NE(recover_sender(transaction, Fork::osaka), address_of(secret));
    }
}

TEST(TransactionSignature, of_many_recover_as_of_one) {
    test::RandomValues random{8};
    const auto secret = key_of(0x11);
    std::vector<Transaction> transactions;
    for (int i = 0; i < 100; ++i) {
        transactions.push_back(random.transaction());
        if (i % 3 != 0) sign_transaction(transactions.back(), secret);
        if (i % 7 == 0) transactions.back().s = SECP256K1N - transactions.back().s;
    }
    for (const auto fork : {Fork::frontier, Fork::osaka}) {
        std::vector<std::expected<Address, TransactionError>> senders(transactions.size());
        recover_senders(transactions, fork, senders);
        for (std::size_t i = 0; i < transactions.size(); ++i)
            ASSERT_EQ(senders[i], recover_sender(transactions[i], fork)) << i;
    }
}

TEST(TransactionSignature, with_a_chain_id_needs_spurious_dragon) {
    auto transaction = eip155_example();
    sign_transaction(transaction, key_of(1));
    EXPECT_EQ(recover_sender(transaction, Fork::tangerine_whistle),
              std::unexpected{TransactionError::invalid_signature_vrs});
    EXPECT_TRUE(recover_sender(transaction, Fork::spurious_dragon));
}

TEST(TransactionSignature, with_a_high_s_is_for_frontier_alone) {
    const auto secret = key_of(1);
    auto transaction = eip155_example();
    transaction.chain_id.reset();
    sign_transaction(transaction, secret);
    transaction.s = SECP256K1N - transaction.s;
    transaction.y_parity ^= 1;
    EXPECT_EQ(recover_sender(transaction, Fork::frontier), address_of(secret));
    EXPECT_EQ(recover_sender(transaction, Fork::homestead),
              std::unexpected{TransactionError::invalid_signature_vrs});
}

TEST(TransactionSignature, out_of_range_is_refused) {
    auto transaction = eip155_example();
    sign_transaction(transaction, key_of(1));
    const auto with = [&](const uint256& r, const uint256& s) {
        auto changed = transaction;
        changed.r = r;
        changed.s = s;
        return recover_sender(changed, Fork::osaka);
    };
    const std::unexpected invalid{TransactionError::invalid_signature_vrs};
    EXPECT_EQ(with(0, transaction.s), invalid);
    EXPECT_EQ(with(transaction.r, 0), invalid);
    EXPECT_EQ(with(SECP256K1N, transaction.s), invalid);
    EXPECT_EQ(with(uint256::max(), transaction.s), invalid);
    EXPECT_EQ(with(transaction.r, SECP256K1N), invalid);
    EXPECT_EQ(with(transaction.r, (SECP256K1N >> 1) + 1), invalid);
    // 5 is the x coordinate of no point.
    EXPECT_EQ(with(5, 1), std::unexpected{TransactionError::ec_recovery_failed});
}

TEST(Authorization, recovers_to_the_authority) {
    const auto secret = key_of(0x22);
    Authorization authorization{.chain_id = 138,
                                .address = "0x3535353535353535353535353535353535353535"_address,
                                .nonce = 7,
                                .y_parity = 0,
                                .r = 0,
                                .s = 0};
    sign_authorization(authorization, secret);
    EXPECT_EQ(recover_authority(authorization), address_of(secret));

    auto other = authorization;
    other.nonce = 8;
    EXPECT_NE(recover_authority(other), address_of(secret));
    auto high = authorization;
    high.s = SECP256K1N - high.s;
    high.y_parity = uint256{1} - high.y_parity;
    EXPECT_EQ(recover_authority(high), std::nullopt);
    auto parity = authorization;
    parity.y_parity = 27;
    EXPECT_EQ(recover_authority(parity), std::nullopt);
}

}  // namespace
}  // namespace meta138
