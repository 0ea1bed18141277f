// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/prestate_tracer.hpp"

#include "traced_transaction.hpp"

#include <gmock/gmock.h>

namespace meta138::tracing {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

class Prestates : public TracedTransaction {
protected:
    Prestates() { block.context.coinbase = "0x000000000000000000000000000000000000c01b"_address; }

    Prestate trace() {
        PrestateTracer tracer{state, fork, options};
        tracer.begin(tx, sender, block.context.coinbase);
        run(tracer);
        return tracer.finish();
    }

    PrestateOptions options;
};

TEST_F(Prestates, hold_what_was_before_the_transaction) {
    set_code(contract, "60095f5500");  // SSTORE(0, 9)
    pre.set_storage(contract, 0, 8);
    tx.value = 5;
    const auto [before, after] = trace();
    EXPECT_EQ(after, std::nullopt);
    EXPECT_THAT(before, ElementsAre(Key(contract), Key(sender)));
    EXPECT_EQ(before.at(sender).balance, uint256{ether});
    EXPECT_EQ(before.at(sender).nonce, 0);
    EXPECT_EQ(before.at(contract).balance, uint256{0});
    EXPECT_EQ(before.at(contract).nonce, 1);
    EXPECT_EQ(before.at(contract).code, decode_hex("0x60095f5500").value());
    EXPECT_THAT(before.at(contract).storage, ElementsAre(Pair(uint256{0}, uint256{8})));
}

TEST_F(Prestates, leave_out_accounts_that_were_empty_unless_asked) {
    set_code(contract, "6107e23100");  // BALANCE(other)
    EXPECT_THAT(trace().pre, Not(Contains(Key(other))));
    state.reset();
    options.include_empty = true;
    EXPECT_THAT(trace().pre, Contains(Key(other)));
}

TEST_F(Prestates, do_not_hold_what_could_not_be_paid_for) {
    pre.set_account(other, 0, 1);
    set_code(contract, "6107e231");  // BALANCE(other)
    tx.gas_limit = intrinsic_gas + 100;
    EXPECT_THAT(trace().pre, Not(Contains(Key(other))));
}

TEST_F(Prestates, as_differences_show_only_changes) {
    options.diff_mode = true;
    set_code(contract, "60095f55600754506107e23100");  // SSTORE(0, 9), SLOAD(7), BALANCE(other)
    pre.set_storage(contract, 0, 8);
    pre.set_storage(contract, 7, 1);
    pre.set_account(other, 0, 1);
    const auto [before, after] = trace();
    ASSERT_TRUE(after);
    EXPECT_THAT(before, ElementsAre(Key(contract), Key(sender)));
    EXPECT_THAT(before.at(contract).storage, ElementsAre(Pair(uint256{0}, uint256{8})));
    EXPECT_THAT(*after, ElementsAre(Key(contract), Key(sender)));
    EXPECT_THAT(after->at(contract).storage, ElementsAre(Pair(uint256{0}, uint256{9})));
    EXPECT_EQ(after->at(contract).balance, std::nullopt);
    EXPECT_EQ(after->at(sender).nonce, 1);
}

TEST_F(Prestates, as_differences_have_no_account_that_was_deleted) {
    fork = Fork::shanghai;
    options.diff_mode = true;
    set_code(contract, "6107e2ff");
    pre.set_account(other, 0, 1);
    const auto [before, after] = trace();
    EXPECT_THAT(before, Contains(Key(contract)));
    EXPECT_THAT(*after, Not(Contains(Key(contract))));
}

TEST_F(Prestates, hold_neither_code_nor_storage_when_told_so) {
    options = {.disable_code = true, .disable_storage = true};
    set_code(contract, "5f5400");
    const auto before = trace().pre;
    EXPECT_EQ(before.at(contract).code, std::nullopt);
    EXPECT_NE(before.at(contract).code_hash, std::nullopt);
    EXPECT_THAT(before.at(contract).storage, IsEmpty());
}

TEST_F(Prestates, are_written_as_geth_writes_them) {
    const PrestateAccount account{
        .balance = 16, .code = Bytes{0x5f}, .code_hash = Hash32{}, .nonce = 2, .storage = {{1, 2}}};
    const auto zeros = std::string(64, '0');
    EXPECT_EQ(to_json({.pre = {{contract, account}}, .post = std::nullopt}),
              R"({"0x00000000000000000000000000000000000000c0":{"balance":"0x10","code":"0x5f",)"
              R"("codeHash":"0x)" +
                  zeros + R"(","nonce":2,"storage":{"0x)" + zeros.substr(1) + R"(1":"0x)" +
                  zeros.substr(1) + R"(2"}}})");
    EXPECT_EQ(to_json({.pre = {}, .post = PrestateAccounts{}}), R"({"post":{},"pre":{}})");
}

}  // namespace
}  // namespace meta138::tracing
