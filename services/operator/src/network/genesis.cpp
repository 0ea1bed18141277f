// SPDX-License-Identifier: Apache-2.0
#include "network/genesis.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/operator/genesis_alloc.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace meta138::op {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// "ctic byzantine fault tolerance" and so on: how Besu knows BFT blocks.
constexpr std::string_view bft_mix_hash =
    "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365";
/// A billion ether.
constexpr std::string_view plenty = "0x33b2e3c9fd0803ce8000000";

/// The accounts of the mnemonic "test test test test test test test test test test test junk",
/// whose keys every tool for developers knows: what listens on this machine only may give them
/// money.
constexpr std::array<std::string_view, 10> development_accounts{
    "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
    "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc", "0x90f79bf6eb2c4f870365e785982e1f101e93b906",
    "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65", "0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc",
    "0x976ea74026e726554db657fa54763abd0c3a0aa9", "0x14dc79964da2c08b23698b3d3cc7ca32193d9955",
    "0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f", "0xa0ee7a142d267c1f36714e4a8f75612f20a79720"};

Json qbft_config(const InitOptions& options) {
    const auto period = options.block_period;
    const auto timeout = options.round_timeout.count() != 0
                             ? options.round_timeout
                             : std::max(seconds{2}, std::chrono::ceil<seconds>(2 * period));
    const auto period_seconds = std::max(seconds{1}, std::chrono::floor<seconds>(period));
    Json qbft{{"blockperiodseconds", period_seconds.count()},
              {"epochlength", 30'000},
              {"requesttimeoutseconds", timeout.count()}};
    if (period != period_seconds) qbft["xblockperiodmilliseconds"] = period.count();
    return qbft;
}

Json alloc(const std::vector<NetworkAccount>& accounts) {
    auto alloc = Json::parse(alloc_to_json(genesis_alloc()));
    for (const auto& account : accounts)
        alloc[to_hex(account.address.bytes)] = {{"balance", plenty}};
    for (const auto address : development_accounts)
        alloc[std::string{address}] = {{"balance", plenty}};
    return alloc;
}

}  // namespace

std::string print_generator_config(const InitOptions& options,
                                   const std::vector<NetworkAccount>& accounts,
                                   std::uint64_t timestamp) {
    const Json genesis{
        {"config",
         {{"chainId", options.chain_id},
          {"berlinBlock", 0},
          {"londonBlock", 0},
          {"shanghaiTime", 0},
          {"cancunTime", 0},
          {"qbft", qbft_config(options)}}},
        {"nonce", "0x0"},
        {"timestamp", fmt::format("{:#x}", timestamp)},
        {"gasLimit", fmt::format("{:#x}", options.gas_limit)},
        {"difficulty", "0x1"},
        {"mixHash", bft_mix_hash},
        {"coinbase", "0x0000000000000000000000000000000000000000"},
        {"alloc", alloc(accounts)},
    };
    const Json root{
        {"genesis", genesis},
        {"blockchain", {{"nodes", {{"generate", true}, {"count", options.validators}}}}}};
    return root.dump(2) + "\n";
}

GenesisFacts read_genesis_facts(const std::filesystem::path& file) {
    try {
        const auto genesis = nlohmann::json::parse(read_file(file));
        const auto& config = genesis.at("config");
        const auto& qbft = config.at("qbft");
        GenesisFacts facts;
        facts.chain_id = config.at("chainId").get<std::uint64_t>();
        facts.block_period = seconds{qbft.value("blockperiodseconds", 1)};
        if (const auto finer = qbft.value("xblockperiodmilliseconds", 0); finer > 0)
            facts.block_period = milliseconds{finer};
        return facts;
    } catch (const nlohmann::json::exception& error) {
        throw NetworkError{fmt::format("{}: not a genesis file of a QBFT network: {}",
                                       file.string(), error.what())};
    }
}

}  // namespace meta138::op
