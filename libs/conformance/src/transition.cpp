// SPDX-License-Identifier: Apache-2.0
#include "transition.hpp"

#include "network.hpp"
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/validate_block.hpp"
#include "meta138/state/state.hpp"
#include "meta138/tracing/switched_tracer.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace meta138::conformance {

namespace {

using execution::BlockExecutor;
using execution::BlockRules;

// Tells of the first hash that was asked for and is not in the file.
class GivenBlockHashes final : public execution::BlockHashes {
public:
    explicit GivenBlockHashes(const std::map<std::uint64_t, Hash32>& hashes) : hashes_{hashes} {}

    [[nodiscard]] Hash32 block_hash(std::uint64_t number) const override {
        const auto at = hashes_.find(number);
        if (at != hashes_.end()) return at->second;
        if (!missing_) missing_ = number;
        return {};
    }
    [[nodiscard]] std::optional<std::uint64_t> missing() const noexcept { return missing_; }

private:
    const std::map<std::uint64_t, Hash32>& hashes_;
    mutable std::optional<std::uint64_t> missing_;
};

ToolError config_error(std::string message) {
    return {ToolExit::config, std::move(message)};
}

Header parent_header(const TransitionEnvironment& env) {
    Header parent;
    parent.number = env.number == 0 ? 0 : env.number - 1;
    parent.timestamp = env.parent_timestamp;
    parent.difficulty = env.parent_difficulty.value_or(uint256{});
    parent.ommers_hash = env.parent_ommers_hash.value_or(EMPTY_OMMERS_HASH);
    if (parent.ommers_hash == Hash32{}) parent.ommers_hash = EMPTY_OMMERS_HASH;
    parent.gas_limit = env.parent_gas_limit.value_or(env.gas_limit);
    parent.gas_used = env.parent_gas_used.value_or(0);
    parent.base_fee_per_gas = env.parent_base_fee;
    parent.blob_gas_used = env.parent_blob_gas_used;
    parent.excess_blob_gas = env.parent_excess_blob_gas;
    return parent;
}

// Fills in what follows from the parent, and refuses what cannot be.
std::expected<void, ToolError> complete(TransitionEnvironment& env, const BlockRules& rules) {
    const auto parent = parent_header(env);
    if (rules.fork >= Fork::london && !env.base_fee) {
        if (!env.parent_base_fee && env.number != 0)
            return std::unexpected{
                config_error("EIP-1559 config but missing 'parentBaseFee' in env section")};
        env.base_fee = execution::base_fee_after(parent, rules);
    }
    if (rules.fork >= Fork::paris) {
        if (!env.random)
            return std::unexpected{
                config_error("post-merge requires currentRandom to be defined in env")};
        if (env.difficulty && !env.difficulty->is_zero())
            return std::unexpected{
                config_error("post-merge difficulty must be zero (or omitted) in env")};
        env.difficulty.reset();
    } else if (!env.difficulty) {
        if (!env.parent_difficulty || env.parent_difficulty->is_zero())
            return std::unexpected{config_error(
                "currentDifficulty was not provided, and cannot be calculated due to missing "
                "parentDifficulty")};
        if (env.number == 0)
            return std::unexpected{
                config_error("currentDifficulty needs to be provided for block number 0")};
        if (env.timestamp <= env.parent_timestamp)
            return std::unexpected{config_error(
                fmt::format("currentDifficulty cannot be calculated -- currentTime ({}) needs to "
                            "be after parent time ({})",
                            env.timestamp, env.parent_timestamp))};
        env.difficulty = execution::difficulty_after(parent, env.timestamp, rules);
    }
    if (rules.fork >= Fork::shanghai && !env.withdrawals)
        return std::unexpected{
            config_error("Shanghai config but missing 'withdrawals' in env section")};
    if (rules.fork >= Fork::cancun && !env.excess_blob_gas && env.parent_excess_blob_gas &&
        env.parent_blob_gas_used)
        env.excess_blob_gas = calc_excess_blob_gas(parent, rules.fork, rules.blobs);
    return {};
}

execution::BlockEnvironment block_environment(const TransitionEnvironment& env,
                                              const BlockRules& rules) {
    execution::BlockEnvironment block;
    auto& context = block.context;
    context.coinbase = env.coinbase;
    context.number = env.number;
    context.timestamp = env.timestamp;
    context.gas_limit = env.gas_limit;
    context.chain_id = rules.chain_id;
    context.prev_randao = rules.fork >= Fork::paris ? env.random.value_or(uint256{})
                                                    : env.difficulty.value_or(uint256{});
    context.base_fee_per_gas = env.base_fee.value_or(uint256{});
    if (rules.fork >= Fork::cancun)
        context.blob_base_fee = blob_base_fee(env.excess_blob_gas.value_or(0), rules.blobs);
    if (env.number > 0) {
        const auto parent = env.block_hashes.find(env.number - 1);
        if (parent != env.block_hashes.end()) block.parent_hash = parent->second;
    }
    block.parent_beacon_block_root = env.parent_beacon_block_root;
    return block;
}

// "0xAbC…": mixed case as a checksum (EIP-55), in which go-ethereum's messages have addresses.
std::string checksum_address(const Address& address) {
    auto digits = to_hex_digits(address.bytes);
    const auto hash = crypto::keccak256(as_bytes(digits));
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const auto nibble = i % 2 == 0 ? hash[i / 2] >> 4U : hash[i / 2] & 15U;
        if (nibble >= 8)
            digits[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(digits[i])));
    }
    return "0x" + digits;
}

