// SPDX-License-Identifier: Apache-2.0
#include "feed_under_test.hpp"
#include "gas_table.hpp"

#include "meta138/contracts/artifact.hpp"
#include "meta138/contracts/predeploys.hpp"

namespace meta138::contracts {

namespace {

constexpr Address alice{{0xa1}};
constexpr Address bob{{0xb0}};
constexpr std::uint64_t ether = 1'000'000'000'000'000'000;

// What every ERC-20 has; alice has some.
void measure_transfers(GasSection& section) {
    section.send("transfer(address,uint256)", {abi(bob), abi(1'000)},
                 {.sender = alice, .note = "to somebody who had none", .value = {}});
    section.send("transfer(address,uint256)", {abi(bob), abi(1'000)},
                 {.sender = alice, .note = "to somebody who has some", .value = {}});
    section.send("approve(address,uint256)", {abi(bob), abi(5'000)},
                 {.sender = alice, .note = "the first time", .value = {}});
    section.send("transferFrom(address,address,uint256)", {abi(alice), abi(bob), abi(1'000)},
                 {.sender = bob, .note = "part of what is allowed", .value = {}});
    section.send("approve(address,uint256)", {abi(bob), abi(uint256::max())},
                 {.sender = alice, .note = "without end", .value = {}});
    section.send("transferFrom(address,address,uint256)", {abi(alice), abi(bob), abi(1'000)},
                 {.sender = bob, .note = "allowed without end", .value = {}});
    for (const auto* signature : {"name()", "symbol()", "decimals()", "totalSupply()"})
        section.read(signature);
    section.read("balanceOf(address)", {abi(alice)});
    section.read("allowance(address,address)", {abi(alice), abi(bob)});
}

GasSection measure_weth9(Chain& chain) {
    chain.place(weth9_address, artifact("WETH9").runtime_code);
    GasSection section{chain, "WETH9", "WETH9", weth9_address};
    section.send("deposit()", {}, {.sender = alice, .note = "the first time", .value = ether});
    section.send("deposit()", {}, {.sender = alice, .note = "", .value = ether});
    section.send_data("(ether alone)", {}, {.sender = alice, .note = "", .value = ether});
    section.send("withdraw(uint256)", {abi(ether)}, {.sender = alice, .note = "", .value = {}});
    measure_transfers(section);
    return section;
}

GasSection measure_token(Chain& chain) {
    const auto token = chain.deploy(
        account::deployer, artifact("MintableToken").creation_code,
        encode_arguments("(string,string,uint8,address)",
                         {abi("Demonstration Dollar"), abi("DUSD"), abi(18), abi(account::admin)}));
    GasSection section{chain, "MintableToken", "MintableToken", token};
    section.send("mint(address,uint256)", {abi(alice), abi(ether)},
                 {.sender = account::admin, .note = "the first", .value = {}});
    section.send("mint(address,uint256)", {abi(alice), abi(ether)},
                 {.sender = account::admin, .note = "", .value = {}});
    measure_transfers(section);
    section.send("burn(uint256)", {abi(1'000)}, {.sender = alice, .note = "", .value = {}});
    section.read("owner()");
    section.send("transferOwnership(address)", {abi(bob)},
                 {.sender = account::admin, .note = "", .value = {}});
    section.send("renounceOwnership()", {}, {.sender = bob, .note = "", .value = {}});
    return section;
}

AbiValue calls_of(const Address& target, const Bytes& data, std::size_t count,
                  const std::vector<AbiValue>& between) {
    std::vector<AbiValue> calls;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<AbiValue> call{abi(target)};
        call.insert(call.end(), between.begin(), between.end());
        call.push_back(abi(data));
        calls.push_back(abi(std::move(call)));
    }
    return abi(std::move(calls));
}

GasSection measure_multicall3(Chain& chain) {
    chain.place(multicall3_address, artifact("Multicall3").runtime_code);
    const auto feed = deploy_feed(chain);
    chain.send(account::transmitter, feed.address,
               feed::transmit(1, 200'000'000'000, chain.time()));
    GasSection section{chain, "Multicall3", "Multicall3", multicall3_address};
    const auto data = feed::latest_round_data();
    constexpr std::string_view ten = "ten times latestRoundData() of one feed";
    const auto plain = calls_of(feed.address, data, 10, {});
    section.read("aggregate((address,bytes)[])", {plain}, ten);
    section.read("tryAggregate(bool,(address,bytes)[])", {abi(true), plain}, ten);
    section.read("tryBlockAndAggregate(bool,(address,bytes)[])", {abi(true), plain}, ten);
    section.read("blockAndAggregate((address,bytes)[])", {plain}, ten);
    section.read("aggregate3((address,bool,bytes)[])",
                 {calls_of(feed.address, data, 10, {abi(false)})}, ten);
    section.read("aggregate3Value((address,bool,uint256,bytes)[])",
                 {calls_of(feed.address, data, 10, {abi(false), abi(0)})}, ten);
    for (const auto* signature :
         {"getBlockNumber()", "getCurrentBlockCoinbase()", "getCurrentBlockDifficulty()",
          "getCurrentBlockGasLimit()", "getCurrentBlockTimestamp()", "getLastBlockHash()",
          "getBasefee()", "getChainId()"})
        section.read(signature);
    section.read("getBlockHash(uint256)", {abi(0)});
    section.read("getEthBalance(address)", {abi(alice)});
    return section;
}

GasSection measure_factory(Chain& chain) {
    chain.place(create2_factory_address, create2_factory_code());
    GasSection section{chain, "CREATE2 factory", "", create2_factory_address};
    // PUSH1 0 DUP1 RETURN: a contract without code.
    const Bytes nothing{0x60, 0x00, 0x80, 0xf3};
    section.send_data("(salt, creation code)", create2_factory_call({}, nothing),
                      {.sender = alice, .note = "a contract without code", .value = {}});
    section.send_data("(salt, creation code)",
                      create2_factory_call({}, artifact("WETH9").creation_code),
                      {.sender = alice, .note = "WETH9", .value = {}});
    return section;
}

}  // namespace

std::vector<GasSection> measure_standard(Chain& chain) {
    chain.fund(alice, uint256{ether} * 100);
    return {measure_weth9(chain), measure_multicall3(chain), measure_factory(chain),
            measure_token(chain)};
}

}  // namespace meta138::contracts
