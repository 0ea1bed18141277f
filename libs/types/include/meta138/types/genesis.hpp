// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/fork_schedule.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138 {

/// EIP-1559: the base fee of the first block of London, in wei, unless the genesis file has
/// another.
inline constexpr std::uint64_t INITIAL_BASE_FEE = 1'000'000'000;

/// What a genesis file gives an account.
struct GenesisAccount {
    std::uint64_t nonce = 0;
    uint256 balance;  ///< In wei.
    Bytes code;
    std::map<uint256, uint256> storage;  ///< Without zero values.

    friend bool operator==(const GenesisAccount&, const GenesisAccount&) = default;
};

/// Sections of `config` that belong to a consensus protocol, as JSON text; empty when absent.
struct ConsensusSections {
    std::string qbft;
    std::string ibft2;
    std::string ibft;
    std::string clique;
    std::string transitions;

    friend bool operator==(const ConsensusSections&, const ConsensusSections&) = default;
};

/// A genesis file of go-ethereum's or Besu's form.
struct Genesis {
    ForkSchedule schedule;

    // The genesis block's header.
    Hash32 parent_hash;
    Address coinbase;
    uint256 difficulty;
    std::uint64_t gas_limit = 0;
    std::uint64_t timestamp = 0;
    Bytes extra_data;
    Hash32 mix_hash;
    BlockNonce nonce;
    std::optional<uint256> base_fee_per_gas;  ///< Of the genesis block, or the first of London.
    std::optional<std::uint64_t> blob_gas_used;
    std::optional<std::uint64_t> excess_blob_gas;
    std::optional<Hash32> parent_beacon_block_root;

    std::map<Address, GenesisAccount> alloc;

    // Besu's switches for private networks.
    bool zero_base_fee = false;   ///< The base fee is 0 from London on.
    bool fixed_base_fee = false;  ///< The base fee is the node's minimum gas price.
    std::optional<std::uint64_t> contract_size_limit;  ///< In place of MAX_CODE_SIZE.
    std::optional<std::uint64_t> evm_stack_size;       ///< In place of 1024.
    std::optional<uint256> fixed_difficulty;           ///< Of config.ethash.
    ConsensusSections consensus;
    /// `transitions` stand beside `config` instead of in it, where nobody reads them.
    bool has_misplaced_transitions = false;

    std::vector<std::string> bootnodes;  ///< config.discovery: enode and enr URLs.
    std::string discovery_dns;           ///< config.discovery: an enrtree URL, or empty.
    std::string config;                  ///< The whole of `config` as JSON text.

    friend bool operator==(const Genesis&, const Genesis&) = default;
};

/// Which place of the file is wrong ("config.londonBlock", or "line 3, column 7"), and why.
struct GenesisError {
    std::string where;
    std::string reason;

    friend bool operator==(const GenesisError&, const GenesisError&) = default;
};

/// "config.londonBlock: not a number"
std::string to_string(const GenesisError& error);

/// Larger files are refused unread. Mainnet's has less than one MiB.
inline constexpr std::size_t max_genesis_size = std::size_t{256} << 20;

/// Reads a genesis file as Besu does: keys in any case, comments allowed, unknown keys ignored.
/// Stricter than Besu in that a key may not occur twice, and that a fork by time which this program
/// does not know is an error rather than ignored: without its rules the node would leave the chain.
/// The order of forks is validate_fork_order's.
std::expected<Genesis, GenesisError> parse_genesis(std::string_view json);

/// Refuses forks by block that are not in the order of forks(), likewise those by time: a slip in
/// the file of a new chain. Files for tests have such schedules.
std::expected<void, GenesisError> validate_fork_order(const ForkSchedule& schedule);

/// The header of block 0 with the optional fields of the forks that hold there. `state_root` is
/// that of alloc.
Header genesis_header(const Genesis& genesis, const Hash32& state_root);

}  // namespace meta138
