// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <set>

// The fixtures whose blocks come on several branches, through the chain and its database.

namespace meta138::blockchain {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

Bytes bytes_of(const json& text) {
    return decode_hex(text.get<std::string>()).value();
}
template <typename Fixed>
Fixed fixed_of(const json& text) {
    const auto bytes = bytes_of(text);
    return Fixed::from(std::span<const std::uint8_t, Fixed::size()>{bytes});
}
uint256 number_of(const json& text) {
    auto digits = text.get<std::string>().substr(2);
    if (digits.size() % 2 != 0) digits.insert(digits.begin(), '0');
    return uint256_from_be(decode_hex("0x" + digits).value());
}

Genesis genesis_of(const json& test) {
    Genesis genesis;
    genesis.schedule = schedule_of(*find_fork(test["network"].get<std::string>()), 1);
    const auto header = decode_block(bytes_of(test["genesisRLP"])).value().header;
    genesis.parent_hash = header.parent_hash;
    genesis.coinbase = header.coinbase;
    genesis.difficulty = header.difficulty;
    genesis.gas_limit = header.gas_limit;
    genesis.timestamp = header.timestamp;
    genesis.extra_data = header.extra_data;
    genesis.mix_hash = header.prev_randao;
    genesis.nonce = header.nonce;
    genesis.base_fee_per_gas = header.base_fee_per_gas;
    for (const auto& [address, given] : test["pre"].items()) {
        auto& account = genesis.alloc[fixed_of<Address>(json(address))];
        account.nonce = number_of(given["nonce"]).low64();
        account.balance = number_of(given["balance"]);
        account.code = bytes_of(given["code"]);
        for (const auto& [key, value] : given["storage"].items())
            account.storage[number_of(json(key))] = number_of(value);
    }
    return genesis;
}

void compare_accounts(const json& expected, const state::StateView& state) {
    for (const auto& [text, wanted] : expected.items()) {
        const auto address = fixed_of<Address>(json(text));
        const auto account = state.account(address);
        ASSERT_TRUE(account) << text;
        EXPECT_EQ(account->nonce, number_of(wanted["nonce"]).low64()) << text;
        EXPECT_EQ(account->balance, number_of(wanted["balance"])) << text;
        for (const auto& [key, value] : wanted["storage"].items())
            EXPECT_EQ(state.storage(address, number_of(json(key))), number_of(value)) << text;
    }
}

// Returns how often the chain changed to another branch.
std::size_t run(const json& test) {
    const auto genesis = genesis_of(test);
    const auto consensus = make_trusting_consensus(genesis);
    const auto database = storage::Database::open({.in_memory = true});
    Chain chain{*database, genesis, *consensus};
    std::size_t reorganisations = 0;
    for (const auto& json_block : test["blocks"]) {
        const bool must_fail = json_block.contains("expectException");
        const auto block = decode_block(bytes_of(json_block["rlp"]));
        if (!block) {
            EXPECT_TRUE(must_fail);
            continue;
        }
        const auto imported = chain.import(*block);
        if (!must_fail) {
            EXPECT_TRUE(imported) << to_string(imported.error());
        }
        // An invalid block of a branch that stays the lighter one never runs.
        if (must_fail && imported) {
            EXPECT_EQ(*imported, Imported::side_block) << json_block["expectException"];
        }
        if (imported && *imported == Imported::reorganised) ++reorganisations;
    }
    const auto view = chain.view();
    EXPECT_EQ(view->head().hash, fixed_of<Hash32>(test["lastblockhash"]));
    if (test.contains("postState") && test["postState"].is_object())
        compare_accounts(test["postState"], *view->blocks().state_at(view->head().header.number));
    return reorganisations;
}

struct FolderResult {
    std::size_t tests = 0;
    std::size_t reorganisations = 0;
};

FolderResult run_folder(const fs::path& folder) {
    // One fork for each way of computing difficulties and rewards.
    const std::set<std::string> networks{"Frontier", "Homestead", "Byzantium", "Istanbul",
                                         "London"};
    FolderResult result;
    for (const auto& file : fs::recursive_directory_iterator{folder}) {
        if (file.path().extension() != ".json") continue;
        std::ifstream in{file.path()};
        const auto tests = json::parse(in);
        for (const auto& [name, test] : tests.items()) {
            if (!networks.contains(test["network"].get<std::string>())) continue;
            SCOPED_TRACE(name);
            result.reorganisations += run(test);
            ++result.tests;
        }
    }
    return result;
}

TEST(BlockchainTests, of_several_branches_end_at_their_last_block) {
    META138_FIXTURE_OR_SKIP(folder,
                            "blockchain-tests-legacy/BlockchainTests/ValidBlocks/bcMultiChainTest");
    const auto result = run_folder(folder);
    EXPECT_GT(result.tests, 0U);
    EXPECT_GT(result.reorganisations, 0U);
}

TEST(BlockchainTests, of_total_difficulties_end_at_their_last_block) {
    META138_FIXTURE_OR_SKIP(
        folder, "blockchain-tests-legacy/BlockchainTests/ValidBlocks/bcTotalDifficultyTest");
    const auto result = run_folder(folder);
    EXPECT_GT(result.tests, 0U);
    EXPECT_GT(result.reorganisations, 0U);
}

TEST(BlockchainTests, of_ommers_end_at_their_last_block) {
    META138_FIXTURE_OR_SKIP(
        folder, "blockchain-tests-legacy/BlockchainTests/InvalidBlocks/bcMultiChainTest");
    EXPECT_GT(run_folder(folder).tests, 0U);
}

}  // namespace
}  // namespace meta138::blockchain
