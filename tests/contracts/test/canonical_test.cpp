// SPDX-License-Identifier: Apache-2.0
// Our WETH9 and Multicall3 beside the code that others ship for them: the same calls, the same
// answers. META138_CANONICAL_CODE names a file with that code, see tests/contracts/run.
#include "chain.hpp"
#include "method.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/contracts/artifact.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <utility>

namespace meta138::contracts {
namespace {

constexpr Address deployer{{0xde}};
constexpr Address place{{0x77}};
constexpr std::uint64_t ether = 1'000'000'000'000'000'000;

std::optional<Bytes> canonical_creation_code(const std::string& name) {
    const char* path = std::getenv("META138_CANONICAL_CODE");
    if (path == nullptr) return std::nullopt;
    std::ifstream file{path};
    const auto json = nlohmann::json::parse(file, nullptr, false);
    if (!json.is_object() || !json.contains(name)) return std::nullopt;
    const auto code = decode_hex(json[name].get<std::string>());
    return code ? std::optional{*code} : std::nullopt;
}

/// The same chain twice: ours here, theirs there, at the same address.
class Canonical : public testing::Test {
protected:
    bool set_up(const std::string& name) {
        const auto code = canonical_creation_code(name);
        if (!code) return false;
        put(theirs, *code);
        put(ours, to_bytes(artifact(name).creation_code));
        return true;
    }

    // Storage of the constructor included: WETH9's has its name there.
    static void put(Chain& chain, const Bytes& creation_code) {
        const auto made = chain.deploy(deployer, creation_code);
        chain.keep();
        chain.place(place, chain.state().code(made));
        for (std::uint64_t slot = 0; slot < 6; ++slot) {
            chain.state().begin_transaction();
            chain.state().set_storage(place, slot, chain.state().storage(made, slot));
            static_cast<void>(chain.state().finish_transaction(true));
        }
    }

    /// Sends to both. Refusals have to be the same too, down to their data; but for zeros behind a
    /// reason, of which the original's aggregate3Value has more than there have to be.
    Outcome send(const Address& sender, const Address& to, const Bytes& data,
                 const uint256& value = 0, std::uint64_t gas = Chain::transaction_gas) {
        auto a = ours.send(sender, to, data, value, gas);
        const auto b = theirs.send(sender, to, data, value, gas);
        EXPECT_EQ(a.succeeded, b.succeeded) << to_hex(data);
        EXPECT_EQ(a.reverted, b.reverted) << to_hex(data);
        if (reverted_with(a, "Error(string)") && reverted_with(b, "Error(string)"))
            EXPECT_EQ(revert_reason(a), revert_reason(b)) << to_hex(data);
        else
            EXPECT_EQ(to_hex(a.output), to_hex(b.output)) << to_hex(data);
        EXPECT_EQ(a.logs, b.logs) << to_hex(data);
        return a;
    }
    Outcome call(const Bytes& data, const Address& to = place) {
        auto a = ours.call(to, data);
        const auto b = theirs.call(to, data);
        EXPECT_EQ(a.succeeded, b.succeeded) << to_hex(data);
        EXPECT_EQ(to_hex(a.output), to_hex(b.output)) << to_hex(data);
        return a;
    }
    void on_both(auto&& action) {
        action(ours);
        action(theirs);
    }

