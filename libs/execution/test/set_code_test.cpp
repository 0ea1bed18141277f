// SPDX-License-Identifier: Apache-2.0
#include "state_transition.hpp"

#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace meta138::execution {
namespace {

using testing::Optional;

/// EIP-7702: `authority` authorizes `other`, whose code stores 1 in slot 0, and is called.
struct SetCode : StateTransition {
    SetCode() {
        pre.set_account(other, 1, 0, {0x60, 0x01, 0x5f, 0x55});  // sstore(0, 1)
        tx.type = TransactionType::set_code;
        tx.to = authority;
        authorize(1, other);
    }

    void authorize(std::uint64_t chain_id, const Address& address, std::uint64_t nonce = 0) {
        auto& authorization = tx.authorization_list.emplace_back();
        authorization.chain_id = chain_id;
        authorization.address = address;
        authorization.nonce = nonce;
        sign_authorization(authorization, key);
    }
    void authorize_only(std::uint64_t chain_id, const Address& address, std::uint64_t nonce = 0) {
        tx.authorization_list.clear();
        authorize(chain_id, address, nonce);
    }

    crypto::SecretKey key = *crypto::SecretKey::from(to_hash32(0x7702).bytes);
    Address authority = crypto::address_of(crypto::public_key(key));
};

TEST_F(SetCode, runs_the_delegate_s_code_on_the_authority_s_storage) {
    run();
    EXPECT_EQ(state.delegate(authority), other);
    EXPECT_EQ(state.nonce(authority), 1);
    EXPECT_EQ(state.storage(authority, 0), uint256{1});
    EXPECT_EQ(state.storage(other, 0), uint256{});
}

TEST_F(SetCode, refunds_a_part_for_an_authority_that_exists) {
    tx.to = to;
    EXPECT_EQ(run().gas_used, 21000 + 25000);
    pre.set_account(authority, 0, 1);
    EXPECT_EQ(run().gas_used, 21000 + 25000 - (21000 + 25000) / 5);
}

TEST_F(SetCode, keeps_the_delegation_when_the_call_fails) {
    pre.set_account(other, 1, 0, {0xfe});
    EXPECT_FALSE(run().succeeded());
    EXPECT_EQ(state.delegate(authority), other);
    EXPECT_EQ(state.nonce(authority), 1);
}

TEST_F(SetCode, is_valid_on_every_chain_with_chain_id_0) {
    authorize_only(0, other);
    run();
    EXPECT_EQ(state.delegate(authority), other);
}

TEST_F(SetCode, skips_an_authorization_for_another_chain) {
    authorize_only(2, other);
    run();
    EXPECT_FALSE(state.delegate(authority));
}

TEST_F(SetCode, skips_an_authorization_with_another_nonce) {
    authorize_only(1, other, 1);
    run();
    EXPECT_FALSE(state.delegate(authority));
}

TEST_F(SetCode, skips_an_authorization_with_the_largest_nonce) {
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    pre.set_account(authority, largest, 1);
    authorize_only(1, other, largest);
    run();
    EXPECT_FALSE(state.delegate(authority));
}

TEST_F(SetCode, skips_an_authorization_whose_signature_is_invalid) {
    tx.authorization_list[0].y_parity = 2;
    run();
    EXPECT_FALSE(state.delegate(authority));
}

TEST_F(SetCode, skips_an_authority_with_code_of_its_own) {
    pre.set_account(authority, 0, 1, {0x00});
    run();
    EXPECT_FALSE(state.delegate(authority));
    EXPECT_EQ(state.nonce(authority), 0);
}

TEST_F(SetCode, warms_an_authority_even_if_its_nonce_differs) {
    // balance(authority), the address from call data
    pre.set_account(to, 1, 0, {0x5f, 0x35, 0x31});
    tx.to = to;
    tx.data.resize(12);
    tx.data.insert(tx.data.end(), authority.begin(), authority.end());
    const auto valid = run().gas_used;
    authorize_only(1, other, 1);
    EXPECT_EQ(run().gas_used, valid);
    tx.authorization_list[0].y_parity = 2;
    EXPECT_EQ(run().gas_used, valid + 2500);
}

TEST_F(SetCode, the_last_valid_authorization_counts) {
    authorize(1, to, 1);
    authorize(1, other, 7);
    run();
    EXPECT_EQ(state.delegate(authority), to);
    EXPECT_EQ(state.nonce(authority), 2);
}

TEST_F(SetCode, the_zero_address_takes_the_delegation_away) {
    pre.set_account(authority, 5, 1, state::encode_delegation(other));
    authorize_only(1, {}, 5);
    run();
    EXPECT_EQ(state.code_hash(authority), EMPTY_CODE_HASH);
    EXPECT_EQ(state.nonce(authority), 6);
}

TEST_F(SetCode, does_not_run_a_precompile_through_a_delegation) {
    authorize_only(1, "0x0000000000000000000000000000000000000001"_address);
    tx.data.assign(128, 0);
    EXPECT_TRUE(run().succeeded());
    EXPECT_EQ(run().gas_used, 21000 + 25000 + 128 * 4);
}

TEST_F(SetCode, a_list_without_authorizations_is_refused) {
    tx.authorization_list.clear();
    EXPECT_THAT(refusal(), Optional(TransactionError::type_4_empty_authorization_list));
}

TEST_F(SetCode, a_creation_is_refused) {
    tx.to = std::nullopt;
    EXPECT_THAT(refusal(), Optional(TransactionError::type_4_tx_contract_creation));
}

}  // namespace
}  // namespace meta138::execution
