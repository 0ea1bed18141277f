// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/block_executor.hpp"

#include "state_transition.hpp"

#include "meta138/types/blob_gas.hpp"

#include <gmock/gmock.h>

namespace meta138::execution {
namespace {

using testing::ElementsAre;

constexpr auto BEACON_ROOTS_ADDRESS = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"_address;
constexpr auto HISTORY_STORAGE_ADDRESS = "0x0000f90827f1c53a10cb7a02335b175320002935"_address;
constexpr auto DAO_REFUND = "0xbf4ed7b27f1d666546e30d74d50d173d20bca754"_address;

/// sstore(0, calldataload(0)); sstore(1, caller); sstore(2, gas)
const Bytes stores_input_and_caller{0x5f, 0x35, 0x5f, 0x55, 0x33, 0x60,
                                    0x01, 0x55, 0x5a, 0x60, 0x02, 0x55};
/// mstore8(0, 0xab); return(0, 1)
const Bytes returns_a_byte{0x60, 0xab, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xf3};
const Bytes reverts{0x5f, 0x5f, 0xfd};
const Bytes stops{0x00};

struct BlockExecutorTest : testing::Test {
    BlockExecutorTest() {
        environment.context.coinbase = coinbase;
        environment.context.number = 1000;
        environment.context.gas_limit = 30'000'000;
        environment.parent_hash[0] = 0xaa;
        environment.parent_beacon_block_root.emplace()[0] = 0xbb;
        view.set_account(sender, 0, 1'000'000'000);
        view.set_account(rules.withdrawal_request_contract_address, 1, 0, stops);
        view.set_account(rules.consolidation_request_contract_address, 1, 0, stops);
    }

    void use_fork(Fork fork) { rules = mainnet_rules(fork); }

    BlockExecutor& executor() {
        if (!executor_) {
            const BlockExecutor::Resources resources{
                .state = state, .block_hashes = hashes, .code_cache = codes};
            executor_.emplace(resources, rules, environment);
        }
        return *executor_;
    }
    std::optional<BlockRule> broken_rule_at_finish() {
        const auto finished = executor().finish({}, {});
        return finished ? std::nullopt : std::optional{finished.error().rule};
    }
    /// Calls `contract` with `data`.
    void execute_call(const Address& contract, const Bytes& data = {}) {
        Transaction tx;
        tx.nonce = state.nonce(sender);
        tx.gas_limit = 200'000;
        tx.to = contract;
        tx.data = data;
        const auto result = executor().execute(tx, sender);
        ASSERT_TRUE(result) << to_string(result.error());
        ASSERT_TRUE(result->succeeded()) << to_string(result->status);
    }

    static constexpr Address sender = "0x00000000000000000000000000000000005e4de2"_address;
    static constexpr Address coinbase = "0x000000000000000000000000000000000000c01b"_address;
    static constexpr Address other = "0x00000000000000000000000000000000000007e2"_address;

    BlockRules rules = mainnet_rules(Fork::osaka);
    BlockEnvironment environment;
    state::MapState view;
    state::State state{view};
    NoBlockHashes hashes;
    evm::CodeCache codes;

private:
    std::optional<BlockExecutor> executor_;
};

// Before the transactions

TEST_F(BlockExecutorTest, tells_the_beacon_root_to_its_contract) {  // EIP-4788
    view.set_account(BEACON_ROOTS_ADDRESS, 1, 0, stores_input_and_caller);
    executor().begin();
    EXPECT_EQ(state.storage(BEACON_ROOTS_ADDRESS, 0),
              to_uint256(*environment.parent_beacon_block_root));
    EXPECT_EQ(to_address(state.storage(BEACON_ROOTS_ADDRESS, 1)),
              "0xfffffffffffffffffffffffffffffffffffffffe"_address);
    EXPECT_GT(state.storage(BEACON_ROOTS_ADDRESS, 2), uint256{30'000'000 - 50'000});
    EXPECT_EQ(executor().used().gas, 0);
}

TEST_F(BlockExecutorTest, tells_the_parent_s_hash_to_its_contract) {  // EIP-2935
    view.set_account(HISTORY_STORAGE_ADDRESS, 1, 0, stores_input_and_caller);
    executor().begin();
    EXPECT_EQ(state.storage(HISTORY_STORAGE_ADDRESS, 0), to_uint256(environment.parent_hash));
}

TEST_F(BlockExecutorTest, tells_nothing_before_the_fork) {
    use_fork(Fork::shanghai);
    view.set_account(BEACON_ROOTS_ADDRESS, 1, 0, stores_input_and_caller);
    view.set_account(HISTORY_STORAGE_ADDRESS, 1, 0, stores_input_and_caller);
    executor().begin();
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(BlockExecutorTest, does_without_contracts_that_are_missing_or_fail) {  // EIP-4788
    view.set_account(HISTORY_STORAGE_ADDRESS, 1, 0, reverts);
    executor().begin();
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(BlockExecutorTest, a_system_call_leaves_nothing_warm) {
    view.set_account(BEACON_ROOTS_ADDRESS, 1, 0, stores_input_and_caller);
    executor().begin();
    EXPECT_TRUE(state.warm_account(BEACON_ROOTS_ADDRESS));
    EXPECT_TRUE(state.access_storage(BEACON_ROOTS_ADDRESS, 0).was_cold);
}

TEST_F(BlockExecutorTest, refunds_the_dao_in_its_block) {  // EIP-779
    use_fork(Fork::homestead);
    rules.dao_fork_block = environment.context.number;
    constexpr auto the_dao = "0xbb9bc244d798123fde783fcc1c72d3bb8c189413"_address;
    constexpr auto child = "0xd4fe7bc31cedb7bfb8a345f31e668033056b2728"_address;
    view.set_account(the_dao, 1, 5, stops);
    view.set_account(child, 1, 7, stops);
    view.set_account(DAO_REFUND, 1, 1, stops);
    executor().begin();
    EXPECT_EQ(state.balance(the_dao), uint256{});
    EXPECT_EQ(state.balance(child), uint256{});
    EXPECT_EQ(state.balance(DAO_REFUND), uint256{13});
}

TEST_F(BlockExecutorTest, leaves_the_dao_alone_in_other_blocks) {
    use_fork(Fork::homestead);
    rules.dao_fork_block = environment.context.number + 1;
    executor().begin();
    EXPECT_TRUE(state.diff().empty());
}

// Transactions

TEST_F(BlockExecutorTest, receipts_count_the_gas_of_all_transactions) {
    execute_call(other);
    execute_call(other);
    ASSERT_EQ(executor().receipts().size(), 2);
    EXPECT_EQ(executor().receipts()[0].cumulative_gas_used, 21000);
    EXPECT_EQ(executor().receipts()[1].cumulative_gas_used, 42000);
    EXPECT_TRUE(executor().receipts()[1].succeeded);
    EXPECT_EQ(executor().used().gas, 42000);
}

TEST_F(BlockExecutorTest, a_refused_transaction_leaves_no_receipt) {
    Transaction tx;
    tx.gas_limit = 30'000'001;
    tx.to = other;
    EXPECT_FALSE(executor().execute(tx, sender));
    EXPECT_TRUE(executor().receipts().empty());
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(BlockExecutorTest, an_account_deleted_in_one_transaction_is_new_in_the_next) {
    use_fork(Fork::shanghai);
    // Without call data selfdestruct(0), with call data sstore(1, 1) after.
    view.set_account(other, 1, 0, {0x36, 0x60, 0x06, 0x57, 0x5f, 0xff, 0x5b, 0x00});
    view.set_storage(other, 1, 1);
    execute_call(other);
    EXPECT_FALSE(state.exists(other));
    execute_call(other, {1});
    EXPECT_FALSE(state.exists(other));
    EXPECT_EQ(state.storage(other, 1), uint256{});
}

// After the transactions

TEST_F(BlockExecutorTest, pays_withdrawals_in_gwei) {  // EIP-4895
    const std::vector<Withdrawal> withdrawals{{0, 0, other, 2}, {1, 0, other, 3}};
    ASSERT_TRUE(executor().finish({}, withdrawals));
    EXPECT_EQ(state.balance(other), uint256{5'000'000'000});
}

TEST_F(BlockExecutorTest, a_withdrawal_of_nothing_makes_no_account) {  // EIP-4895
    const std::vector<Withdrawal> withdrawals{{0, 0, other, 0}};
    ASSERT_TRUE(executor().finish({}, withdrawals));
    EXPECT_FALSE(state.exists(other));
}

TEST_F(BlockExecutorTest, pays_the_miner_and_ommers) {  // Yellow Paper 11.3
    use_fork(Fork::byzantium);
    Header ommer;
    ommer.coinbase = other;
    ommer.number = environment.context.number - 2;
    ASSERT_TRUE(executor().finish({&ommer, 1}, {}));
    constexpr std::uint64_t reward = 3'000'000'000'000'000'000;
    EXPECT_EQ(state.balance(coinbase), uint256{reward} + reward / 32);
    EXPECT_EQ(state.balance(other), uint256{reward} * 6 / 8);
}

TEST_F(BlockExecutorTest, pays_nothing_from_paris_on) {  // EIP-3675
    use_fork(Fork::paris);
    ASSERT_TRUE(executor().finish({}, {}));
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(BlockExecutorTest, pays_what_the_chain_says) {
    rules.block_reward = 77;
    ASSERT_TRUE(executor().finish({}, {}));
    EXPECT_EQ(state.balance(coinbase), uint256{77});
}

// Requests

TEST_F(BlockExecutorTest, collects_what_request_contracts_return) {  // EIP-7002, EIP-7251
    view.set_account(rules.withdrawal_request_contract_address, 1, 0, returns_a_byte);
    view.set_account(rules.consolidation_request_contract_address, 1, 0, returns_a_byte);
    ASSERT_TRUE(executor().finish({}, {}));
    EXPECT_THAT(executor().requests(),
                ElementsAre(ElementsAre(0x01, 0xab), ElementsAre(0x02, 0xab)));
}

TEST_F(BlockExecutorTest, requests_without_data_do_not_count) {  // EIP-7685
    ASSERT_TRUE(executor().finish({}, {}));
    EXPECT_TRUE(executor().requests().empty());
}

TEST_F(BlockExecutorTest, needs_the_request_contracts) {  // EIP-7002, EIP-7251
    view.set_account(rules.consolidation_request_contract_address, 1, 0);
    EXPECT_THAT(broken_rule_at_finish(), testing::Optional(BlockRule::system_contract_missing));
}

TEST_F(BlockExecutorTest, a_request_contract_that_fails_makes_the_block_invalid) {
    view.set_account(rules.withdrawal_request_contract_address, 1, 0, reverts);
    EXPECT_THAT(broken_rule_at_finish(), testing::Optional(BlockRule::system_contract_failed));
}

/// EIP-6110: the deposit contract is code that logs its call data under the event's signature.
struct Deposits : BlockExecutorTest {
    Deposits() {
        // calldatacopy(0, 0, calldatasize()); log1(0, calldatasize(), signature)
        Bytes logs_input{0x36, 0x5f, 0x5f, 0x37, 0x7f};
        constexpr auto signature =
            "0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5"_hash32;
        logs_input.insert(logs_input.end(), signature.begin(), signature.end());
        logs_input.insert(logs_input.end(), {0x36, 0x5f, 0xa1});
        view.set_account(rules.deposit_contract_address, 1, 0, logs_input);
    }

    static void put_word(Bytes& event, std::size_t at, std::uint64_t value) {
        store_be32(event.data() + at, value);
    }
    /// A DepositEvent whose fields are filled with 1, 2, 3, 4 and 5.
    static Bytes event() {
        Bytes event(576);
        std::uint8_t filling = 0;
        for (const auto& [offset, size] :
             {std::pair{160, 48}, {256, 32}, {320, 8}, {384, 96}, {512, 8}}) {
            const auto begin = static_cast<std::size_t>(offset);
            put_word(event, std::size_t{32} * filling, begin);
            put_word(event, begin, static_cast<std::uint64_t>(size));
            std::fill_n(event.begin() + offset + 32, size, ++filling);
        }
        return event;
    }
};

TEST_F(Deposits, become_requests) {
    execute_call(rules.deposit_contract_address, event());
    execute_call(rules.deposit_contract_address, event());
    ASSERT_EQ(broken_rule_at_finish(), std::nullopt);
    ASSERT_EQ(executor().requests().size(), 1);
    const auto& request = executor().requests()[0];
    ASSERT_EQ(request.size(), 1 + 2 * 192);
    EXPECT_EQ(request[0], 0x00);
    EXPECT_EQ(request[1], 1);
    EXPECT_EQ(request[1 + 48], 2);
    EXPECT_EQ(request[1 + 48 + 32], 3);
    EXPECT_EQ(request[1 + 48 + 32 + 8], 4);
    EXPECT_EQ(request[1 + 48 + 32 + 8 + 96], 5);
    EXPECT_EQ(request[1 + 192], 1);
}

TEST_F(Deposits, of_other_contracts_do_not_count) {
    view.set_account(other, 1, 0, to_bytes(state.code(rules.deposit_contract_address)));
    execute_call(other, event());
    ASSERT_EQ(broken_rule_at_finish(), std::nullopt);
    EXPECT_TRUE(executor().requests().empty());
}

TEST_F(Deposits, of_another_length_make_the_block_invalid) {
    auto longer = event();
    longer.resize(608);
    execute_call(rules.deposit_contract_address, longer);
    EXPECT_THAT(broken_rule_at_finish(), testing::Optional(BlockRule::deposit_event));
}

TEST_F(Deposits, with_another_offset_make_the_block_invalid) {
    auto moved = event();
    put_word(moved, 32, 224);
    execute_call(rules.deposit_contract_address, moved);
    EXPECT_THAT(broken_rule_at_finish(), testing::Optional(BlockRule::deposit_event));
}

TEST_F(Deposits, with_another_size_make_the_block_invalid) {
    auto resized = event();
    put_word(resized, 320, 9);
    execute_call(rules.deposit_contract_address, resized);
    EXPECT_THAT(broken_rule_at_finish(), testing::Optional(BlockRule::deposit_event));
}

}  // namespace
}  // namespace meta138::execution