std::string rejection_text(TransactionError error, const Transaction& transaction,
                           const Address& sender, state::State& state) {
    switch (error) {
        case TransactionError::nonce_mismatch_too_low:
        case TransactionError::nonce_mismatch_too_high:
            return fmt::format("nonce too {}: address {}, tx: {} state: {}",
                               error == TransactionError::nonce_mismatch_too_low ? "low" : "high",
                               checksum_address(sender), transaction.nonce, state.nonce(sender));
        case TransactionError::insufficient_account_funds:
            return fmt::format(
                "insufficient funds for gas * price + value: address {} have {} want more",
                checksum_address(sender), to_string(state.balance(sender)));
        default: return std::string{to_string(error)};
    }
}

class Transition {
public:
    Transition(TransitionInput& input, const BlockRules& rules, const TracerOf& tracer_of)
        : input_{input},
          rules_{rules},
          tracer_of_{tracer_of},
          hashes_{input.environment.block_hashes},
          state_{input.pre},
          executor_{{.state = state_,
                     .block_hashes = hashes_,
                     .code_cache = code_cache_,
                     .tracer = &switched_tracer_},
                    rules,
                    block_environment(input.environment, rules)} {}

    std::expected<TransitionResult, ToolError> run() {
        executor_.begin();
        for (std::size_t i = 0; i < input_.transactions.size(); ++i) {
            run_transaction(i, input_.transactions[i]);
            if (const auto missing = hashes_.missing())
                return std::unexpected{ToolError{
                    ToolExit::missing_block_hash,
                    fmt::format("getHash({}) invoked, blockhash for that block not provided",
                                *missing)}};
        }
        finish();
        return std::move(result_);
    }

private:
    void reject(std::size_t index, std::string error) {
        result_.rejected.push_back({index, std::move(error)});
    }

    void run_transaction(std::size_t index, const InputTransaction& input) {
        if (!input.transaction) return reject(index, input.transaction.error());
        const auto& transaction = *input.transaction;
        const auto sender = recover_sender(transaction, rules_.fork);
        if (!sender) return reject(index, std::string{to_string(sender.error())});
        const auto hash = transaction_hash(transaction);
        switched_tracer_.set_target(tracer_of_ ? tracer_of_(index, hash) : nullptr);
        const auto done = executor_.execute(transaction, *sender);
        switched_tracer_.set_target(nullptr);
        if (!done) return reject(index, rejection_text(done.error(), transaction, *sender, state_));
        auto& receipt = executor_.receipts().back();
        if (rules_.fork < Fork::byzantium)
            receipt.post_state_root = input_.pre.root_after(state_.diff());
        result_.included.push_back(transaction);
        result_.receipts.push_back({.receipt = receipt,
                                    .transaction_hash = hash,
                                    .gas_used = done->gas_used,
                                    .created = done->created,
                                    .blob_gas_used = {}});
        if (transaction.type == TransactionType::blob)
            result_.receipts.back().blob_gas_used = blob_gas(transaction);
        std::ranges::copy(done->logs, std::back_inserter(result_.logs));
    }

