// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// A contract and where it stands.
struct DeployedContract {
    std::string name;  ///< "WETH9", "FeedRegistry"; unique within a manifest.
    Address address;
    Hash32 code_hash;  ///< keccak256 of the code at the address.
    /// Where it was made; absent if it was there before (a genesis block's, another's deployment).
    std::optional<std::uint64_t> block;
    std::optional<Hash32> transaction_hash;

    friend bool operator==(const DeployedContract&, const DeployedContract&) = default;
};

/// A feed and what it was set to. Answers have `decimals` digits behind the point.
struct DeployedFeed {
    std::string base;   ///< "ETH"
    std::string quote;  ///< "USD"
    std::string description;
    std::uint8_t decimals = 8;
    Address address;         ///< The proxy: what consumers read, for good.
    Address implementation;  ///< The aggregator's code behind it.
    Hash32 code_hash;        ///< Of the proxy.
    std::uint64_t heartbeat_seconds = 0;
    std::uint32_t deviation_bps = 0;  ///< In hundredths of a percent.
    std::vector<Address> transmitters;
    std::optional<std::uint64_t> block;
    std::optional<Hash32> transaction_hash;

    friend bool operator==(const DeployedFeed&, const DeployedFeed&) = default;
};

/// What is where on a chain: the file manifest.json.
struct Manifest {
    std::uint64_t chain_id = 0;
    Hash32 genesis_hash;
    Address deployer;
    Address admin;  ///< Of the feeds and the registry; the timelock's once it has taken over.
    std::vector<DeployedContract> contracts;
    std::vector<DeployedFeed> feeds;

    /// Null if there is none of that name.
    [[nodiscard]] const DeployedContract* find_contract(std::string_view name) const noexcept;
    [[nodiscard]] const DeployedFeed* find_feed(std::string_view base,
                                                std::string_view quote) const noexcept;

    friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// What is wrong with a manifest, with the file's name where there is one; for people.
struct ManifestError {
    std::string reason;

    friend bool operator==(const ManifestError&, const ManifestError&) = default;
};

/// Larger files are refused unread.
inline constexpr std::size_t max_manifest_size = std::size_t{16} << 20;

/// JSON for people and programs, indented, with a line feed at the end.
[[nodiscard]] std::string to_json(const Manifest& manifest);
/// Unknown members are ignored, so that newer programs may write more.
[[nodiscard]] std::expected<Manifest, ManifestError> parse_manifest(std::string_view json);

/// The manifest in the file.
[[nodiscard]] std::expected<Manifest, ManifestError> read_manifest(
    const std::filesystem::path& path);
/// Replaces the file in one step: whoever reads it sees the old or the new one, also after a crash.
[[nodiscard]] std::expected<void, ManifestError> write_manifest(const Manifest& manifest,
                                                                const std::filesystem::path& path);

/// How a wallet is told about the chain.
struct ChainAccess {
    std::string name = "Meta138";
    std::string http_url;  ///< "http://127.0.0.1:8545"
    std::string ws_url;    ///< May be empty.
};

/// The parameter of wallet_addEthereumChain (EIP-3085), as JSON.
[[nodiscard]] std::string wallet_parameters(const Manifest& manifest, const ChainAccess& access);

/// What a person needs after a deployment: a table of addresses, URLs, the wallet's parameters, and
/// how to read a feed with one command.
[[nodiscard]] std::string to_text(const Manifest& manifest, const ChainAccess& access);

}  // namespace meta138::op