    Chain ours;
    Chain theirs;
};

#define REQUIRE_CANONICAL(name)                                                             \
    if (std::getenv("META138_CANONICAL_CODE") == nullptr)                                   \
        GTEST_SKIP()                                                                        \
            << "META138_CANONICAL_CODE is not set: CTest runs this as contracts.canonical"; \
    ASSERT_TRUE(set_up(name)) << "META138_CANONICAL_CODE has no " name

namespace weth {
const Method deposit{"deposit()"};
const Method withdraw{"withdraw(uint256)"};
const Method transfer{"transfer(address,uint256)"};
const Method transfer_from{"transferFrom(address,address,uint256)"};
const Method approve{"approve(address,uint256)"};
const Method balance_of{"balanceOf(address)"};
const Method allowance{"allowance(address,address)"};
const Method total_supply{"totalSupply()"};
}  // namespace weth

TEST_F(Canonical, weth9_describes_itself_in_the_same_way) {
    REQUIRE_CANONICAL("WETH9");
    for (const auto* signature : {"name()", "symbol()", "decimals()", "totalSupply()"})
        EXPECT_TRUE(call(Method{signature}()).succeeded) << signature;
}

TEST_F(Canonical, weth9_does_the_same_whatever_is_done_with_it) {
    REQUIRE_CANONICAL("WETH9");
    constexpr std::array<Address, 4> people{{{{0xa1}}, {{0xa2}}, {{0xa3}}, place}};
    on_both([&](Chain& chain) {
        for (const auto& person : people) chain.fund(person, uint256{ether} * 10);
    });
    std::mt19937_64 random{138};
    const auto pick = [&](std::uint64_t bound) { return random() % bound; };
    std::size_t done = 0;
    for (int step = 0; step < 3'000; ++step) {
        const auto& sender = people[pick(3)];
        const auto& from = people[pick(4)];
        const auto& to = people[pick(4)];
        constexpr std::array<std::uint64_t, 5> amounts{0, 1, 1'000, ether / 100, ether};
        uint256 amount = amounts[pick(amounts.size())];
        if (pick(8) == 0) amount = call(weth::balance_of(from)).word() + uint256{pick(2)};
        Outcome outcome;
        switch (pick(8)) {
            case 0: outcome = send(sender, place, weth::deposit(), amount); break;
            case 1: outcome = send(sender, place, {}, amount); break;
            case 2: outcome = send(sender, place, weth::withdraw(amount)); break;
            case 3: outcome = send(sender, place, weth::transfer(to, amount)); break;
            case 4:
            case 5: outcome = send(sender, place, weth::transfer_from(from, to, amount)); break;
            case 6:
                outcome =
                    send(sender, place, weth::approve(to, pick(4) == 0 ? uint256::max() : amount));
                break;
            // Functions that it lacks deposit what comes with them.
            default:
                outcome = send(sender, place, Method{"permit(uint256)"}(amount), pick(100));
                break;
        }
        done += outcome.succeeded ? 1U : 0U;
        call(weth::balance_of(from));
        call(weth::allowance(from, sender));
        call(weth::total_supply());
        EXPECT_EQ(ours.state().balance(sender), theirs.state().balance(sender));
        if (HasFailure()) FAIL() << "step " << step;
    }
    EXPECT_GT(done, 1'000U);
}

TEST_F(Canonical, weth9_refuses_ether_that_comes_with_a_function) {
    REQUIRE_CANONICAL("WETH9");
    on_both([](Chain& chain) { chain.fund(deployer, ether); });
    EXPECT_FALSE(send(deployer, place, weth::withdraw(0), 1).succeeded);
    EXPECT_FALSE(send(deployer, place, weth::transfer(deployer, 0), 1).succeeded);
    EXPECT_FALSE(send(deployer, place, weth::balance_of(deployer), 1).succeeded);
}

TEST_F(Canonical, weth9_refuses_call_data_that_ends_too_early) {
    REQUIRE_CANONICAL("WETH9");
    on_both([](Chain& chain) { chain.fund(deployer, ether); });
    ASSERT_TRUE(send(deployer, place, weth::deposit(), 1'000).succeeded);
    auto data = weth::transfer(Address{{0xa1}}, 1);
    data.resize(data.size() - 1);
    send(deployer, place, data);
    data.resize(3);  // no selector: a deposit
    EXPECT_TRUE(send(deployer, place, data, 5).succeeded);
}

// Passes call data and ether on to `place`, and returns whether that succeeded; ether without call
// data makes it run `on_ether`.
Bytes agent_code(const Bytes& on_ether) {
    const auto pass_on = static_cast<std::uint8_t>(4 + on_ether.size());
    Bytes code{0x36, 0x60, pass_on, 0x57};
    code.insert(code.end(), on_ether.begin(), on_ether.end());
    // CALLDATACOPY; CALL(gas, place, callvalue, 0, calldatasize, 0, 0); return the result
    const Bytes begin{0x5b, 0x36, 0x60, 0x00, 0x60, 0x00, 0x37, 0x60,
                      0x00, 0x60, 0x00, 0x36, 0x60, 0x00, 0x34, 0x73};
    const Bytes end{0x5a, 0xf1, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3};
    code.insert(code.end(), begin.begin(), begin.end());
    code.insert(code.end(), place.begin(), place.end());
    code.insert(code.end(), end.begin(), end.end());
    return code;
}

TEST_F(Canonical, weth9_gives_who_withdraws_no_more_than_the_stipend) {
    REQUIRE_CANONICAL("WETH9");
    constexpr Address modest{{0x51}};  // STOP
    constexpr Address greedy{{0x52}};  // SSTORE(0, 1): more than 2300 gas
    on_both([&](Chain& chain) {
        chain.place(modest, agent_code({0x00}));
        chain.place(greedy, agent_code({0x60, 0x01, 0x60, 0x00, 0x55, 0x00}));
        chain.fund(deployer, ether);
    });
    for (const auto& [agent, gets_it] : {std::pair{modest, true}, std::pair{greedy, false}}) {
        ASSERT_EQ(send(deployer, agent, weth::deposit(), 1'000).word(), uint256{1});
        EXPECT_EQ(send(deployer, agent, weth::withdraw(400)).word(), uint256{gets_it ? 1U : 0U});
        EXPECT_EQ(call(weth::balance_of(agent)).word(), uint256{gets_it ? 600U : 1'000U});
        // Nothing at all comes with a stipend of 2300 as well.
        send(deployer, agent, weth::withdraw(0));
    }
}

namespace multi {
const Method aggregate{"aggregate((address,bytes)[])"};
const Method try_aggregate{"tryAggregate(bool,(address,bytes)[])"};
const Method try_block_and_aggregate{"tryBlockAndAggregate(bool,(address,bytes)[])"};
const Method block_and_aggregate{"blockAndAggregate((address,bytes)[])"};
const Method aggregate3{"aggregate3((address,bool,bytes)[])"};
const Method aggregate3_value{"aggregate3Value((address,bool,uint256,bytes)[])"};
}  // namespace multi

// What there is to call: returns its input, reverts with its input, uses up all gas, nothing.
constexpr Address echo{{0xe1}};
constexpr Address reverts{{0xe2}};
constexpr Address burns{{0xe3}};
constexpr Address nobody{{0xe4}};

void place_callees(Chain& chain) {
    chain.place(echo, Bytes{0x36, 0x60, 0x00, 0x60, 0x00, 0x37, 0x36, 0x60, 0x00, 0xf3});
    chain.place(reverts, Bytes{0x36, 0x60, 0x00, 0x60, 0x00, 0x37, 0x36, 0x60, 0x00, 0xfd});
    chain.place(burns, Bytes{0xfe});
    chain.fund(Address{{0xa1}}, uint256{ether} * 1'000);
}

AbiValue list(std::vector<std::vector<AbiValue>> rows) {
    std::vector<AbiValue> values;
    for (auto& row : rows) values.push_back(abi(std::move(row)));
    return abi(std::move(values));
}

TEST_F(Canonical, multicall3_does_the_same_with_any_calls) {
    REQUIRE_CANONICAL("Multicall3");
    on_both(place_callees);
    std::mt19937_64 random{138};
    const auto pick = [&](std::uint64_t bound) { return random() % bound; };
    constexpr std::array callees{echo, echo, echo, reverts, nobody, burns};
    const Address sender{{0xa1}};
    std::size_t done = 0;
    for (int step = 0; step < 600; ++step) {
        std::vector<std::vector<AbiValue>> two;
        std::vector<std::vector<AbiValue>> three;
        std::vector<std::vector<AbiValue>> four;
        uint256 total;
        const auto count = pick(5);
        const auto kinds = pick(3) == 0 ? callees.size() : 3;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto& callee = callees[pick(kinds)];
            Bytes data(pick(70));
            for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
            const bool may_fail = pick(2) == 0;
            const uint256 value = pick(4) == 0 ? 1'000 : 0;
            total += value;
            two.push_back({abi(callee), abi(data)});
            three.push_back({abi(callee), abi(may_fail), abi(data)});
            four.push_back({abi(callee), abi(may_fail), abi(value), abi(data)});
        }
        const bool all = pick(2) == 0;
        Bytes data;
        uint256 value;
        switch (pick(6)) {
            case 0: data = multi::aggregate(list(two)); break;
            case 1: data = multi::try_aggregate(all, list(two)); break;
            case 2: data = multi::try_block_and_aggregate(all, list(two)); break;
            case 3: data = multi::block_and_aggregate(list(two)); break;
            case 4: data = multi::aggregate3(list(three)); break;
            default:
                data = multi::aggregate3_value(list(four));
                value = pick(5) == 0 ? total + 1 : total;
                break;
        }
        if (pick(20) == 0) data.resize(pick(data.size()));
        // INVALID takes all but a 64th of the gas: a million is enough for what comes after.
        done += send(sender, place, data, value, 5'000'000).succeeded ? 1U : 0U;
        if (HasFailure()) FAIL() << "step " << step << " " << to_hex(data);
    }
    EXPECT_GT(done, 200U);
}

TEST_F(Canonical, multicall3_tells_the_same_of_the_chain) {
    REQUIRE_CANONICAL("Multicall3");
    on_both([](Chain& chain) { chain.set_block(1'234, 1'900'000'000); });
    for (const auto* signature :
         {"getBlockNumber()", "getCurrentBlockCoinbase()", "getCurrentBlockDifficulty()",
          "getCurrentBlockGasLimit()", "getCurrentBlockTimestamp()", "getLastBlockHash()",
          "getBasefee()", "getChainId()"})
        EXPECT_TRUE(call(Method{signature}()).succeeded) << signature;
    call(Method{"getBlockHash(uint256)"}(1'230));
    call(Method{"getEthBalance(address)"}(place));
    EXPECT_FALSE(call(Method{"unknown()"}()).succeeded);
    EXPECT_FALSE(call({}).succeeded);
}

}  // namespace
}  // namespace meta138::contracts