    void finish() {
        const auto& env = input_.environment;
        std::vector<Header> ommers;
        for (const auto& ommer : env.ommers) {
            auto& header = ommers.emplace_back();
            header.number = env.number - std::min(ommer.delta, env.number);
            header.coinbase = ommer.address;
        }
        const auto finished =
            executor_.finish(ommers, env.withdrawals.value_or(std::vector<Withdrawal>{}));
        if (!finished) result_.block_error = to_string(finished.error());
        if (rules_.fork >= Fork::prague) result_.requests = executor_.requests();
        input_.pre.apply(state_.diff());
        result_.state_root = input_.pre.root();
        result_.gas_used = executor_.used().gas;
        result_.blob_gas_used = executor_.used().blob_gas;
        result_.difficulty = env.difficulty;
        result_.base_fee = env.base_fee;
        result_.excess_blob_gas = env.excess_blob_gas;
        if (rules_.fork >= Fork::cancun)
            result_.blob_base_fee = blob_base_fee(env.excess_blob_gas.value_or(0), rules_.blobs);
    }

    TransitionInput& input_;
    BlockRules rules_;
    const TracerOf& tracer_of_;
    GivenBlockHashes hashes_;
    evm::CodeCache code_cache_;
    state::State state_;
    tracing::SwitchedTracer switched_tracer_;
    BlockExecutor executor_;
    TransitionResult result_;
};

template <typename T, typename Read>
std::optional<T> optional_member(const JsonNode& node, Read&& read) {
    if (node.empty()) return std::nullopt;
    return read(node);
}

}  // namespace

TransitionEnvironment decode_environment(const JsonNode& env) {
    const auto integer = [&](std::string_view key) {
        return optional_member<std::uint64_t>(env[key],
                                              [](const auto& n) { return n.any_integer(); });
    };
    const auto number = [&](std::string_view key) {
        return optional_member<uint256>(env[key], [](const auto& n) { return n.any_quantity(); });
    };
    const auto hash = [&](std::string_view key) {
        return optional_member<Hash32>(env[key], [](const auto& n) { return n.hash(); });
    };
    TransitionEnvironment result;
    result.coinbase = env["currentCoinbase"].address();
    result.number = env["currentNumber"].any_integer();
    result.timestamp = env["currentTimestamp"].any_integer();
    result.gas_limit = env["currentGasLimit"].any_integer();
    result.difficulty = number("currentDifficulty");
    result.random = number("currentRandom");
    result.base_fee = number("currentBaseFee");
    result.excess_blob_gas = integer("currentExcessBlobGas");
    result.parent_beacon_block_root = hash("parentBeaconBlockRoot");
    result.parent_difficulty = number("parentDifficulty");
    result.parent_base_fee = number("parentBaseFee");
    result.parent_gas_used = integer("parentGasUsed");
    result.parent_gas_limit = integer("parentGasLimit");
    result.parent_timestamp = integer("parentTimestamp").value_or(0);
    result.parent_ommers_hash = hash("parentUncleHash");
    result.parent_excess_blob_gas = integer("parentExcessBlobGas");
    result.parent_blob_gas_used = integer("parentBlobGasUsed");
    if (!env["withdrawals"].empty()) {
        result.withdrawals.emplace();
        for (const auto json : env["withdrawals"].items()) {
            result.withdrawals->push_back({.index = json["index"].any_integer(),
                                           .validator_index = json["validatorIndex"].any_integer(),
                                           .address = json["address"].address(),
                                           .amount = json["amount"].any_integer()});
        }
    }
    if (!env["ommers"].empty()) {
        for (const auto json : env["ommers"].items())
            result.ommers.push_back({json["delta"].any_integer(), json["address"].address()});
    }
    if (!env["blockHashes"].empty()) {
        for (const auto& [key, value] : env["blockHashes"].members()) {
            const auto block = parse_uint256(key);
            if (!block || !block->fits_uint64())
                value.fault("should have a block number for a name");
            else
                result.block_hashes[block->low64()] = value.hash();
        }
    }
    return result;
}

