// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <span>
#include <string_view>

namespace meta138::contracts {

/// What the compiler made of one contract of contracts/src. Everything lives as long as the
/// program.
struct Artifact {
    std::string_view name{};  ///< "Aggregator"
    std::string_view abi{};   ///< JSON
    /// What creates it: append the ABI-encoded arguments of the constructor (abi.hpp).
    ByteView creation_code{};
    /// What it leaves behind. Where the contract has immutables their places are zero; see below.
    ByteView runtime_code{};
    /// No immutables, and no constructor that writes storage: `runtime_code` may stand in a genesis
    /// file as it is (WETH9, Multicall3). Anything else has to be created by a transaction.
    bool is_predeployable = false;
    std::string_view storage_layout{};           ///< JSON, as solc's output `storageLayout`
    std::string_view method_identifiers{};       ///< JSON: {"transmit(uint80,int256,uint64)": "…"}
    std::string_view user_documentation{};       ///< JSON, natspec @notice
    std::string_view developer_documentation{};  ///< JSON, natspec @dev, @param, @return
};

/// The artifacts by name, in alphabetic order:
/// Aggregator, FeedProxy, FeedRegistry, IAggregator, MintableToken, Multicall3, SwapFactory,
/// SwapPair, SwapRouter, TimelockController, WETH9.
[[nodiscard]] std::span<const Artifact> all() noexcept;

/// nullptr when there is none of that name.
[[nodiscard]] const Artifact* find(std::string_view name) noexcept;

/// A contract that is known to exist; a name that does not is a fault of the program.
[[nodiscard]] const Artifact& artifact(std::string_view name) noexcept;

/// The compiler that made them: "0.8.37+commit.…"
[[nodiscard]] std::string_view compiler_version() noexcept;

}  // namespace meta138::contracts
