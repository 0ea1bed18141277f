// SPDX-License-Identifier: Apache-2.0
#include "block_producer.hpp"
#include "commands/commands.hpp"
#include "commands/verification.hpp"
#include "open_chain.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

namespace meta138::node {
namespace {

bool wants_json(const CommandLine& line) {
    const auto found = line.command_options.find("json");
    return found != line.command_options.end() && found->second == "true";
}

std::string size_text(std::uint64_t bytes) {
    if (bytes >= std::uint64_t{10} << 30)
        return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30));
    if (bytes >= 10 << 20) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
    return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / (1 << 10));
}

}  // namespace

int run_storage_usage(const CommandLine& line) {
    OpenChain chain{line.options};
    const auto usage = chain.database().disk_usage();
    if (wants_json(line)) {
        std::string text;
        json::Writer out{text};
        out.open_object();
        for (const auto& each : usage) out.key(each.name).number(each.bytes);
        out.close_object();
        fmt::print("{}\n", text);
        return 0;
    }
    std::uint64_t total = 0;
    for (const auto& each : usage) {
        fmt::print("{:<32}{:>14}\n", each.name, size_text(each.bytes));
        total += each.bytes;
    }
    fmt::print("{:<32}{:>14}\n", "total", size_text(total));
    return 0;
}

int run_storage_verify(const CommandLine& line) {
    OpenChain chain{line.options};
    const auto verification = verify(chain);
    if (wants_json(line)) {
        std::string text;
        json::Writer out{text};
        out.open_object();
        out.key("blocks").number(verification.blocks);
        out.key("stateRootMatches").boolean(verification.is_state_right);
        out.key("faults").open_array();
        for (const auto& fault : verification.faults) out.string(fault);
        out.close_array().close_object();
        fmt::print("{}\n", text);
    } else {
        for (const auto& fault : verification.faults) fmt::print("{}\n", fault);
        fmt::print("{} blocks checked, {} faults\n", with_commas(verification.blocks),
                   verification.faults.size());
    }
    return verification.faults.empty() ? 0 : 1;
}

int run_storage_prune(const CommandLine& line) {
    if (line.options.storage.keep == StorageOptions::Keep::archive)
        throw OptionError{"What to keep? Say it with --retention=window:N or --retention=minimal"};
    OpenChain chain{line.options};
    constexpr std::size_t blocks_at_once = 1024;
    std::uint64_t pruned = 0;
    while (const auto blocks = chain.database().prune(blocks_at_once)) pruned += blocks;
    chain.database().flush();
    if (wants_json(line))
        fmt::print("{{\"blocks\":{}}}\n", pruned);
    else
        fmt::print("{} blocks' worth of history removed\n", with_commas(pruned));
    return 0;
}

}  // namespace meta138::node
