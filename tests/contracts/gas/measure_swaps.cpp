// SPDX-License-Identifier: Apache-2.0
#include "feed_under_test.hpp"
#include "gas_table.hpp"

#include "meta138/contracts/artifact.hpp"

#include <utility>

namespace meta138::contracts {

namespace {

constexpr Address alice{{0xa1}};
constexpr Address bob{{0xb0}};
constexpr std::uint64_t ether = 1'000'000'000'000'000'000;

const Method approve{"approve(address,uint256)"};
const Method mint{"mint(address,uint256)"};
const Method transfer{"transfer(address,uint256)"};
const Method find_pair{"getPair(address,address)"};

/// Two tokens of which alice has plenty, and who trades them.
struct Market {
    Address token0;
    Address token1;
    Address factory;
    Address router;
    Address pair;
    std::uint64_t deadline = 0;
};

Address make_token(Chain& chain, const char* symbol) {
    const auto token =
        chain.deploy(account::deployer, artifact("MintableToken").creation_code,
                     encode_arguments("(string,string,uint8,address)",
                                      {abi("Token"), abi(symbol), abi(18), abi(account::admin)}));
    chain.send(account::admin, token, mint(alice, uint256{ether} * 1'000'000));
    return token;
}

Market make_market(Chain& chain) {
    Market market;
    market.token0 = make_token(chain, "ONE");
    market.token1 = make_token(chain, "TWO");
    if (market.token1 < market.token0) std::swap(market.token0, market.token1);
    market.factory = chain.deploy(account::deployer, artifact("SwapFactory").creation_code);
    market.router = chain.deploy(account::deployer, artifact("SwapRouter").creation_code,
                                 encode_arguments("(address)", {abi(market.factory)}));
    for (const auto& token : {market.token0, market.token1})
        chain.send(alice, token, approve(market.router, uint256::max()));
    market.deadline = chain.time() + 1'000'000;
    return market;
}

GasSection measure_factory(Chain& chain, Market& market) {
    GasSection section{chain, "SwapFactory", "SwapFactory", market.factory};
    section.send("createPair(address,address)", {abi(market.token0), abi(market.token1)},
                 {.sender = alice, .note = "the first", .value = {}});
    market.pair = chain.call(market.factory, find_pair(market.token0, market.token1)).address();
    section.read("getPair(address,address)", {abi(market.token0), abi(market.token1)});
    section.read("allPairs(uint256)", {abi(0)});
    section.read("allPairsLength()");
    return section;
}

GasSection measure_router(Chain& chain, const Market& market) {
    GasSection section{chain, "SwapRouter", "SwapRouter", market.router};
    const auto token0 = abi(market.token0);
    const auto token1 = abi(market.token1);
    const auto to = abi(alice);
    const auto deadline = abi(market.deadline);
    const auto path = abi(std::vector<AbiValue>{token0, token1});
    const GasSection::Sending by_alice{.sender = alice, .note = "", .value = {}};
    for (const auto* note : {"the first, the pair exists", "any later one"})
        section.send(
            "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)",
            {token0, token1, abi(uint256{ether} * 1'000), abi(uint256{ether} * 1'000), abi(0),
             abi(0), to, deadline},
            {.sender = alice, .note = note, .value = {}});
    section.send("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
                 {abi(ether), abi(0), path, to, deadline}, by_alice);
    section.send("swapTokensForExactTokens(uint256,uint256,address[],address,uint256)",
                 {abi(ether), abi(uint256::max()), path, to, deadline}, by_alice);
    chain.send(alice, market.pair, approve(market.router, uint256::max()));
    section.send("removeLiquidity(address,address,uint256,uint256,uint256,address,uint256)",
                 {token0, token1, abi(ether), abi(0), abi(0), to, deadline}, by_alice);
    section.read("factory()");
    section.read("quote(uint256,uint256,uint256)", {abi(1'000), abi(ether), abi(ether)});
    section.read("getAmountOut(uint256,uint256,uint256)", {abi(1'000), abi(ether), abi(ether)});
    section.read("getAmountIn(uint256,uint256,uint256)", {abi(1'000), abi(ether), abi(ether)});
    section.read("getAmountsOut(uint256,address[])", {abi(1'000), path}, "one pair");
    section.read("getAmountsIn(uint256,address[])", {abi(1'000), path}, "one pair");
    return section;
}

GasSection measure_pair(Chain& chain, const Market& market) {
    GasSection section{chain, "SwapPair", "SwapPair", market.pair};
    const GasSection::Sending by_alice{.sender = alice, .note = "", .value = {}};
    const auto bring = [&](const Address& token, const uint256& amount) {
        chain.send(alice, token, transfer(market.pair, amount));
    };
    bring(market.token0, ether);
    bring(market.token1, ether);
    section.send("mint(address)", {abi(alice)}, by_alice);
    bring(market.token0, ether);
    section.send("swap(uint256,uint256,address,bytes)",
                 {abi(0), abi(ether / 2), abi(alice), abi(Bytes{})}, by_alice);
    chain.send(alice, market.pair, transfer(market.pair, ether / 2));
    section.send("burn(address)", {abi(alice)}, by_alice);
    bring(market.token0, 1'000);
    section.send("skim(address)", {abi(bob)}, by_alice);
    bring(market.token0, 1'000);
    section.send("sync()", {}, by_alice);
    section.send("transfer(address,uint256)", {abi(bob), abi(1'000)},
                 {.sender = alice, .note = "to somebody who had none", .value = {}});
    section.send("approve(address,uint256)", {abi(bob), abi(1'000'000)}, by_alice);
    section.send("transferFrom(address,address,uint256)", {abi(alice), abi(bob), abi(1'000)},
                 {.sender = bob, .note = "", .value = {}});
    for (const auto* signature :
         {"getReserves()", "factory()", "token0()", "token1()", "MINIMUM_LIQUIDITY()", "name()",
          "symbol()", "decimals()", "totalSupply()"})
        section.read(signature);
    section.read("balanceOf(address)", {abi(alice)});
    section.read("allowance(address,address)", {abi(alice), abi(bob)});
    return section;
}

}  // namespace

std::vector<GasSection> measure_swaps(Chain& chain) {
    auto market = make_market(chain);
    std::vector<GasSection> sections;
    sections.push_back(measure_factory(chain, market));
    sections.push_back(measure_router(chain, market));
    sections.push_back(measure_pair(chain, market));
    return sections;
}

}  // namespace meta138::contracts
