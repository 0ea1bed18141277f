// SPDX-License-Identifier: Apache-2.0
#include "object_reader.hpp"

namespace meta138::client {

// Leading zeros are tolerated: some nodes write them, and nothing can be misread.
std::optional<uint256> read_quantity(json::Value value) {
    const auto text = value.string();
    if (!text || *text == "0x") return std::nullopt;
    const auto parsed = parse_hex_uint256(*text);
    return parsed ? std::optional{*parsed} : std::nullopt;
}

std::optional<std::uint64_t> read_quantity64(json::Value value) {
    const auto wide = read_quantity(value);
    if (!wide || !wide->fits_uint64()) return std::nullopt;
    return wide->low64();
}

std::optional<Bytes> read_bytes(json::Value value) {
    const auto text = value.string();
    if (!text) return std::nullopt;
    auto decoded = decode_hex(*text);
    return decoded ? std::optional{*std::move(decoded)} : std::nullopt;
}

}  // namespace meta138::client
