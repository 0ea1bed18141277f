// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace meta138::crypto::test {

inline nlohmann::json read_json(const std::filesystem::path& path) {
    std::ifstream file{path};
    return nlohmann::json::parse(file);
}

/// The bytes of a string of digits, with or without a prefix; throws if it is none.
inline Bytes bytes_of(const nlohmann::json& digits) {
    auto text = digits.get<std::string>();
    if (text.starts_with("0x")) text.erase(0, 2);
    auto decoded = decode_hex_digits(text);
    if (!decoded) throw std::runtime_error{"not hexadecimal: " + text};
    return *std::move(decoded);
}

/// `bytes` as N of them: zeros in front, or leading zeros taken away; throws if that is not enough.
template <std::size_t N = 32>
FixedBytes<N> fixed_of(ByteView bytes) {
    while (bytes.size() > N) {
        if (bytes.front() != 0) throw std::runtime_error{"does not fit"};
        bytes = bytes.subspan(1);
    }
    FixedBytes<N> result;
    std::ranges::copy(bytes, result.end() - static_cast<std::ptrdiff_t>(bytes.size()));
    return result;
}

/// The N bytes of `bytes` from `at` on, as if zeros followed its end (how precompiles read input).
template <std::size_t N = 32>
FixedBytes<N> slice(ByteView bytes, std::size_t at) {
    FixedBytes<N> result;
    for (std::size_t i = 0; i < N && at + i < bytes.size(); ++i) result[i] = bytes[at + i];
    return result;
}

}  // namespace meta138::crypto::test
