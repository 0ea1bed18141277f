// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::test {

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw std::runtime_error{"cannot read " + path.string()};
    return {std::istreambuf_iterator<char>{file}, {}};
}

inline nlohmann::json read_json(const std::filesystem::path& path) {
    return nlohmann::json::parse(read_text(path));
}

/// All .json files below a folder, in order.
inline std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

/// The bytes of hex digits with or without 0x.
inline Bytes unhex(std::string_view text) {
    if (text.starts_with("0x")) text.remove_prefix(2);
    auto bytes = decode_hex_digits(text);
    if (!bytes) throw std::runtime_error{"not hex: " + std::string{text.substr(0, 80)}};
    return *std::move(bytes);
}

template <typename Fixed>
Fixed unhex_fixed(std::string_view text) {
    const auto bytes = unhex(text);
    if (bytes.size() != Fixed::size()) throw std::runtime_error{"not of that size"};
    Fixed result;
    std::ranges::copy(bytes, result.begin());
    return result;
}

}  // namespace meta138::test
