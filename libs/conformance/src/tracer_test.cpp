// SPDX-License-Identifier: Apache-2.0
#include "runners.hpp"
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/tracing/call_tracer.hpp"
#include "meta138/tracing/flat_call_tracer.hpp"
#include "meta138/tracing/prestate_tracer.hpp"
#include "meta138/types/genesis.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "tracer";
using nlohmann::json;

// go-ethereum's genesis files may have decimal nonces, which Besu's take for hexadecimal.
std::string genesis_text(json genesis) {
    for (auto& account : genesis["alloc"]) {
        if (!account.contains("nonce") || !account["nonce"].is_string()) continue;
        const auto nonce = parse_uint256(account["nonce"].get_ref<const std::string&>());
        if (nonce) account["nonce"] = to_quantity(*nonce);
    }
    return genesis.dump();
}

// A transaction with the state before it and the numbers of its block.
struct TracedTransaction {
    Transaction transaction;
    Address sender;
    execution::BlockRules rules;
    execution::BlockEnvironment environment;
    state::MapState pre;
};

std::expected<TracedTransaction, std::string> decode_case(const JsonNode& root,
                                                          JsonDocument& document) {
    TracedTransaction result;
    const auto genesis =
        parse_genesis(genesis_text(json::parse(simdjson::minify(root["genesis"].element()))));
    if (!genesis) return std::unexpected{"genesis: " + to_string(genesis.error())};
    for (const auto& [address, account] : genesis->alloc) {
        result.pre.set_account(address, account.nonce, account.balance, account.code);
        for (const auto& [key, value] : account.storage)
            result.pre.set_storage(address, key, value);
    }
    const auto context = root["context"];
    const auto number = [&](std::string_view key) {
        return context[key].present() ? context[key].any_quantity() : uint256{};
    };
    auto& block = result.environment.context;
    block.number = context["number"].any_integer();
    block.timestamp = context["timestamp"].any_integer();
    block.gas_limit = context["gasLimit"].any_integer();
    block.coinbase = context["miner"].address();
    block.chain_id = genesis->schedule.chain_id;
    block.blob_base_fee = context["blobGasPrice"].present() ? number("blobGasPrice") : uint256{1};
    result.rules = execution::rules_of(genesis->schedule,
                                       genesis->schedule.fork_at(block.number, block.timestamp),
                                       block.number, block.timestamp);
    block.prev_randao =
        result.rules.fork >= Fork::paris ? to_uint256(genesis->mix_hash) : number("difficulty");
    if (result.rules.fork >= Fork::london) block.base_fee_per_gas = number("baseFeePerGas");
    const auto encoded = root["input"].bytes();
    if (const auto fault = document.take_fault()) return std::unexpected{fault->to_string()};
    auto transaction = decode_transaction(encoded);
    if (!transaction) return std::unexpected{"input: " + to_string(transaction.error())};
    result.transaction = *std::move(transaction);
    const auto sender = recover_sender(result.transaction, result.rules.fork);
    if (!sender) return std::unexpected{std::string{to_string(sender.error())}};
    result.sender = *sender;
    return result;
}

struct TracerConfig {
    JsonNode node;
    [[nodiscard]] bool operator()(std::string_view name) const {
        return node[name].is_bool() && node[name].boolean();
    }
};

class Tracing {
public:
    Tracing(Workspace& workspace, TracedTransaction traced)
        : workspace_{workspace}, traced_{std::move(traced)} {
        workspace_.state.reset(traced_.pre);
    }
    ~Tracing() { workspace_.state.reset(workspace_.empty_state); }
    Tracing(const Tracing&) = delete;
    Tracing& operator=(const Tracing&) = delete;

    std::expected<std::string, std::string> calls(const TracerConfig& config) {
        tracing::CallTracer tracer{
            traced_.rules.fork,
            {.only_top_call = config("onlyTopCall"), .with_log = config("withLog")}};
        TRY_LET(const auto gas_used, run(tracer));
        return to_json(tracer.finish(traced_.transaction.gas_limit, gas_used));
    }

    std::expected<std::string, std::string> flat_calls(const TracerConfig& config) {
        tracing::CallTracer tracer{traced_.rules.fork};
        TRY_LET(const auto gas_used, run(tracer));
        const auto root = tracer.finish(traced_.transaction.gas_limit, gas_used);
        const auto list =
            tracing::flatten(root, {.convert_parity_errors = config("convertParityErrors"),
                                    .include_precompiles = config("includePrecompiles")});
        return to_json(list, {});
    }

