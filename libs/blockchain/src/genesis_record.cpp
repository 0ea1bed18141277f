// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/genesis_record.hpp"

#include "compare_genesis.hpp"

#include "meta138/storage/database.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace meta138::blockchain {

namespace {

namespace fs = std::filesystem;

// A genesis file of which only `config` and the time matter.
std::string write_record(const Genesis& genesis) {
    return fmt::format(
        "{{\"config\":{},\"timestamp\":\"{:#x}\",\"difficulty\":\"0x0\",\"gasLimit\":\"0x0\"}}\n",
        genesis.config.empty() ? "{}" : genesis.config, genesis.timestamp);
}

std::optional<std::string> read(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>{in}, {}};
}

// The old file stays whole until the new one is.
void replace(const fs::path& file, const std::string& text) {
    auto part = file;
    part += ".part";
    std::ofstream out{part, std::ios::binary | std::ios::trunc};
    out << text;
    out.close();
    std::error_code error;
    if (out) fs::rename(part, file, error);
    if (!out || error)
        throw storage::IoError{fmt::format("cannot write {}: {}", file.string(),
                                           error ? error.message() : "is the disk full?")};
}

}  // namespace

std::vector<std::string> find_genesis_differences(const fs::path& record, const ChainView& view,
                                                  const CompareGenesis& compare_more) {
    const auto stored = read(record);
    if (!stored || *stored == write_record(view.genesis())) return {};
    const auto before = parse_genesis(*stored);
    if (!before)
        throw storage::OpenError{
            fmt::format("{} is damaged: {}\nIf the genesis file is the one that the database "
                        "was made with, delete {} and start again",
                        record.string(), to_string(before.error()), record.string())};
    auto differences = compare_genesis_configs(*before, view.genesis(), view.head().header);
    if (compare_more) {
        const auto more = compare_more(*before, view.genesis(), view.head().header);
        differences.insert(differences.end(), more.begin(), more.end());
    }
    return differences;
}

void check_genesis_record(const fs::path& record, const ChainView& view,
                          const CompareGenesis& compare_more) {
    const auto differences = find_genesis_differences(record, view, compare_more);
    if (!differences.empty())
        throw storage::OpenError{fmt::format(
            "the genesis file has changed in what concerns blocks that exist already:\n  {}\n"
            "Give forks a block or time after the head, use the genesis file from before, or "
            "another data folder",
            fmt::join(differences, "\n  "))};
    const auto given = write_record(view.genesis());
    if (read(record) != given) replace(record, given);
}

}  // namespace meta138::blockchain
