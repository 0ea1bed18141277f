// SPDX-License-Identifier: Apache-2.0
#include "../test/test_node.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

// Nanoseconds a call of the hot methods, from the text of the request to the text of the answer.
// The envelope alone is eth_chainId; the reader alone is parse.

namespace meta138::rpc {
namespace {

constexpr std::size_t blocks = 20;
constexpr std::size_t transactions_per_block = 100;

/// Blocks of calls that write one log each.
TestNode& node() {
    static TestNode node;
    static const bool is_filled = [] {
        for (std::size_t block = 0; block < blocks; ++block) {
            for (std::size_t i = 0; i < transactions_per_block; ++i) {
                node.call("eth_sendRawTransaction",
                          {node.signed_transaction(block * transactions_per_block + i)});
            }
            node.seal();
        }
        return true;
    }();
    benchmark::DoNotOptimize(is_filled);
    return node;
}

std::string request(std::string_view method, std::string_view parameters) {
    return R"({"jsonrpc":"2.0","id":1,"method":")" + std::string{method} + R"(","params":[)" +
           std::string{parameters} + "]}";
}

void run(benchmark::State& state, const std::string& body) {
    auto& server = node().server();
    const Caller caller;
    std::string answer;
    for (auto unused : state) {
        answer.clear();
        server.handle(body, caller, answer);
        benchmark::DoNotOptimize(answer.data());
    }
    state.counters["bytes"] = static_cast<double>(answer.size());
    if (answer.find("\"error\"") != std::string::npos) state.SkipWithError(answer.c_str());
}

void parse(benchmark::State& state) {
    const auto body =
        request("eth_getBalance", R"("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","latest")");
    json::Parser parser;
    for (auto unused : state) benchmark::DoNotOptimize(parser.parse(body));
}
BENCHMARK(parse);

void cost_of(benchmark::State& state) {
    const auto body =
        request("eth_getBalance", R"("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","latest")");
    const auto& server = node().server();
    for (auto unused : state) benchmark::DoNotOptimize(server.cost_of(body));
}
BENCHMARK(cost_of);

void chain_id(benchmark::State& state) {
    run(state, request("eth_chainId", ""));
}
BENCHMARK(chain_id);

void block_number(benchmark::State& state) {
    run(state, request("eth_blockNumber", ""));
}
BENCHMARK(block_number);

void get_balance(benchmark::State& state) {
    run(state,
        request("eth_getBalance", R"("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","latest")"));
}
BENCHMARK(get_balance);

void call(benchmark::State& state) {
    run(state,
        request("eth_call",
                R"({"to":"0x00000000000000000000000000000000000000aa","data":"0x"},"latest")"));
}
BENCHMARK(call);

void get_block_by_number(benchmark::State& state) {
    run(state, request("eth_getBlockByNumber", R"("latest",false)"));
}
BENCHMARK(get_block_by_number);

void get_full_block_by_number(benchmark::State& state) {
    run(state, request("eth_getBlockByNumber", R"("latest",true)"));
}
BENCHMARK(get_full_block_by_number);

void get_logs_of_one_block(benchmark::State& state) {
    run(state, request("eth_getLogs", R"({"fromBlock":"latest","toBlock":"latest"})"));
}
BENCHMARK(get_logs_of_one_block);

void get_no_logs_of_all_blocks(benchmark::State& state) {
    run(state,
        request("eth_getLogs",
                R"({"fromBlock":"0x0","address":"0x00000000000000000000000000000000000000bb"})"));
}
BENCHMARK(get_no_logs_of_all_blocks);

void get_transaction_receipt(benchmark::State& state) {
    const auto block = node().call("eth_getBlockByNumber", {"latest", false});
    run(state, request("eth_getTransactionReceipt", block["transactions"][50].dump()));
}
BENCHMARK(get_transaction_receipt);

/// Less than the pool lets a sender run ahead.
constexpr std::size_t sent_at_most = 150;

std::string sending(std::size_t index) {
    const auto nonce = blocks * transactions_per_block + index;
    return request("eth_sendRawTransaction", '"' + node().signed_transaction(nonce) + '"');
}

void send_raw_transaction(benchmark::State& state) {
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < sent_at_most; ++i) bodies.push_back(sending(i));
    const Caller caller;
    std::string answer;
    std::size_t next = 0;
    for (auto unused : state) {
        answer.clear();
        node().server().handle(bodies[next], caller, answer);
        if (++next == sent_at_most) {
            state.PauseTiming();
            node().pool().clear();
            next = 0;
            state.ResumeTiming();
        }
    }
    if (answer.find("\"error\"") != std::string::npos) state.SkipWithError(answer.c_str());
    node().pool().clear();
}
BENCHMARK(send_raw_transaction);

/// A batch of that many: an item is one of them.
void send_raw_transactions_in_a_batch(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    std::string body;
    for (std::size_t i = 0; i < count; ++i) body += (i == 0 ? "[" : ",") + sending(i);
    body += ']';
    const Caller caller;
    std::string answer;
    for (auto unused : state) {
        answer.clear();
        node().server().handle(body, caller, answer);
        state.PauseTiming();
        node().pool().clear();
        state.ResumeTiming();
    }
    if (answer.find("\"error\"") != std::string::npos) state.SkipWithError(answer.c_str());
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(send_raw_transactions_in_a_batch)->Arg(1)->Arg(10)->Arg(100);

}  // namespace
}  // namespace meta138::rpc
