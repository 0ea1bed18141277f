// SPDX-License-Identifier: Apache-2.0
#include "meta138/conformance/t8n.hpp"

#include "network.hpp"
#include "state_fixture.hpp"
#include "tool_files.hpp"
#include "transition.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/tracing/eip3155.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ranges>

namespace meta138::conformance {

namespace {

using nlohmann::ordered_json;

std::string quantity(std::uint64_t value) {
    return fmt::format("0x{:x}", value);
}
std::string hex(const auto& fixed) {
    return to_hex(fixed.bytes);
}

ordered_json encode_accounts(const state::MapState& state) {
    std::vector<Address> addresses;
    for (const auto& [address, entry] : state.accounts()) addresses.push_back(address);
    std::ranges::sort(addresses);
    ordered_json result = ordered_json::object();
    for (const auto& address : addresses) {
        const auto& [account, storage] = state.accounts().at(address);
        ordered_json json = ordered_json::object();
        if (account.code_hash != EMPTY_CODE_HASH)
            json["code"] = to_hex(state.code(account.code_hash)->bytes);
        std::vector<std::pair<uint256, uint256>> slots{storage.begin(), storage.end()};
        std::ranges::sort(slots, {}, [](const auto& slot) { return slot.first; });
        for (const auto& [key, value] : slots)
            json["storage"][hex(to_hash32(key))] = hex(to_hash32(value));
        json["balance"] = to_quantity(account.balance);
        if (account.nonce != 0) json["nonce"] = quantity(account.nonce);
        result[hex(address)] = std::move(json);
    }
    return result;
}

// Where the tools differ in what they print of receipts.
struct ReceiptManner {
    Hash32 block_hash;  // stands for that of the block, which has none yet
    bool logs_counted_per_transaction = false;
};
constexpr ReceiptManner geth_manner{
    .block_hash = literals::operator""_hash32(
        "0x1337000000000000000000000000000000000000000000000000000000000000", 66)};
constexpr ReceiptManner besu_manner{.block_hash = {}, .logs_counted_per_transaction = true};

ordered_json encode_logs(const TransitionReceipt& receipt, std::uint64_t number, std::size_t index,
                         const Hash32& block_hash, std::size_t& log_index) {
    ordered_json result = ordered_json::array();
    for (const auto& log : receipt.receipt.logs) {
        ordered_json topics = ordered_json::array();
        for (const auto& topic : log.topics) topics.push_back(hex(topic));
        result.push_back({{"address", hex(log.address)},
                          {"topics", topics},
                          {"data", to_hex(log.data)},
                          {"blockNumber", quantity(number)},
                          {"transactionHash", hex(receipt.transaction_hash)},
                          {"transactionIndex", quantity(index)},
                          {"blockHash", hex(block_hash)},
                          {"logIndex", quantity(log_index++)},
                          {"removed", false}});
    }
    return result;
}

ordered_json encode_receipts(const TransitionResult& result, std::uint64_t number,
                             const ReceiptManner& manner) {
    ordered_json receipts = ordered_json::array();
    std::size_t log_index = 0;
    for (std::size_t index = 0; index < result.receipts.size(); ++index) {
        if (manner.logs_counted_per_transaction) log_index = 0;
        const auto& entry = result.receipts[index];
        const auto& receipt = entry.receipt;
        ordered_json json = ordered_json::object();
        if (receipt.type != TransactionType::legacy)
            json["type"] = quantity(std::to_underlying(receipt.type));
        json["root"] = receipt.post_state_root ? hex(*receipt.post_state_root) : "0x";
        json["status"] = receipt.succeeded && !receipt.post_state_root ? "0x1" : "0x0";
        json["cumulativeGasUsed"] = quantity(receipt.cumulative_gas_used);
        json["logsBloom"] = hex(receipt.bloom);
        json["logs"] = encode_logs(entry, number, index, manner.block_hash, log_index);
        json["transactionHash"] = hex(entry.transaction_hash);
        json["contractAddress"] = hex(entry.created.value_or(Address{}));
        json["gasUsed"] = quantity(entry.gas_used);
        json["effectiveGasPrice"] = nullptr;
        if (entry.blob_gas_used) {
            json["blobGasUsed"] = quantity(*entry.blob_gas_used);
            json["blobGasPrice"] = to_quantity(result.blob_base_fee);
        }
        json["blockHash"] = hex(manner.block_hash);
        json["blockNumber"] = quantity(number);
        json["transactionIndex"] = quantity(index);
        receipts.push_back(std::move(json));
    }
    return receipts;
}

ordered_json encode_result(const TransitionResult& result, const TransitionInput& input,
                           const ReceiptManner& manner) {
    std::vector<Receipt> receipts;
    for (const auto& entry : result.receipts) receipts.push_back(entry.receipt);
    ordered_json json;
    json["stateRoot"] = hex(result.state_root);
    json["txRoot"] = hex(transactions_root(result.included));
    json["receiptsRoot"] = hex(receipts_root(receipts));
    json["logsHash"] = hex(logs_hash(result.logs));
    json["logsBloom"] = hex(bloom_of(std::span<const Receipt>{receipts}));
    json["receipts"] = encode_receipts(result, input.environment.number, manner);
    for (const auto& [index, error] : result.rejected)
        json["rejected"].push_back({{"index", index}, {"error", error}});
    json["currentDifficulty"] =
        result.difficulty ? ordered_json(to_quantity(*result.difficulty)) : ordered_json(nullptr);
    json["gasUsed"] = quantity(result.gas_used);
    if (result.base_fee) json["currentBaseFee"] = to_quantity(*result.base_fee);
    if (input.environment.withdrawals)
        json["withdrawalsRoot"] = hex(withdrawals_root(*input.environment.withdrawals));
    if (result.excess_blob_gas) {
        json["currentExcessBlobGas"] = quantity(*result.excess_blob_gas);
        json["blobGasUsed"] = quantity(result.blob_gas_used);
    }
    if (result.requests) json["requestsHash"] = hex(requests_hash(*result.requests));
    json["requests"] = nullptr;
    if (result.requests) {
        json["requests"] = ordered_json::array();
        for (const auto& request : *result.requests) json["requests"].push_back(to_hex(request));
    }
    if (result.block_error) json["blockException"] = *result.block_error;
    return json;
}

std::string encode_body(const std::vector<Transaction>& transactions) {
    rlp::Writer out;
    out.items(transactions, write_transaction);
    return to_hex(out.view());
}

std::expected<std::optional<uint256>, ToolError> decode_reward(const T8nOptions& options,
                                                               Fork fork) {
    if (options.state_reward == "-1") return std::nullopt;
    if (options.state_reward.empty()) {
        if (options.besu) return execution::block_reward(fork);
        return uint256{};
    }
    // go-ethereum pays whatever it is told to, Besu nothing after the merge.
    if (options.besu && fork >= Fork::paris) return std::nullopt;
    const auto reward = parse_uint256(options.state_reward);
    if (!reward)
        return std::unexpected{ToolError{
            ToolExit::config, fmt::format("--state.reward {}: no number", options.state_reward)}};
    return *reward;
}

// Traces of the transactions, each in a file of its own: trace-INDEX-HASH.jsonl.
class TraceFiles {
public:
    TraceFiles(const T8nOptions& options, Fork fork) : options_{options}, fork_{fork} {}

