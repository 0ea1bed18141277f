// SPDX-License-Identifier: Apache-2.0
#include "chain.hpp"
#include "feed_under_test.hpp"
#include "method.hpp"

#include "meta138/contracts/artifact.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <utility>

namespace meta138::contracts {
namespace {

constexpr std::array<Address, 3> people{{{{0xa1}}, {{0xa2}}, {{0xa3}}}};
constexpr std::uint64_t ether = 1'000'000'000'000'000'000;

const Method mint_token{"mint(address,uint256)"};
const Method approve{"approve(address,uint256)"};
const Method transfer{"transfer(address,uint256)"};
const Method balance_of{"balanceOf(address)"};
const Method total_supply{"totalSupply()"};
const Method create_pair{"createPair(address,address)"};
const Method reserves_of{"getReserves()"};
const Method mint{"mint(address)"};
const Method burn{"burn(address)"};
const Method swap{"swap(uint256,uint256,address,bytes)"};
const Method skim{"skim(address)"};
const Method sync{"sync()"};
const Method add_liquidity{
    "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)"};
const Method remove_liquidity{
    "removeLiquidity(address,address,uint256,uint256,uint256,address,uint256)"};
const Method sell{"swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"};
const Method buy{"swapTokensForExactTokens(uint256,uint256,address[],address,uint256)"};

// reserves * reserves * shares^2
uint512 product(const std::array<uint256, 2>& reserves, const uint256& shares) {
    return umul(reserves[0] * reserves[1], shares * shares);
}
bool is_less(const uint512& x, const uint512& y) {
    return x.high() != y.high() ? x.high() < y.high() : x.low() < y.low();
}

class Swap : public testing::Test {
protected:
    Swap() {
        for (auto& token : tokens) token = make_token();
        if (tokens[1] < tokens[0]) std::swap(tokens[0], tokens[1]);
        factory = chain.deploy(account::deployer, artifact("SwapFactory").creation_code);
        router = chain.deploy(account::deployer, artifact("SwapRouter").creation_code,
                              encode_arguments("(address)", {abi(factory)}));
        pair = chain.send(people[0], factory, create_pair(tokens[0], tokens[1])).address();
        for (const auto& person : people) {
            for (const auto& token : {tokens[0], tokens[1], pair})
                chain.send(person, token, approve(router, uint256::max()));
        }
    }

