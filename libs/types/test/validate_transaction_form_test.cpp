// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/validate_transaction_form.hpp"

#include "meta138/types/fork_schedule.hpp"
#include "meta138/types/intrinsic_gas.hpp"

#include <gmock/gmock.h>

#include <set>

namespace meta138 {
namespace {

// A valid transaction of any type on a chain with the newest rules; a test says what is special.
class ValidateTransactionForm : public testing::Test {
protected:
    static Transaction valid(TransactionType type) {
        Transaction transaction;
        transaction.type = type;
        transaction.chain_id = 1;
        transaction.gas_limit = 100'000;
        transaction.max_fee_per_gas = 10;
        transaction.max_priority_fee_per_gas = type >= TransactionType::dynamic_fee ? 2 : 10;
        transaction.to = Address{};
        if (type == TransactionType::blob) transaction.blob_versioned_hashes.push_back({{VERSION}});
        if (type == TransactionType::set_code) transaction.authorization_list.emplace_back();
        return transaction;
    }
    static constexpr std::uint8_t VERSION = 0x01;

    std::optional<TransactionError> error_of(const Transaction& transaction) const {
        const auto verdict = validate_transaction_form(transaction, rules);
        return verdict ? std::nullopt : std::optional{verdict.error()};
    }

    TransactionRules rules{.fork = Fork::osaka, .chain_id = 1, .max_blobs_per_block = 9};
    Transaction tx = valid(TransactionType::dynamic_fee);
};

TEST_F(ValidateTransactionForm, accepts_each_type_from_its_fork_on) {
    using enum TransactionError;
    struct Row {
        TransactionType type;
        Fork first;
        TransactionError before;
    };
    for (const auto& row : {Row{TransactionType::access_list, Fork::berlin, type_1_tx_pre_fork},
                            Row{TransactionType::dynamic_fee, Fork::london, type_2_tx_pre_fork},
                            Row{TransactionType::blob, Fork::cancun, type_3_tx_pre_fork},
                            Row{TransactionType::set_code, Fork::prague, type_4_tx_pre_fork}}) {
        for (const auto& fork : forks()) {
            rules.fork = fork.fork;
            EXPECT_EQ(error_of(valid(row.type)),
                      fork.fork < row.first ? std::optional{row.before} : std::nullopt)
                << fork.name;
        }
    }
}

TEST_F(ValidateTransactionForm, compares_the_chain_id_if_there_is_one) {
    tx.chain_id = 2;
    EXPECT_EQ(error_of(tx), TransactionError::invalid_chain_id);
    tx = valid(TransactionType::legacy);
    tx.chain_id.reset();
    EXPECT_EQ(error_of(tx), std::nullopt);
}

TEST_F(ValidateTransactionForm, refuses_the_last_nonce) {  // EIP-2681
    tx.nonce = ~std::uint64_t{0} - 1;
    EXPECT_EQ(error_of(tx), std::nullopt);
    tx.nonce = ~std::uint64_t{0};
    EXPECT_EQ(error_of(tx), TransactionError::nonce_is_max);
}

TEST_F(ValidateTransactionForm, refuses_fees_that_contradict_each_other) {
    tx.max_priority_fee_per_gas = 11;
    EXPECT_EQ(error_of(tx), TransactionError::priority_greater_than_max_fee_per_gas);
    tx = valid(TransactionType::dynamic_fee);
    tx.max_fee_per_gas = uint256::max();
    EXPECT_EQ(error_of(tx), TransactionError::gas_limit_price_product_overflow);
}

TEST_F(ValidateTransactionForm, caps_the_gas_limit_from_osaka_on) {  // EIP-7825
    tx.gas_limit = TX_MAX_GAS_LIMIT;
    EXPECT_EQ(error_of(tx), std::nullopt);
    tx.gas_limit = TX_MAX_GAS_LIMIT + 1;
    EXPECT_EQ(error_of(tx), TransactionError::gas_limit_exceeds_maximum);
    rules.gas_limit_cap = tx.gas_limit;
    EXPECT_EQ(error_of(tx), std::nullopt);
    rules = {.fork = Fork::prague, .chain_id = 1};
    EXPECT_EQ(error_of(tx), std::nullopt);
}

TEST_F(ValidateTransactionForm, limits_init_code_from_shanghai_on) {  // EIP-3860
    tx.to.reset();
    tx.gas_limit = 5'000'000;
    tx.data.assign(MAX_INITCODE_SIZE, 1);
    EXPECT_EQ(error_of(tx), std::nullopt);
    tx.data.push_back(1);
    EXPECT_EQ(error_of(tx), TransactionError::initcode_size_exceeded);
    rules.fork = Fork::paris;
    EXPECT_EQ(error_of(tx), std::nullopt);
    rules.fork = Fork::osaka;
    tx.to = Address{};
    EXPECT_EQ(error_of(tx), std::nullopt);
}

TEST_F(ValidateTransactionForm, asks_for_the_intrinsic_gas_and_the_floor) {
    tx.data.assign(100, 1);
    const auto intrinsic = 21000 + 100 * 16;
    const auto floor = 21000 + 100 * 4 * 10;  // EIP-7623
    tx.gas_limit = intrinsic - 1;
    EXPECT_EQ(error_of(tx), TransactionError::intrinsic_gas_too_low);
    tx.gas_limit = floor - 1;
    EXPECT_EQ(error_of(tx), TransactionError::intrinsic_gas_below_floor_gas_cost);
    tx.gas_limit = floor;
    EXPECT_EQ(error_of(tx), std::nullopt);
    rules.fork = Fork::cancun;
    tx.gas_limit = intrinsic;
    EXPECT_EQ(error_of(tx), std::nullopt);
}

TEST_F(ValidateTransactionForm, checks_the_blobs) {
    tx = valid(TransactionType::blob);
    tx.to.reset();
    EXPECT_EQ(error_of(tx), TransactionError::type_3_tx_contract_creation);
    tx = valid(TransactionType::blob);
    tx.blob_versioned_hashes.clear();
    EXPECT_EQ(error_of(tx), TransactionError::type_3_tx_zero_blobs);
    tx = valid(TransactionType::blob);
    tx.blob_versioned_hashes.push_back({{0x02}});
    EXPECT_EQ(error_of(tx), TransactionError::type_3_tx_invalid_blob_versioned_hash);
    // Osaka: 6 a transaction (EIP-7594). Before: as many as a block may hold.
    tx.blob_versioned_hashes.assign(6, {{VERSION}});
    EXPECT_EQ(error_of(tx), std::nullopt);
    tx.blob_versioned_hashes.assign(7, {{VERSION}});
    EXPECT_EQ(error_of(tx), TransactionError::type_3_tx_blob_count_exceeded);
    rules.fork = Fork::prague;
    EXPECT_EQ(error_of(tx), std::nullopt);
    rules.max_blobs_per_block = 6;
    EXPECT_EQ(error_of(tx), TransactionError::type_3_tx_blob_count_exceeded);
}

TEST_F(ValidateTransactionForm, checks_the_authorizations) {
    tx = valid(TransactionType::set_code);
    tx.to.reset();
    EXPECT_EQ(error_of(tx), TransactionError::type_4_tx_contract_creation);
    tx = valid(TransactionType::set_code);
    tx.authorization_list.clear();
    EXPECT_EQ(error_of(tx), TransactionError::type_4_empty_authorization_list);
}

TEST(IntrinsicGas, follows_the_forks) {
    Transaction call;
    call.to = Address{};
    call.data = {0, 1, 2};
    Transaction creation = call;
    creation.to.reset();

    EXPECT_EQ(intrinsic_gas(call, Fork::frontier), 21000u + 4 + 2 * 68);
    EXPECT_EQ(intrinsic_gas(call, Fork::petersburg), 21000u + 4 + 2 * 68);
    EXPECT_EQ(intrinsic_gas(call, Fork::istanbul), 21000u + 4 + 2 * 16);
    EXPECT_EQ(intrinsic_gas(creation, Fork::frontier), 21000u + 4 + 2 * 68);
    EXPECT_EQ(intrinsic_gas(creation, Fork::homestead), 53000u + 4 + 2 * 68);
    EXPECT_EQ(intrinsic_gas(creation, Fork::paris), 53000u + 4 + 2 * 16);
    EXPECT_EQ(intrinsic_gas(creation, Fork::shanghai), 53000u + 4 + 2 * 16 + 2);
    creation.data.assign(33, 1);
    EXPECT_EQ(intrinsic_gas(creation, Fork::shanghai), 53000u + 33 * 16 + 2 * 2);

    call.access_list = {{Address{}, {Hash32{}, Hash32{}}}, {Address{}, {}}};
    EXPECT_EQ(intrinsic_gas(call, Fork::berlin), 21000u + 4 + 2 * 16 + 2 * 2400 + 2 * 1900);
    call.authorization_list.resize(3);
    EXPECT_EQ(intrinsic_gas(call, Fork::prague),
              21000u + 4 + 2 * 16 + 2 * 2400 + 2 * 1900 + 3 * 25000);
    EXPECT_EQ(floor_data_gas(call), 21000u + 10 * (1 + 2 * 4));
}

TEST(TransactionError, has_a_phrase_and_a_name_of_its_own_for_each) {
    std::set<std::string_view> phrases;
    std::set<std::string_view> names;
    const auto last = std::to_underlying(TransactionError::insufficient_account_funds);
    for (std::uint8_t i = 0; i <= last; ++i) {
        phrases.insert(to_string(static_cast<TransactionError>(i)));
        names.insert(exception_name(static_cast<TransactionError>(i)));
    }
    EXPECT_EQ(phrases.size(), last + 1u);
    EXPECT_EQ(names.size(), last + 1u);
    EXPECT_EQ(exception_name(TransactionError::nonce_is_max), "NONCE_IS_MAX");
}

}  // namespace
}  // namespace meta138