    evm::Tracer* open(std::size_t index, const Hash32& hash) {
        const auto name = fmt::format("trace-{}-{}.jsonl", index, hex(hash));
        std::error_code ignored;
        if (!options_.output_basedir.empty())
            std::filesystem::create_directories(options_.output_basedir, ignored);
        file_ =
            std::ofstream{std::filesystem::path{options_.output_basedir} / name, std::ios::binary};
        tracer_.emplace(
            fork_, [this](std::string_view line) { file_ << line; },
            tracing::Eip3155Options{.stack = !options_.trace_nostack,
                                    .memory = options_.trace_memory,
                                    .return_data = options_.trace_returndata});
        return &*tracer_;
    }

private:
    const T8nOptions& options_;
    Fork fork_;
    std::ofstream file_;
    std::optional<tracing::Eip3155Tracer> tracer_;
};

// Besu makes do with less: no gas limit is no limit, no withdrawals are none, and after the merge
// the difficulty may stand in for the random value.
void apply_besu_manner(TransitionEnvironment& env, Fork fork) {
    if (env.gas_limit == 0) env.gas_limit = INT64_MAX;
    if (!env.withdrawals) env.withdrawals.emplace();
    if (fork < Fork::paris) return;
    if (!env.random) env.random = env.difficulty.value_or(uint256{});
    env.difficulty.reset();
}

std::expected<void, ToolError> transition(const T8nOptions& options, std::istream& in,
                                          std::ostream& out, std::ostream& errors) {
    TransitionInput input;
    const auto schedule = decode_tool_fork(options.state_fork, options.state_chainid, input.fork);
    if (!schedule)
        return std::unexpected{ToolError{
            ToolExit::config,
            fmt::format("--state.fork {}: unknown; {}", options.state_fork, known_forks_text())}};
    input.schedule = *schedule;
    TRY_LET(input.reward, decode_reward(options, input.fork));

    ToolInputs inputs{in};
    TRY_LET(const auto alloc, inputs.read(options.input_alloc, "alloc"));
    TRY_LET(const auto env, inputs.read(options.input_env, "env"));
    TRY_LET(const auto txs, inputs.read(options.input_txs, "txs"));
    decode_accounts(alloc, input.pre, options.besu ? BareNumber::hexadecimal : BareNumber::decimal);
    input.environment = decode_environment(env);
    const auto given_difficulty = input.environment.difficulty;
    if (options.besu) apply_besu_manner(input.environment, input.fork);
    if (input.fork < Fork::shanghai) input.environment.withdrawals.reset();
    TRY_LET(input.transactions, decode_transactions(txs, input.fork, options.state_chainid));
    TRY(inputs.check());
    const auto all = input.transactions;

    TraceFiles traces{options, input.fork};
    TracerOf tracer_of;
    if (options.trace)
        tracer_of = [&](std::size_t index, const Hash32& hash) { return traces.open(index, hash); };
    TRY_LET(auto result, run_transition(input, tracer_of));
    if (options.besu) {
        if (given_difficulty) result.difficulty = given_difficulty;
        if (result.difficulty == uint256{}) result.difficulty.reset();
    }

    // Besu's body has the refused transactions, too.
    auto body = result.included;
    if (options.besu) {
        body.clear();
        for (const auto& entry : all)
            if (entry.transaction) body.push_back(*entry.transaction);
    }
    ToolOutputs outputs{options.output_basedir, out, errors};
    TRY(outputs.write(options.output_alloc, "alloc", encode_accounts(input.pre)));
    TRY(outputs.write(options.output_result, "result",
                      encode_result(result, input, options.besu ? besu_manner : geth_manner)));
    TRY(outputs.write(options.output_body, "body", encode_body(body)));
    outputs.finish();
    return {};
}

}  // namespace

int run_t8n(const T8nOptions& options, std::istream& in, std::ostream& out, std::ostream& errors) {
    return report(transition(options, in, out, errors), errors);
}

}  // namespace meta138::conformance