    Address make_token() {
        const auto token = chain.deploy(
            account::deployer, artifact("MintableToken").creation_code,
            encode_arguments("(string,string,uint8,address)",
                             {abi("Token"), abi("TOK"), abi(18), abi(account::admin)}));
        for (const auto& person : people)
            chain.send(account::admin, token, mint_token(person, uint256{ether} * 1'000));
        return token;
    }

    uint256 balance(const Address& token, const Address& holder) {
        return chain.call(token, balance_of(holder)).word();
    }
    std::array<uint256, 2> reserves() {
        const auto outcome = chain.call(pair, reserves_of());
        return {outcome.word(0), outcome.word(1)};
    }
    uint256 shares() { return chain.call(pair, total_supply()).word(); }
    bool bring(const Address& from, std::size_t token, const uint256& amount) {
        return chain.send(from, tokens[token], transfer(pair, amount)).succeeded;
    }
    uint256 provide(const Address& who, const uint256& amount0, const uint256& amount1) {
        bring(who, 0, amount0);
        bring(who, 1, amount1);
        const auto outcome = chain.send(who, pair, mint(who));
        EXPECT_TRUE(outcome.succeeded) << revert_reason(outcome);
        return outcome.word();
    }

    Chain chain;
    std::array<Address, 2> tokens;
    Address factory;
    Address router;
    Address pair;
};

// A share is worth sqrt(k) / shares; nobody's trade may make that less, whatever comes in between.
TEST_F(Swap, a_share_never_loses_whatever_is_done_with_the_pair) {
    provide(people[0], uint256{ether} * 10, uint256{ether} * 30);
    std::mt19937_64 random{138};
    const auto pick = [&](std::uint64_t bound) { return random() % bound; };
    const auto deadline = chain.time() + 10'000'000;
    std::array<std::size_t, 8> done{};
    for (int step = 0; step < 2'000; ++step) {
        const auto& who = people[pick(people.size())];
        const auto way = pick(2);
        const auto& from = tokens[way];
        const auto& to = tokens[1 - way];
        const auto path = abi(std::vector<AbiValue>{abi(from), abi(to)});
        const uint256 amount = pick(4) == 0 ? pick(10'000) : pick(ether);
        const auto before = reserves();
        const auto shares_before = shares();
        const auto kind = pick(done.size());
        bool succeeded = false;
        chain.pass(1);
        switch (kind) {
            case 0:
                succeeded = chain.send(who, router, sell(amount, 0, path, who, deadline)).succeeded;
                break;
            case 1:
                succeeded =
                    chain.send(who, router, buy(amount, uint256::max(), path, who, deadline))
                        .succeeded;
                break;
            case 2:
                succeeded =
                    chain
                        .send(who, router,
                              add_liquidity(from, to, amount, pick(ether), 0, 0, who, deadline))
                        .succeeded;
                break;
            case 3: {
                const auto own = balance(pair, who);
                const auto part = pick(6) == 0 ? own : own / (2 + pick(5));
                succeeded =
                    chain.send(who, router, remove_liquidity(from, to, part, 0, 0, who, deadline))
                        .succeeded;
                break;
            }
            case 4:
                succeeded = bring(who, way, amount);
                break;  // a gift, or what comes next takes it
            case 5: succeeded = chain.send(who, pair, skim(who)).succeeded; break;
            case 6: succeeded = chain.send(who, pair, sync()).succeeded; break;
            default:
                // More than the fee leaves: this has to be refused most of the time.
                bring(who, way, amount / 1'000);
                succeeded = chain
                                .send(who, pair,
                                      swap(way == 0 ? 0 : amount / 900, way == 0 ? amount / 900 : 0,
                                           who, Bytes{}))
                                .succeeded;
                break;
        }
        done[kind] += succeeded ? 1U : 0U;
        const auto after = reserves();
        const auto shares_after = shares();
        // k_after / shares_after^2 >= k_before / shares_before^2, multiplied out. Amounts are small
        // enough here: 2^72 each, so that all of it fits into 512 bits.
        const auto grown = product(after, shares_before);
        const auto was = product(before, shares_after);
        ASSERT_FALSE(is_less(grown, was)) << "step " << step << ", kind " << kind;
        // The pair has what it reckons with, and nothing comes from nowhere.
        for (std::size_t i = 0; i < 2; ++i) {
            ASSERT_GE(balance(tokens[i], pair), after[i]);
            uint256 sum = balance(tokens[i], pair);
            for (const auto& person : people) sum += balance(tokens[i], person);
            ASSERT_EQ(sum, uint256{ether} * 3'000);
        }
    }
    for (std::size_t kind = 0; kind < done.size(); ++kind)
        EXPECT_GT(done[kind], 20U) << "kind " << kind;
}

TEST_F(Swap, refuses_what_lets_the_product_shrink_and_takes_the_fee) {
    provide(people[0], uint256{ether}, uint256{ether});
    // 0.3 % of a million stay; and a little, since a price moves.
    const auto& who = people[1];
    bring(who, 0, 1'000'000);
    EXPECT_TRUE(
        reverted_with(chain.send(who, pair, swap(0, 997'000, who, Bytes{})), "ProductShrinks()"));
    EXPECT_TRUE(chain.send(who, pair, swap(0, 996'999, who, Bytes{})).succeeded);
}

TEST_F(Swap, shares_come_back_as_tokens_but_for_the_least) {
    const auto shares_made = provide(people[0], uint256{ether}, uint256{ether} * 4);
    EXPECT_EQ(shares_made, uint256{ether} * 2 - 1'000);
    chain.send(people[0], pair, transfer(pair, shares_made));
    ASSERT_TRUE(chain.send(people[0], pair, burn(people[0])).succeeded);
    EXPECT_EQ(shares(), uint256{1'000});
    EXPECT_EQ(balance(tokens[0], people[0]), uint256{ether} * 1'000 - 500);
    EXPECT_EQ(balance(tokens[1], people[0]), uint256{ether} * 1'000 - 2'000);
}

TEST_F(Swap, has_one_pair_for_two_tokens) {
    const auto again = chain.send(people[1], factory, create_pair(tokens[1], tokens[0]));
    EXPECT_TRUE(reverted_with(again, "PairExists(address)"));
    const Method find_pair{"getPair(address,address)"};
    EXPECT_EQ(chain.call(factory, find_pair(tokens[0], tokens[1])).address(), pair);
    EXPECT_EQ(chain.call(factory, find_pair(tokens[1], tokens[0])).address(), pair);
}

}  // namespace
}  // namespace meta138::contracts
