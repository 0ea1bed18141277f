// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"
#include "meta138/test/fixtures.hpp"
#include "meta138/tracing/call_tracer.hpp"
#include "meta138/tracing/flat_call_tracer.hpp"
#include "meta138/tracing/prestate_tracer.hpp"
#include "meta138/types/genesis.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace meta138::tracing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct NoBlockHashes final : execution::BlockHashes {
    [[nodiscard]] Hash32 block_hash(std::uint64_t) const override { return {}; }
};

uint256 number_in(const json& object, const char* name) {
    return object.contains(name) ? parse_uint256(object[name].get<std::string>()).value()
                                 : uint256{};
}

/// With nonces as Besu's genesis files have them, hexadecimal: go-ethereum's may be decimal.
std::string genesis_text(json genesis) {
    for (auto& account : genesis["alloc"]) {
        if (account.contains("nonce") && account["nonce"].is_string())
            account["nonce"] = to_quantity(number_in(account, "nonce"));
    }
    return genesis.dump();
}

/// One file: a transaction, the state before it, its block, and the trace it must give.
class TracerCase {
public:
    explicit TracerCase(const json& file)
        : file_{file},
          genesis_{parse_genesis(genesis_text(file.at("genesis"))).value()},
          transaction_{
              decode_transaction(decode_hex(file.at("input").get<std::string>()).value()).value()} {
        for (const auto& [address, account] : genesis_.alloc) {
            pre_.set_account(address, account.nonce, account.balance, account.code);
            for (const auto& [key, value] : account.storage) pre_.set_storage(address, key, value);
        }
        const auto& context = file.at("context");
        auto& block = environment_.context;
        block.number = number_in(context, "number").low64();
        block.timestamp = number_in(context, "timestamp").low64();
        block.gas_limit = number_in(context, "gasLimit").low64();
        block.coinbase = decode_fixed_hex<Address>(context.at("miner").get<std::string>()).value();
        block.chain_id = genesis_.schedule.chain_id;
        block.blob_base_fee = 1;
        rules_ = execution::rules_of(genesis_.schedule,
                                     genesis_.schedule.fork_at(block.number, block.timestamp),
                                     block.number, block.timestamp);
        block.prev_randao = rules_.fork >= Fork::paris ? to_uint256(genesis_.mix_hash)
                                                       : number_in(context, "difficulty");
        if (rules_.fork >= Fork::london)
            block.base_fee_per_gas = number_in(context, "baseFeePerGas");
        sender_ = recover_sender(transaction_, rules_.fork).value();
    }

    json call_trace() {
        CallTracer tracer{rules_.fork,
                          {.only_top_call = option("onlyTopCall"), .with_log = option("withLog")}};
        const auto gas_used = run(tracer);
        return json::parse(to_json(tracer.finish(transaction_.gas_limit, gas_used)));
    }

    json flat_trace() {
        CallTracer tracer{rules_.fork};
        const auto gas_used = run(tracer);
        const auto root = tracer.finish(transaction_.gas_limit, gas_used);
        const auto calls = flatten(root, {.convert_parity_errors = option("convertParityErrors"),
                                          .include_precompiles = option("includePrecompiles")});
        return json::parse(to_json(calls, {}));
    }

    json prestate() {
        PrestateTracer tracer{state_,
                              rules_.fork,
                              {.diff_mode = option("diffMode"),
                               .disable_code = option("disableCode"),
                               .disable_storage = option("disableStorage"),
                               .include_empty = option("includeEmpty")}};
        tracer.begin(transaction_, sender_, environment_.context.coinbase);
        run(tracer);
        return json::parse(to_json(tracer.finish()));
    }

private:
    [[nodiscard]] bool option(const char* name) const {
        return file_.contains("tracerConfig") && file_["tracerConfig"].value(name, false);
    }

    /// Gas used.
    std::uint64_t run(evm::Tracer& tracer) {
        execution::BlockExecutor executor{{.state = state_,
                                           .block_hashes = no_hashes_,
                                           .code_cache = code_cache_,
                                           .tracer = &tracer},
                                          rules_,
                                          environment_};
        const auto result = executor.execute(transaction_, sender_);
        if (!result) throw std::runtime_error{std::string{to_string(result.error())}};
        return result->gas_used;
    }