Transaction decode_json_transaction(const JsonNode& json, Fork fork, std::uint64_t chain_id) {
    Transaction transaction;
    const auto number = [&](std::string_view key) {
        return json[key].empty() ? uint256{} : json[key].any_quantity();
    };
    const auto type = number("type");
    if (type > uint256{4}) json["type"].fault("is no type of transaction");
    transaction.type = static_cast<TransactionType>(type.low64());
    transaction.nonce = json["nonce"].any_integer();
    transaction.gas_limit = json["gas"].any_integer();
    transaction.value = number("value");
    const auto data = json["input"].present() ? json["input"] : json["data"];
    transaction.data = data.empty() ? Bytes{} : data.bytes();
    if (!json["to"].empty() && !json["to"].text().empty() && json["to"].text() != "0x")
        transaction.to = json["to"].address();
    if (transaction.type <= TransactionType::access_list) {
        transaction.max_fee_per_gas = json["gasPrice"].any_quantity();
        transaction.max_priority_fee_per_gas = transaction.max_fee_per_gas;
    } else {
        transaction.max_fee_per_gas = json["maxFeePerGas"].any_quantity();
        transaction.max_priority_fee_per_gas = json["maxPriorityFeePerGas"].any_quantity();
    }
    if (!json["accessList"].empty())
        transaction.access_list = decode_access_list(json["accessList"]);
    if (transaction.type == TransactionType::blob) {
        transaction.max_fee_per_blob_gas = json["maxFeePerBlobGas"].any_quantity();
        for (const auto hash : json["blobVersionedHashes"].items())
            transaction.blob_versioned_hashes.push_back(hash.hash());
    }
    if (transaction.type == TransactionType::set_code)
        transaction.authorization_list = decode_authorization_list(json["authorizationList"]);

    const auto v = number("v");
    transaction.r = number("r");
    transaction.s = number("s");
    const bool is_legacy = transaction.type == TransactionType::legacy;
    if (!is_legacy) transaction.chain_id = json["chainId"].any_integer();
    if (json["secretKey"].present() && v.is_zero() && transaction.r.is_zero() &&
        transaction.s.is_zero()) {
        const bool is_protected = json["protected"].present() ? json["protected"].boolean() : true;
        if (is_legacy && is_protected && fork >= Fork::spurious_dragon)
            transaction.chain_id = chain_id;
        const auto secret = crypto::SecretKey::from(json["secretKey"].word().bytes);
        if (!secret)
            json["secretKey"].fault("should be a secret key");
        else
            sign_transaction(transaction, *secret);
        return transaction;
    }
    if (!is_legacy) {
        transaction.y_parity = static_cast<std::uint8_t>(v.low64() & 1U);
    } else if (v == uint256{27} || v == uint256{28}) {
        transaction.y_parity = static_cast<std::uint8_t>(v.low64() - 27);
    } else if (v >= uint256{35} && v.fits_uint64()) {
        transaction.chain_id = (v.low64() - 35) / 2;
        transaction.y_parity = static_cast<std::uint8_t>((v.low64() - 35) % 2);
    } else {
        transaction.y_parity = 255;  // A v that no signature has: recovery fails.
    }
    return transaction;
}

std::optional<ForkSchedule> decode_tool_fork(std::string_view name, std::uint64_t chain_id,
                                             Fork& fork) {
    std::string wanted{name};
    if (wanted == "Merge") wanted = "Paris";
    auto schedule = decode_network(wanted, JsonNode{});
    if (!schedule) return std::nullopt;
    schedule->chain_id = chain_id;
    fork = schedule->fork_at(~std::uint64_t{0} >> 1U, ~std::uint64_t{0} >> 1U,
                             schedule->terminal_total_difficulty.value_or(uint256{}));
    return *schedule;
}

std::expected<TransitionResult, ToolError> run_transition(TransitionInput& input,
                                                          const TracerOf& tracer_of) {
    auto rules = execution::rules_of(input.schedule, input.fork, input.environment.number,
                                     input.environment.timestamp);
    rules.block_reward = input.reward;
    TRY(complete(input.environment, rules));
    return Transition{input, rules, tracer_of}.run();
}

}  // namespace meta138::conformance
