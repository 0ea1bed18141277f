// SPDX-License-Identifier: Apache-2.0
#include "deploy_units.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/operator/manifest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace meta138::op {

namespace {

constexpr int name_width = 20;

// Upper case where the digit of keccak256 of the digits is 8 or more (EIP-55): wallets warn of
// addresses that are not written so.
std::string checksummed(const Address& address) {
    auto digits = to_hex_digits(address.bytes);
    const auto hash = to_hex_digits(crypto::keccak256(as_bytes(digits)).bytes);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (digits[i] >= 'a' && hash[i] >= '8')
            digits[i] = static_cast<char>(digits[i] - 'a' + 'A');
    }
    return "0x" + digits;
}

std::string origin_of(const auto& deployed) {
    return deployed.block ? fmt::format("block {}", *deployed.block) : "was there before";
}

void add_contracts(std::string& text, const Manifest& manifest) {
    fmt::format_to(std::back_inserter(text), "\n{:<{}}  {:<42}  {}\n", "Contract", name_width,
                   "Address", "Made in");
    for (const auto& contract : manifest.contracts)
        fmt::format_to(std::back_inserter(text), "{:<{}}  {}  {}\n", contract.name, name_width,
                       checksummed(contract.address), origin_of(contract));
}

void add_feeds(std::string& text, const Manifest& manifest) {
    if (manifest.feeds.empty()) return;
    fmt::format_to(std::back_inserter(text), "\n{:<{}}  {:<42}  {:>8}  {:>9}  {:>9}  {:>12}\n",
                   "Feed", name_width, "Address", "Decimals", "Heartbeat", "Deviation",
                   "Transmitters");
    for (const auto& feed : manifest.feeds)
        fmt::format_to(std::back_inserter(text), "{:<{}}  {}  {:>8}  {:>9}  {:>8}%  {:>12}\n",
                       feed.description, name_width, checksummed(feed.address), feed.decimals,
                       format_duration(std::chrono::seconds{feed.heartbeat_seconds}),
                       format_decimal(feed.deviation_bps, 2), feed.transmitters.size());
}

}  // namespace

std::string wallet_parameters(const Manifest& manifest, const ChainAccess& access) {
    const nlohmann::ordered_json json{
        {"chainId", fmt::format("{:#x}", manifest.chain_id)},
        {"chainName", access.name},
        {"nativeCurrency", {{"name", "Ether"}, {"symbol", "ETH"}, {"decimals", 18}}},
        {"rpcUrls", {access.http_url}}};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_text(const Manifest& manifest, const ChainAccess& access) {
    std::string text = fmt::format("Chain {}, genesis {}\n", manifest.chain_id,
                                   to_hex(manifest.genesis_hash.bytes));
    const auto line = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) fmt::format_to(std::back_inserter(text), "  {:<10} {}\n", name, value);
    };
    line("JSON-RPC", access.http_url);
    line("WebSocket", access.ws_url);
    line("Deployer", checksummed(manifest.deployer));
    if (manifest.admin != Address{}) line("Admin", checksummed(manifest.admin));
    add_contracts(text, manifest);
    add_feeds(text, manifest);
    fmt::format_to(std::back_inserter(text),
                   "\nFor a wallet (wallet_addEthereumChain, EIP-3085):\n  {}\n",
                   wallet_parameters(manifest, access));
    if (!manifest.feeds.empty())
        fmt::format_to(std::back_inserter(text),
                       "\nTo read a feed:\n  cast call {} "
                       "'latestRoundData()(uint80,int256,uint256,uint256,uint80)' --rpc-url {}\n",
                       checksummed(manifest.feeds.front().address), access.http_url);
    return text;
}

}  // namespace meta138::op