    const json& file_;
    Genesis genesis_;
    Transaction transaction_;
    Address sender_;
    execution::BlockRules rules_;
    execution::BlockEnvironment environment_;
    state::MapState pre_;
    state::State state_{pre_};
    evm::CodeCache code_cache_;
    NoBlockHashes no_hashes_;
};

/// Members that only one side has, dropped at every level.
void keep_common(json& a, json& b) {
    if (a.is_object() && b.is_object()) {
        for (auto at = a.begin(); at != a.end();) at = b.contains(at.key()) ? ++at : a.erase(at);
        for (auto at = b.begin(); at != b.end();) at = a.contains(at.key()) ? ++at : b.erase(at);
        for (auto& [key, value] : a.items()) keep_common(value, b[key]);
    } else if (a.is_array() && b.is_array()) {
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) keep_common(a[i], b[i]);
    }
}

/// Drops what is zero or empty: files differ in whether they say so.
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

/// A trace says nothing about where its transaction is.
void drop_context(json& calls) {
    for (auto& call : calls) {
        for (const auto* name :
             {"blockHash", "blockNumber", "transactionHash", "transactionPosition"})
            call.erase(name);
    }
}

/// The older tracer's words for what went wrong were its own.
void drop_error_texts(json& call) {
    if (call.contains("error")) call["error"] = true;
    if (!call.contains("calls")) return;
    for (auto& child : call["calls"]) drop_error_texts(child);
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{folder}) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

using Trace = json (TracerCase::*)();
/// Makes two traces comparable.
using Preparation = void (*)(json& got, json& expected);

void check(const std::string& folder, Trace trace, Preparation prepare) {
    META138_FIXTURE_OR_SKIP(path, "rpc-geth/tracers/" + folder);
    for (const auto& file : files_in(path)) {
        SCOPED_TRACE(file.filename().string());
        const auto content = json::parse(std::ifstream{file});
        try {
            TracerCase tracer_case{content};
            auto expected = content.at("result");
            auto got = (tracer_case.*trace)();
            prepare(got, expected);
            EXPECT_TRUE(got == expected) << json::diff(expected, got).dump(1).substr(0, 1500);
        } catch (const std::exception& problem) {
            ADD_FAILURE() << problem.what();
        }
    }
}

void as_they_are(json& /*got*/, json& /*expected*/) {}

void without_zero_log_indices(json& got, json& expected) {
    drop_nothings(got);
    drop_nothings(expected);
}

void as_flat_calls(json& got, json& expected) {
    for (auto* calls : {&got, &expected}) {
        drop_context(*calls);
        drop_nothings(*calls);
    }
}

void as_of_the_older_tracer(json& got, json& expected) {
    keep_common(got, expected);
    drop_error_texts(got);
    drop_error_texts(expected);
}

TEST(GethTracerFixtures, call_tracer) {
    check("call_tracer", &TracerCase::call_trace, as_they_are);
}

TEST(GethTracerFixtures, call_tracer_legacy) {
    check("call_tracer_legacy", &TracerCase::call_trace, as_of_the_older_tracer);
}

TEST(GethTracerFixtures, call_tracer_with_log) {
    check("call_tracer_withLog", &TracerCase::call_trace, without_zero_log_indices);
}

TEST(GethTracerFixtures, call_tracer_flat) {
    check("call_tracer_flat", &TracerCase::flat_trace, as_flat_calls);
}

TEST(GethTracerFixtures, prestate_tracer) {
    check("prestate_tracer", &TracerCase::prestate, as_they_are);
}

TEST(GethTracerFixtures, prestate_tracer_legacy) {
    check("prestate_tracer_legacy", &TracerCase::prestate, as_of_the_older_tracer);
}

TEST(GethTracerFixtures, prestate_tracer_with_diff_mode) {
    check("prestate_tracer_with_diff_mode", &TracerCase::prestate, as_they_are);
}

TEST(GethTracerFixtures, erc7562_tracer) {
    GTEST_SKIP() << "erc7562Tracer (ERC-4337 validation rules) is not among our tracers";
}

}  // namespace
}  // namespace meta138::tracing
