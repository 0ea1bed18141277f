// SPDX-License-Identifier: Apache-2.0
#include "block_producer.hpp"
#include "commands/commands.hpp"
#include "commands/progress.hpp"
#include "data_directory.hpp"
#include "open_chain.hpp"

#include "meta138/blockchain/chain_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <thread>

namespace meta138::node {
namespace {

volatile std::sig_atomic_t is_interrupted = 0;

/// A first Ctrl-C stops after the block at hand.
void stop_on_signals() {
    const auto handler = [](int) { is_interrupted = 1; };
    std::signal(SIGINT, handler);
    std::signal(SIGTERM, handler);
}

std::optional<std::uint64_t> number_option(const CommandLine& line, std::string_view name) {
    const auto found = line.command_options.find(name);
    if (found == line.command_options.end()) return std::nullopt;
    std::uint64_t value = 0;
    const auto& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw OptionError{
            fmt::format("Invalid value for option '--{}': '{}' is not a number", name, text)};
    return value;
}

std::string text_option(const CommandLine& line, std::string_view name) {
    const auto found = line.command_options.find(name);
    return found == line.command_options.end() ? std::string{} : found->second;
}

bool has(const CommandLine& line, std::string_view name) {
    return text_option(line, name) == "true";
}

void require_rlp(const CommandLine& line) {
    const auto format = text_option(line, "format");
    if (!format.empty() && format != "RLP" && format != "rlp")
        throw OptionError{fmt::format("--format={} is not supported: only RLP is", format)};
}

/// True if the file was imported.
bool import_file(OpenChain& chain, const std::string& file, const CommandLine& line) {
    Progress progress{fmt::format("Importing {}", file), has(line, "json")};
    const auto end = number_option(line, "end-block");
    blockchain::ImportOptions options;
    options.from = number_option(line, "start-block").value_or(0);
    if (end) options.to = *end - 1;
    options.workers = std::max(1U, std::thread::hardware_concurrency() - 1);
    const auto result = blockchain::import_chain_file(
        chain.chain(), file,
        [&](const blockchain::ChainFileProgress& now) {
            progress.show(now);
            return is_interrupted == 0;
        },
        options);
    if (!result) {
        fmt::print(stderr, "{}: {}\n", file, result.error().reason);
        return false;
    }
    progress.finish(*result);
    return true;
}

}  // namespace

int run_import(const CommandLine& line) {
    require_rlp(line);
    auto files = line.arguments;
    if (const auto from = text_option(line, "from"); !from.empty()) files.push_back(from);
    if (files.empty()) throw OptionError{"Which files? Name them: meta138-node import FILE.rlp..."};
    if (const auto end = number_option(line, "end-block");
        end && *end <= number_option(line, "start-block").value_or(0))
        throw OptionError{"--end-block must be greater than --start-block"};
    stop_on_signals();
    const DataDirectory directory{line.options};
    OpenChain chain{line.options};
    std::size_t failed = 0;
    for (const auto& file : files) {
        if (is_interrupted != 0) break;
        if (!import_file(chain, file, line)) ++failed;
    }
    chain.database().flush();
    // As Besu: one bad file among several is said and passed over.
    return failed == files.size() || is_interrupted != 0 ? 1 : 0;
}

int run_export(const CommandLine& line) {
    require_rlp(line);
    auto file = text_option(line, "to");
    if (file.empty() && line.arguments.size() == 1) file = line.arguments.front();
    if (file.empty()) throw OptionError{"Missing required option: '--to=<FILE>'"};
    const auto start = number_option(line, "start-block");
    const auto end = number_option(line, "end-block");
    if (end && *end <= start.value_or(0))
        throw OptionError{"--end-block must be greater than --start-block"};
    if (!line.options.storage.in_memory &&
        !std::filesystem::exists(line.options.data_path / "database"))
        throw OptionError{fmt::format(
            "Chain is empty.  Unable to export blocks from specified data directory: {}",
            line.options.data_path.string())};
    stop_on_signals();
    OpenChain chain{line.options};
    const auto view = chain.chain().view();
    blockchain::ExportOptions options;
    options.from = start.value_or(0);
    // As Besu: a start without an end means one block.
    options.to = end ? *end - 1 : (start ? *start : view->head().header.number);
    Progress progress{fmt::format("Exporting to {}", file), has(line, "json")};
    const auto result = blockchain::export_chain_file(
        *view, file, options, [&](const blockchain::ChainFileProgress& now) {
            progress.show(now);
            return is_interrupted == 0;
        });
    if (!result) {
        fmt::print(stderr, "{}: {}\n", file, result.error().reason);
        return 1;
    }
    progress.finish(*result);
    return 0;
}

}  // namespace meta138::node
