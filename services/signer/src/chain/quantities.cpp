// SPDX-License-Identifier: Apache-2.0
#include "chain/quantities.hpp"

#include <charconv>
#include <string_view>

namespace meta138::signer {

std::optional<std::uint64_t> read_quantity(json::Value value) {
    const auto text = value.string();
    if (!text || !text->starts_with("0x")) return std::nullopt;
    const auto digits = text->substr(2);
    std::uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

std::optional<uint256> read_uint256(json::Value value) {
    const auto text = value.string();
    if (!text || !text->starts_with("0x")) return std::nullopt;
    const auto number = parse_uint256(*text);
    return number ? std::optional{*number} : std::nullopt;
}

}  // namespace meta138::signer
