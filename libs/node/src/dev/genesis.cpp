// SPDX-License-Identifier: Apache-2.0
#include "dev/genesis.hpp"

#include "dev/accounts.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"

#include <algorithm>
#include <string_view>

namespace meta138::node {
namespace {

using namespace literals;

constexpr std::uint64_t dev_chain_id = 138;
constexpr std::uint64_t dev_gas_limit = 30'000'000;

/// EIP-4788
constexpr std::string_view beacon_roots_code =
    "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f358015604957"
    "62001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f"
    "359062001fff015500";
/// EIP-2935
constexpr std::string_view history_code =
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257"
    "611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
/// EIP-7002
constexpr std::string_view withdrawal_requests_code =
    "3373fffffffffffffffffffffffffffffffffffffffe1460cb5760115f54807fffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffffffffff146101f457600182026001905f5b5f821115606857810190"
    "83028483029004916001019190604d565b909390049250505036603814608857366101f457346101f4575f52"
    "60205ff35b34106101f457600154600101600155600354806003026004013381556001015f35815560010160"
    "203590553360601b5f5260385f601437604c5fa0600101600355005b6003546002548082038060101160df57"
    "5060105b5f5b8181146101835782810160030260040181604c02815460601b81526014018160010154815260"
    "20019060020154807fffffffffffffffffffffffffffffffff00000000000000000000000000000000168252"
    "906010019060401c908160381c81600701538160301c81600601538160281c81600501538160201c81600401"
    "538160181c81600301538160101c81600201538160081c81600101535360010160e1565b9101809214610195"
    "57906002556101a0565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffffffff14156101cd57505f5b6001546002828201116101e25750505f6101e8565b01"
    "600290035b5f555f600155604c025ff35b5f5ffd";
/// EIP-7251
constexpr std::string_view consolidation_requests_code =
    "3373fffffffffffffffffffffffffffffffffffffffe1460d35760115f54807fffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffffffffff1461019a57600182026001905f5b5f821115606857810190"
    "83028483029004916001019190604d565b9093900492505050366060146088573661019a573461019a575f52"
    "60205ff35b341061019a57600154600101600155600354806004026004013381556001015f35815560010160"
    "2035815560010160403590553360601b5f5260605f60143760745fa0600101600355005b6003546002548082"
    "038060021160e7575060025b5f5b8181146101295782810160040260040181607402815460601b8152601401"
    "81600101548152602001816002015481526020019060030154905260010160e9565b910180921461013b5790"
    "600255610146565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffff141561017357505f5b6001546001828201116101885750505f61018e565b016001"
    "90035b5f555f6001556074025ff35b5f5ffd";
/// The proxy at 0x4e59...956c: deploys its input with CREATE2. Foundry's scripts call it.
constexpr std::string_view create2_deployer_code =
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035"
    "828234f58015156039578182fd5b8082525050506014600cf3";

GenesisAccount contract(std::string_view code) {
    auto bytes = decode_hex_digits(code);
    META138_ASSERT(bytes.has_value());
    return {.nonce = 1, .balance = {}, .code = std::move(*bytes), .storage = {}};
}

}  // namespace

Genesis dev_genesis(const DevOptions& options) {
    Genesis genesis;
    genesis.schedule.chain_id = dev_chain_id;
    genesis.schedule.terminal_total_difficulty = uint256{};
    for (const auto& row : forks())
        if (row.fork != Fork::frontier && row.fork != Fork::paris)
            genesis.schedule.activate(row.fork, 0);
    genesis.schedule.blob_schedule = {
        {.time = 0, .parameters = {.target = 6, .max = 9, .base_fee_update_fraction = 5'007'716}}};
    genesis.gas_limit = dev_gas_limit;
    genesis.base_fee_per_gas = uint256{INITIAL_BASE_FEE};
    genesis.excess_blob_gas = 0;
    genesis.blob_gas_used = 0;
    genesis.parent_beacon_block_root = Hash32{};
    genesis.config = R"({"chainId":138})";

    genesis.alloc = {
        {"0x000f3df6d732807ef1319fb7b8bb8522d0beac02"_address, contract(beacon_roots_code)},
        {"0x0000f90827f1c53a10cb7a02335b175320002935"_address, contract(history_code)},
        {"0x00000961ef480eb55e80d19ad83579a64c007002"_address, contract(withdrawal_requests_code)},
        {"0x0000bbddc7ce488642fb579f8b00f3a590007251"_address,
         contract(consolidation_requests_code)},
        {"0x4e59b44847b379578588920ca78fbf26c0b4956c"_address, contract(create2_deployer_code)},
    };
    const auto accounts = dev_accounts();
    for (const auto& account :
         accounts.first(std::min<std::size_t>(options.accounts, accounts.size())))
        genesis.alloc[account.address].balance = options.balance;
    return genesis;
}

}  // namespace meta138::node
