// SPDX-License-Identifier: Apache-2.0
#include "state_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace meta138::oracle {
namespace {

class StateFileTest : public testing::Test {
protected:
    StateFileTest() {
        auto name = (std::filesystem::temp_directory_path() / "oracle-state-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        state.account[0] = 0xaa;
        PendingTransaction pending{
            .nonce = 7,
            .transmission = {.feed = "ETH/USD",
                             .round = 12,
                             .call_data = {1, 2, 3},
                             .gas_limit = 150'000,
                             .description = "ETH/USD = \"2500\""},
        };
        pending.attempts.push_back(
            {.raw = {2, 4},
             .fees = {.max_fee_per_gas = uint256{1} << 100, .max_priority_fee_per_gas = 0},
             .round = 12});
        state.transactions.push_back(pending);
    }
    ~StateFileTest() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
    SavedState state{.chain_id = 138};
    std::string warning;
};

TEST_F(StateFileTest, brings_back_what_was_saved) {
    {
        StateFile file{folder};
        file.save({.chain_id = 138});
        file.save(state);
    }
    StateFile file{folder};
    EXPECT_EQ(file.load(138, state.account, warning), state.transactions);
    EXPECT_EQ(warning, "");
}

TEST_F(StateFileTest, has_nothing_at_first) {
    EXPECT_TRUE(StateFile{folder}.load(138, state.account, warning).empty());
    EXPECT_EQ(warning, "");
}

TEST_F(StateFileTest, does_not_bring_back_what_is_of_another_account_or_chain) {
    StateFile file{folder};
    file.save(state);
    EXPECT_TRUE(file.load(138, Address{}, warning).empty());
    EXPECT_NE(warning, "");
    EXPECT_TRUE(file.load(1, state.account, warning).empty());
}

TEST_F(StateFileTest, a_damaged_file_is_moved_aside) {
    StateFile file{folder};
    file.save(state);
    std::filesystem::resize_file(file.path(), 50);
    EXPECT_TRUE(file.load(138, state.account, warning).empty());
    EXPECT_NE(warning, "");
    EXPECT_FALSE(std::filesystem::exists(file.path()));
    EXPECT_TRUE(std::filesystem::exists(folder / "transactions.json.damaged"));
}

TEST_F(StateFileTest, belongs_to_one_process) {
    const StateFile file{folder};
    EXPECT_THROW(StateFile{folder}, std::runtime_error);
}

TEST(DecodeState, names_what_is_wrong) {
    EXPECT_EQ(decode_state("{").error(), "not JSON");
    EXPECT_EQ(decode_state(R"({"format":2})").error(), "format 2 is not known");
    EXPECT_EQ(decode_state(R"({"format":1,"chainId":1,"account":"0x12"})").error(),
              "account has not 20 bytes");
}

}  // namespace
}  // namespace meta138::oracle
