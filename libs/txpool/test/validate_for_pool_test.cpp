// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/validate_for_pool.hpp"

#include "pool_fixture.hpp"

#include "meta138/crypto/kzg.hpp"

#include <functional>
#include <set>
#include <string>

namespace meta138::txpool::test {
namespace {

/// A valid transaction in a valid pool; each test says what is special about its own.
class ValidateForPool : public testing::Test {
protected:
    PooledTransaction pooled{.transaction = transfer(address_of(1), 0).transaction, .sidecar = {}};
    Transaction& transaction = pooled.transaction;
    std::optional<Address> sender = address_of(1);
    bool is_local = false;
    PoolConfig config;
    PoolHead head = prague_head();

    [[nodiscard]] std::optional<PoolError> error() const {
        const auto verdict = validate_for_pool(pooled, sender, is_local, config, head);
        if (verdict) return std::nullopt;
        return verdict.error();
    }
    void make_dynamic() { transaction.type = TransactionType::dynamic_fee; }
    void make_blob() {
        const auto blob = blob_transfer(address_of(1), 0, 1000);
        pooled = {.transaction = blob.transaction, .sidecar = blob.sidecar};
    }
};

TEST_F(ValidateForPool, a_transfer_is_fine) {
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, a_local_price_above_the_cap_is_refused) {
    config.fee_cap = 999;
    EXPECT_EQ(error(), std::nullopt);
    is_local = true;
    EXPECT_EQ(error(), PoolError::fee_cap_exceeded);
    config.fee_cap = 0;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, a_price_below_the_minimum_is_refused_but_of_priority_senders) {
    config.min_gas_price = 1001;
    EXPECT_EQ(error(), PoolError::gas_price_too_low);
    is_local = true;
    EXPECT_EQ(error(), std::nullopt);
    config.no_local_priority = true;
    EXPECT_EQ(error(), PoolError::gas_price_too_low);
    config.priority_senders = {*sender};
    EXPECT_EQ(error(), std::nullopt);
    is_local = false;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, a_base_fee_above_the_price_is_no_reason_to_refuse) {
    head.next_base_fee = 1'000'000;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, a_type_needs_its_fork) {
    make_dynamic();
    head.next_fork = Fork::berlin;
    EXPECT_EQ(error(), PoolError::type_not_active);
    head.next_fork = Fork::london;
    EXPECT_EQ(error(), std::nullopt);
    transaction.type = TransactionType::set_code;
    head.next_fork = Fork::cancun;
    EXPECT_EQ(error(), PoolError::type_not_active);
}

TEST_F(ValidateForPool, the_last_nonce_is_refused) {
    transaction.nonce = UINT64_MAX;
    EXPECT_EQ(error(), PoolError::nonce_overflow);
}

TEST_F(ValidateForPool, the_gas_limit_has_a_cap_from_osaka_on) {
    transaction.gas_limit = TX_MAX_GAS_LIMIT + 1;
    EXPECT_EQ(error(), std::nullopt);
    head.next_fork = Fork::osaka;
    EXPECT_EQ(error(), PoolError::gas_limit_cap);
    transaction.gas_limit = TX_MAX_GAS_LIMIT;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, init_code_has_a_limit_that_a_private_chain_may_move) {
    transaction.to.reset();
    transaction.gas_limit = 10'000'000;
    transaction.data.assign(MAX_INITCODE_SIZE + 1, 0);
    EXPECT_EQ(error(), PoolError::initcode_too_large);
    head.max_initcode_size = 2 * MAX_INITCODE_SIZE;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, no_sender_is_an_invalid_signature) {
    sender.reset();
    EXPECT_EQ(error(), PoolError::invalid_signature);
}

TEST_F(ValidateForPool, another_chain_is_refused) {
    transaction.chain_id = 1;
    EXPECT_EQ(error(), PoolError::wrong_chain_id);
}

TEST_F(ValidateForPool, a_tip_above_the_max_fee_is_refused) {
    make_dynamic();
    transaction.max_priority_fee_per_gas = 1001;
    EXPECT_EQ(error(), PoolError::tip_above_fee_cap);
}

TEST_F(ValidateForPool, a_cost_above_256_bits_is_refused) {
    transaction.value = uint256::max();
    EXPECT_EQ(error(), PoolError::upfront_cost_overflow);
}

TEST_F(ValidateForPool, the_intrinsic_gas_must_be_covered) {
    transaction.gas_limit = 20'999;
    EXPECT_EQ(error(), PoolError::intrinsic_gas);
}

TEST_F(ValidateForPool, the_floor_for_data_must_be_covered) {  // EIP-7623
    transaction.data.assign(1000, 1);
    transaction.gas_limit = 21'000 + 16'000;
    EXPECT_EQ(error(), PoolError::intrinsic_gas);
    transaction.gas_limit = 21'000 + 40'000;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, strict_replay_protection_is_for_local_transactions) {
    transaction.chain_id.reset();
    config.strict_replay_protection = true;
    EXPECT_EQ(error(), std::nullopt);
    is_local = true;
    EXPECT_EQ(error(), PoolError::chain_id_required);
    config.strict_replay_protection = false;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, the_gas_limit_must_fit_into_a_block) {
    transaction.gas_limit = head.gas_limit + 1;
    EXPECT_EQ(error(), PoolError::block_gas_limit);
    transaction.gas_limit = head.gas_limit;
    EXPECT_EQ(error(), std::nullopt);
}

TEST_F(ValidateForPool, blobs_need_a_sidecar_of_the_forks_version) {
    make_blob();
    EXPECT_EQ(error(), std::nullopt);
    pooled.sidecar->version = 1;
    EXPECT_EQ(error(), PoolError::invalid_blobs);
    head.next_fork = Fork::osaka;
    EXPECT_EQ(error(), std::nullopt);
    pooled.sidecar.reset();
    EXPECT_EQ(error(), PoolError::invalid_blobs);
}

TEST_F(ValidateForPool, blobs_have_a_number_and_a_recipient) {
    make_blob();
    head.max_blobs_per_block = 0;
    EXPECT_EQ(error(), PoolError::too_many_blobs);
    head.max_blobs_per_block = 9;
    transaction.to.reset();
    transaction.gas_limit = 100'000;
    EXPECT_EQ(error(), PoolError::invalid_form);
}

TEST_F(ValidateForPool, authorizations_must_not_be_missing) {
    transaction.type = TransactionType::set_code;
    EXPECT_EQ(error(), PoolError::invalid_form);
}

// besu-surface 2.3: a transaction that breaks all rules is mended one rule after another.
TEST_F(ValidateForPool, the_order_of_the_rules_is_that_of_besu) {
    is_local = true;
    config.fee_cap = 10;
    config.no_local_priority = true;
    config.min_gas_price = 1'000'000;
    config.strict_replay_protection = true;
    head.next_fork = Fork::berlin;
    head.gas_limit = 1000;
    sender.reset();
    make_dynamic();
    transaction.to.reset();
    transaction.data.assign(MAX_INITCODE_SIZE + 1, 1);
    transaction.nonce = UINT64_MAX;
    transaction.chain_id = 1;
    transaction.gas_limit = UINT64_MAX;
    transaction.value = uint256::max();
    transaction.max_priority_fee_per_gas = 5000;

    const std::vector<std::pair<PoolError, std::function<void()>>> steps{
        {PoolError::fee_cap_exceeded, [&] { config.fee_cap = 0; }},
        {PoolError::gas_price_too_low, [&] { config.min_gas_price = 0; }},
        {PoolError::type_not_active, [&] { head.next_fork = Fork::osaka; }},
        {PoolError::nonce_overflow, [&] { transaction.nonce = 0; }},
        {PoolError::gas_limit_cap, [&] { transaction.gas_limit = 30'000; }},
        {PoolError::initcode_too_large, [&] { transaction.data.assign(10, 1); }},
        {PoolError::invalid_signature, [&] { sender = address_of(1); }},
        {PoolError::wrong_chain_id, [&] { transaction.chain_id.reset(); }},
        {PoolError::tip_above_fee_cap, [&] { transaction.max_priority_fee_per_gas = 0; }},
        {PoolError::upfront_cost_overflow, [&] { transaction.value = 0; }},
        {PoolError::intrinsic_gas, [&] { transaction.gas_limit = 100'000; }},
        {PoolError::chain_id_required, [&] { transaction.chain_id = 138; }},
        {PoolError::block_gas_limit, [&] { head.gas_limit = 100'000; }},
    };
    for (const auto& [expected, mend] : steps) {
        EXPECT_EQ(error(), expected) << name_of(expected);
        mend();
    }
    EXPECT_EQ(error(), std::nullopt);
}

TEST(PoolError, has_a_name_and_a_text_for_each) {
    for (std::size_t i = 0; i != pool_error_count; ++i) {
        const auto error = static_cast<PoolError>(i);
        EXPECT_FALSE(name_of(error).empty());
        EXPECT_FALSE(to_string(error).empty());
    }
    EXPECT_EQ(name_of(PoolError::nonce_too_low), "NONCE_TOO_LOW");
}

TEST(Waiting, has_a_name_and_an_explanation_for_each) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i != waiting_count; ++i) {
        names.insert(to_string(static_cast<Waiting>(i)));
        EXPECT_FALSE(explanation_of(static_cast<Waiting>(i)).empty());
    }
    EXPECT_EQ(names.size(), waiting_count);
    EXPECT_EQ(to_string(Removal::nonce_used), "nonce_used");
}

class VerifyBlobSidecar : public testing::Test {
protected:
    Transaction transaction;
    BlobSidecar sidecar;

    void SetUp() override {
        Bytes blob(BYTES_PER_BLOB);
        blob[1] = 7;
        const crypto::BlobView view{blob.data(), BYTES_PER_BLOB};
        const auto commitment = *crypto::blob_to_kzg_commitment(view);
        sidecar.commitments = {commitment};
        sidecar.proofs = {*crypto::compute_blob_kzg_proof(view, commitment)};
        sidecar.blobs = {std::move(blob)};
        transaction.blob_versioned_hashes = {crypto::kzg_to_versioned_hash(commitment)};
    }
};

TEST_F(VerifyBlobSidecar, accepts_right_proofs) {
    EXPECT_TRUE(verify_blob_sidecar(transaction, sidecar));
}

TEST_F(VerifyBlobSidecar, rejects_another_blob) {
    sidecar.blobs[0][1] = 8;
    EXPECT_FALSE(verify_blob_sidecar(transaction, sidecar));
}

TEST_F(VerifyBlobSidecar, rejects_another_versioned_hash) {
    transaction.blob_versioned_hashes[0][5] ^= 1;
    EXPECT_FALSE(verify_blob_sidecar(transaction, sidecar));
}

TEST_F(VerifyBlobSidecar, rejects_lists_of_other_lengths) {
    sidecar.proofs.clear();
    EXPECT_FALSE(verify_blob_sidecar(transaction, sidecar));
}

TEST_F(VerifyBlobSidecar, rejects_a_blob_of_another_size) {
    sidecar.blobs[0].pop_back();
    EXPECT_FALSE(verify_blob_sidecar(transaction, sidecar));
}

TEST_F(VerifyBlobSidecar, checks_cell_proofs_of_version_1) {
    const auto cells = *crypto::compute_cells_and_kzg_proofs(
        crypto::BlobView{sidecar.blobs[0].data(), BYTES_PER_BLOB});
    sidecar.version = 1;
    sidecar.proofs = cells.proofs;
    EXPECT_TRUE(verify_blob_sidecar(transaction, sidecar));
    std::swap(sidecar.proofs[3], sidecar.proofs[4]);
    EXPECT_FALSE(verify_blob_sidecar(transaction, sidecar));
}

}  // namespace
}  // namespace meta138::txpool::test
