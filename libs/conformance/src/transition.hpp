// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/fork_schedule.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_error.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::conformance {

/// Exit codes of the transition tool, go-ethereum's.
enum class ToolExit : int {
    success = 0,
    evm = 2,
    config = 3,
    missing_block_hash = 4,
    json = 10,
    input = 11,
    rlp = 12,
};

struct ToolError {
    ToolExit exit{};
    std::string message;
};

/// The block in which the transactions run, as the file env.json describes it.
struct TransitionEnvironment {
    struct Ommer {
        std::uint64_t delta = 0;
        Address address;
    };
    Address coinbase;
    std::uint64_t number = 0;
    std::uint64_t timestamp = 0;
    std::uint64_t gas_limit = 0;
    std::optional<uint256> difficulty;
    std::optional<uint256> random;
    std::optional<uint256> base_fee;
    std::optional<std::uint64_t> excess_blob_gas;
    std::optional<Hash32> parent_beacon_block_root;
    std::optional<std::vector<Withdrawal>> withdrawals;
    std::vector<Ommer> ommers;
    std::map<std::uint64_t, Hash32> block_hashes;

    // Of the parent, to compute what is absent above.
    std::optional<uint256> parent_difficulty;
    std::optional<uint256> parent_base_fee;
    std::optional<std::uint64_t> parent_gas_used;
    std::optional<std::uint64_t> parent_gas_limit;
    std::uint64_t parent_timestamp = 0;
    std::optional<Hash32> parent_ommers_hash;
    std::optional<std::uint64_t> parent_excess_blob_gas;
    std::optional<std::uint64_t> parent_blob_gas_used;
};

TransitionEnvironment decode_environment(const JsonNode& env);

/// A transaction of txs.json: signed, or to be signed with its `secretKey`. `chain_id` is for
/// legacy transactions with replay protection. Faults go to the document.
Transaction decode_json_transaction(const JsonNode& json, Fork fork, std::uint64_t chain_id);

/// A transaction of the input, or why its bytes are none.
struct InputTransaction {
    std::expected<Transaction, std::string> transaction;
    Bytes encoded;
};

struct TransitionRejection {
    std::size_t index = 0;
    std::string error;
};

/// What became of a transaction that was included.
struct TransitionReceipt {
    Receipt receipt;
    Hash32 transaction_hash;
    std::uint64_t gas_used = 0;
    std::optional<Address> created;
    std::optional<std::uint64_t> blob_gas_used;
};

struct TransitionResult {
    Hash32 state_root;
    std::vector<Transaction> included;
    std::vector<TransitionReceipt> receipts;
    std::vector<TransitionRejection> rejected;
    std::vector<Log> logs;
    std::uint64_t gas_used = 0;
    std::uint64_t blob_gas_used = 0;
    std::optional<uint256> difficulty;  ///< Absent after the merge.
    std::optional<uint256> base_fee;
    std::optional<std::uint64_t> excess_blob_gas;
    uint256 blob_base_fee;
    std::optional<std::vector<Bytes>> requests;  ///< Prague and later.
    std::optional<std::string> block_error;      ///< What made the end of the block fail.
};

struct TransitionInput {
    state::MapState pre;
    TransitionEnvironment environment;
    std::vector<InputTransaction> transactions;
    ForkSchedule schedule;
    Fork fork = Fork::frontier;
    std::optional<uint256> reward;  ///< Absent: none, and the coinbase is not touched for it.
};

/// A tracer for the transaction with this index and hash; null for none. It lives until the next
/// call.
using TracerOf = std::function<evm::Tracer*(std::size_t index, const Hash32& hash)>;

/// The fork of `--state.fork`, with the upgrades of the difficulty bomb; nothing if unknown.
[[nodiscard]] std::optional<ForkSchedule> decode_tool_fork(std::string_view name,
                                                           std::uint64_t chain_id, Fork& fork);

/// Runs the transactions as one block; those that are invalid are left out and listed. `pre`
/// becomes the state afterwards.
std::expected<TransitionResult, ToolError> run_transition(TransitionInput& input,
                                                          const TracerOf& tracer_of);

}  // namespace meta138::conformance