    std::expected<std::string, std::string> prestate(const TracerConfig& config) {
        tracing::PrestateTracer tracer{workspace_.state,
                                       traced_.rules.fork,
                                       {.diff_mode = config("diffMode"),
                                        .disable_code = config("disableCode"),
                                        .disable_storage = config("disableStorage"),
                                        .include_empty = config("includeEmpty")}};
        tracer.begin(traced_.transaction, traced_.sender, traced_.environment.context.coinbase);
        TRY(run(tracer));
        return to_json(tracer.finish());
    }

private:
    // The gas used.
    std::expected<std::uint64_t, std::string> run(evm::Tracer& tracer) {
        execution::BlockExecutor executor{{.state = workspace_.state,
                                           .block_hashes = hashes_,
                                           .code_cache = workspace_.code_cache,
                                           .tracer = &tracer},
                                          traced_.rules,
                                          traced_.environment};
        const auto result = executor.execute(traced_.transaction, traced_.sender);
        if (!result) return std::unexpected{std::string{to_string(result.error())}};
        return result->gas_used;
    }

    Workspace& workspace_;
    TracedTransaction traced_;
    FixtureBlockHashes hashes_;
};

// Members that only one side has, dropped at every level.
void keep_common(json& a, json& b) {
    if (a.is_object() && b.is_object()) {
        for (auto at = a.begin(); at != a.end();) at = b.contains(at.key()) ? ++at : a.erase(at);
        for (auto at = b.begin(); at != b.end();) at = a.contains(at.key()) ? ++at : b.erase(at);
        for (auto& [key, value] : a.items()) keep_common(value, b[key]);
    } else if (a.is_array() && b.is_array()) {
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) keep_common(a[i], b[i]);
    }
}

// Drops what is zero or empty: files differ in whether they say so.
void drop_nothings(json& value) {
    if (!value.is_structured()) return;
    for (auto& member : value) drop_nothings(member);
    if (!value.is_object()) return;
    for (auto at = value.begin(); at != value.end();) {
        const bool is_nothing =
            at->is_string()
                ? at->get_ref<const std::string&>().find_first_not_of("0x") == std::string::npos
                : at->is_object() && at->empty();
        at = is_nothing ? value.erase(at) : std::next(at);
    }
}

// The older tracer's words for what went wrong were its own: that something did is what counts.
void drop_error_texts(json& call) {
    if (!call.is_object()) return;
    if (call.contains("error")) call["error"] = true;
    if (!call.contains("calls")) return;
    for (auto& child : call["calls"]) drop_error_texts(child);
}

void as_they_are(json& /*got*/, json& /*expected*/) {}

void without_zeros(json& got, json& expected) {
    drop_nothings(got);
    drop_nothings(expected);
}

void as_flat_calls(json& got, json& expected) {
    for (auto* calls : {&got, &expected}) {
        for (auto& call : *calls) {
            if (!call.is_object()) continue;
            for (const auto* name :
                 {"blockHash", "blockNumber", "transactionHash", "transactionPosition"})
                call.erase(name);
        }
        drop_nothings(*calls);
    }
}

void as_of_the_older_tracer(json& got, json& expected) {
    keep_common(got, expected);
    drop_error_texts(got);
    drop_error_texts(expected);
}

struct Row {
    std::string_view folder;
    std::expected<std::string, std::string> (Tracing::*trace)(const TracerConfig&);
    void (*prepare)(json& got, json& expected);  // makes the two comparable
};
constexpr std::array tracers{
    Row{"call_tracer", &Tracing::calls, as_they_are},
    Row{"call_tracer_legacy", &Tracing::calls, as_of_the_older_tracer},
    Row{"call_tracer_withLog", &Tracing::calls, without_zeros},
    Row{"call_tracer_flat", &Tracing::flat_calls, as_flat_calls},
    Row{"prestate_tracer", &Tracing::prestate, as_they_are},
    Row{"prestate_tracer_legacy", &Tracing::prestate, as_of_the_older_tracer},
    Row{"prestate_tracer_with_diff_mode", &Tracing::prestate, as_they_are},
};

Verdict check(const WholeFile& file, const Row& row) {
    auto traced = decode_case(file.root, file.workspace.document);
    if (!traced) return failed("{}", traced.error());
    Tracing tracing{file.workspace, *std::move(traced)};
    const auto text = (tracing.*row.trace)({file.root["tracerConfig"]});
    if (!text) return failed("expected a trace, got: {}", text.error());
    auto got = json::parse(*text, nullptr, false);
    auto expected = json::parse(simdjson::minify(file.root["result"].element()));
    if (got.is_discarded()) return failed("the trace is not JSON: {}", *text);
    row.prepare(got, expected);
    if (got == expected) return passed();
    return failed("the trace differs: {}", json::diff(expected, got).dump().substr(0, 600));
}

}  // namespace

void run_tracer_test(const WholeFile& file) {
    const auto folder = std::filesystem::absolute(file.path).parent_path().filename().string();
    const auto name = file.path.stem().string();
    const auto* const row = std::ranges::find(tracers, folder, &Row::folder);
    if (row != tracers.end())
        file.sink.run(name, "", kind, [&] { return check(file, *row); });
    else if (folder == "erc7562_tracer")
        file.sink.add(name, "", kind, skipped("ERC-7562's tracer is optional, and none of ours"));
    else
        file.sink.add(name, "", kind, failed("unknown format: the folder names no tracer"));
}

}  // namespace meta138::conformance
