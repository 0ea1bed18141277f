// SPDX-License-Identifier: Apache-2.0
#include "block_producer.hpp"
#include "commands/commands.hpp"
#include "genesis_file.hpp"
#include "open_chain.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/blockchain/genesis_record.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/consensus/compare_configs.hpp"
#include "meta138/types/fork_id.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace meta138::node {
namespace {

struct ComingFork {
    std::string_view name;
    std::uint64_t at = 0;
    bool by_time = false;
};

std::vector<ComingFork> coming_forks(const ForkSchedule& schedule, const Header& head) {
    std::vector<ComingFork> coming;
    for (const auto& row : forks()) {
        const auto at = schedule.activation(row.fork);
        if (at && *at > (row.by_time ? head.timestamp : head.number))
            coming.push_back({row.name, *at, row.by_time});
    }
    return coming;
}

/// What a genesis file means for a chain that exists.
struct Verdict {
    std::vector<std::string> differences;
    std::vector<ComingFork> coming;
    std::vector<std::string> warnings;
    ForkId fork_id;
};

Verdict judge(OpenChain& chain, const Options& options) {
    const auto view = chain.chain().view();
    const auto& head = view->head().header;
    const auto& genesis = chain.genesis();
    return {
        .differences = blockchain::find_genesis_differences(genesis_record_of(options), *view,
                                                            consensus::compare_qbft_configs),
        .coming = coming_forks(genesis.schedule, head),
        .warnings = genesis_warnings(genesis, options),
        .fork_id = ForkFilter{view->genesis_hash(), genesis.timestamp, genesis.schedule}.fork_id(
            head.number, head.timestamp)};
}

void print_json(const Verdict& verdict, const storage::StoredHeader& head) {
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("fits").boolean(verdict.differences.empty());
    out.key("head").open_object();
    out.key("number").number(head.header.number);
    out.key("hash").hex(head.hash.bytes);
    out.close_object();
    out.key("differences").open_array();
    for (const auto& difference : verdict.differences) out.string(difference);
    out.close_array();
    out.key("forks").open_array();
    for (const auto& fork : verdict.coming) {
        out.open_object();
        out.key("name").string(fork.name);
        out.key(fork.by_time ? "timestamp" : "block").number(fork.at);
        out.close_object();
    }
    out.close_array();
    out.key("forkId").open_object();
    out.key("hash").hex(verdict.fork_id.hash.bytes);
    out.key("next").number(verdict.fork_id.next);
    out.close_object();
    out.key("warnings").open_array();
    for (const auto& warning : verdict.warnings) out.string(warning);
    out.close_array().close_object();
    fmt::print("{}\n", text);
}

void print_forks(const Verdict& verdict, const Header& head) {
    if (verdict.coming.empty()) {
        fmt::print("No fork is to come.\n");
        return;
    }
    fmt::print("To come:\n");
    for (const auto& fork : verdict.coming) {
        if (fork.by_time)
            fmt::print("  {:<20} with the first block from {:%Y-%m-%d %H:%M:%S} UTC on ({})\n",
                       fork.name, fmt::gmtime(static_cast<std::time_t>(fork.at)), fork.at);
        else
            fmt::print("  {:<20} with block #{}, in {} blocks\n", fork.name, with_commas(fork.at),
                       with_commas(fork.at - head.number));
    }
}

void print_text(const Verdict& verdict, const storage::StoredHeader& head) {
    const auto chain = fmt::format("the chain, whose head is #{} ({})",
                                   with_commas(head.header.number), to_hex(head.hash));
    if (verdict.differences.empty()) {
        fmt::print("The genesis file fits {}.\n", chain);
    } else {
        fmt::print(
            "The genesis file does not fit {}. It differs in what concerns blocks that "
            "exist already:\n",
            chain);
        for (const auto& difference : verdict.differences) fmt::print("  {}\n", difference);
    }
    print_forks(verdict, head.header);
    fmt::print(
        "Fork id: {}, next {}. All nodes must have the same before the next fork comes: "
        "eth_config shows theirs.\n",
        to_hex(verdict.fork_id.hash), verdict.fork_id.next);
    for (const auto& warning : verdict.warnings) fmt::print("Warning: {}\n", warning);
}

}  // namespace

int run_genesis_check(const CommandLine& line) {
    OpenChain chain{line.options, true};
    const auto verdict = judge(chain, line.options);
    const auto head = chain.chain().view()->head();
    const auto wants_json = line.command_options.find("json");
    if (wants_json != line.command_options.end() && wants_json->second == "true")
        print_json(verdict, head);
    else
        print_text(verdict, head);
    return verdict.differences.empty() ? 0 : 1;
}

}  // namespace meta138::node
