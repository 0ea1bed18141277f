// SPDX-License-Identifier: Apache-2.0
#include "commands/commands.hpp"
#include "commands/files.hpp"

#include "meta138/signer/key_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace meta138::signer {
namespace {

constexpr std::size_t max_multikey_file_size = std::size_t{1} << 20;

std::vector<std::filesystem::path> toml_files(const std::filesystem::path& folder) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error})
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    if (error)
        throw OptionError{
            fmt::format("--from: {} cannot be read: {}", folder.string(), error.message())};
    std::ranges::sort(files);
    return files;
}

}  // namespace

int run_convert_ethsigner_keys(const CommandLine& line) {
    const std::filesystem::path from{required_option(line, "from")};
    const std::filesystem::path to{required_option(line, "to")};
    const auto files = toml_files(from);
    make_folder(to, "to");
    std::size_t converted = 0;
    std::vector<std::string> failures;
    for (const auto& file : files) {
        const SecretText text{read_whole_file(file, max_multikey_file_size)};
        auto yaml = convert_multikey_file(text.reveal(), file);
        if (!yaml) {
            failures.push_back(yaml.error().to_string());
            continue;
        }
        const SecretText content{*std::move(yaml)};
        write_private_file(to / (file.stem().string() + ".yaml"), content.reveal());
        ++converted;
    }
    if (has_flag(line, "json")) {
        fmt::print("{{\"converted\":{},\"failed\":{}}}\n", converted, failures.size());
    } else {
        fmt::print("{} of {} files converted\n", converted, files.size());
    }
    for (const auto& failure : failures) fmt::print(stderr, "not converted: {}\n", failure);
    return failures.empty() ? 0 : 1;
}

}  // namespace meta138::signer
