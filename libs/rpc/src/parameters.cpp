// SPDX-License-Identifier: Apache-2.0
#include "meta138/rpc/parameters.hpp"

#include "meta138/base/hex.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace meta138::rpc {

namespace {

bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
    return std::ranges::equal(text, lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

std::optional<BlockTag> parse_tag(std::string_view text) noexcept {
    constexpr std::array<std::pair<std::string_view, BlockTag>, 5> tags{{
        {"latest", BlockTag::latest},
        {"earliest", BlockTag::earliest},
        {"pending", BlockTag::pending},
        {"safe", BlockTag::safe},
        {"finalized", BlockTag::finalized},
    }};
    for (const auto& [name, tag] : tags) {
        if (equals_ignoring_case(text, name)) return tag;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
    std::uint64_t result = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, result);
    if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
    return result;
}

/// Besu takes a text this long for a hash rather than a number.
constexpr std::size_t shortest_hash = 65;

std::optional<BlockParameter> block_of(json::Value value) noexcept {
    const auto text = value.string();
    if (text && text->size() >= shortest_hash) {
        const auto hash = hash_of(value);
        if (!hash) return std::nullopt;
        return BlockParameter{BlockParameter::ByHash{*hash, false}};
    }
    if (value.is_object()) {  // EIP-1898
        const auto hash = value.find("blockHash");
        const auto number = value.find("blockNumber");
        if (hash.is_missing() == number.is_missing()) return std::nullopt;
        if (!number.is_missing()) return block_of(number);
        const auto decoded = hash_of(hash);
        if (!decoded) return std::nullopt;
        const auto canonical = value.find("requireCanonical");
        if (!canonical.is_missing() && !canonical.boolean()) return std::nullopt;
        return BlockParameter{
            BlockParameter::ByHash{*decoded, canonical.boolean().value_or(false)}};
    }
    const auto number = block_number_of(value);
    if (!number) return std::nullopt;
    return std::visit([](auto which) { return BlockParameter{which}; }, number->value);
}

template <typename T>
RpcResult<T> or_fail(std::optional<T> value, const ErrorKind& kind) {
    if (!value) return fail(kind);
    return *std::move(value);
}

}  // namespace

std::optional<std::uint64_t> parse_lenient_quantity(std::string_view text) noexcept {
    if (!text.starts_with("0x") && !text.starts_with("0X")) return std::nullopt;
    text.remove_prefix(2);
    std::uint64_t result = 0;
    if (text.empty()) return std::nullopt;
    for (const char digit : text) {
        const auto value = hex_digit_value(digit);
        if (value > 15 || result >> 60 != 0) return std::nullopt;
        result = result << 4 | value;
    }
    return result;
}

std::optional<std::uint64_t> integer_of(json::Value value) noexcept {
    if (const auto text = value.string()) return parse_lenient_quantity(*text);
    return value.unsigned_integer();
}

std::optional<uint256> uint256_of(json::Value value) {
    if (const auto text = value.string()) {
        const auto parsed = parse_hex_uint256(*text);
        if (!parsed || text->size() == 2) return std::nullopt;
        return *parsed;
    }
    if (const auto number = value.unsigned_integer()) return uint256{*number};
    return std::nullopt;
}

std::optional<Bytes> bytes_of(json::Value value) {
    const auto text = value.string();
    if (!text) return std::nullopt;
    auto decoded = decode_hex(*text);
    if (!decoded) return std::nullopt;
    return *std::move(decoded);
}

std::optional<Address> address_of(json::Value value) noexcept {
    const auto text = value.string();
    if (!text) return std::nullopt;
    const auto decoded = decode_fixed_hex<Address>(*text);
    if (!decoded) return std::nullopt;
    return *decoded;
}

std::optional<Hash32> hash_of(json::Value value) noexcept {
    const auto text = value.string();
    if (!text) return std::nullopt;
    const auto decoded = decode_fixed_hex<Hash32>(*text);
    if (!decoded) return std::nullopt;
    return *decoded;
}

std::optional<BlockNumberParameter> block_number_of(json::Value value) noexcept {
    if (const auto number = value.unsigned_integer()) return BlockNumberParameter{*number};
    const auto text = value.string();
    if (!text) return std::nullopt;
    if (const auto number = parse_lenient_quantity(*text)) return BlockNumberParameter{*number};
    if (const auto tag = parse_tag(*text)) return BlockNumberParameter{*tag};
    if (const auto number = parse_decimal(*text)) return BlockNumberParameter{*number};
    return std::nullopt;
}

RpcResult<Address> Parameter<Address>::decode(json::Value value) {
    return or_fail(address_of(value), error::invalid_address_params);
}

RpcResult<BlockHash> Parameter<BlockHash>::decode(json::Value value) {
    const auto hash = hash_of(value);
    if (!hash) return fail(error::invalid_block_hash_params);
    return BlockHash{*hash};
}

RpcResult<BlockNumberParameter> Parameter<BlockNumberParameter>::decode(json::Value value) {
    return or_fail(block_number_of(value), error::invalid_block_params);
}

RpcResult<BlockParameter> Parameter<BlockParameter>::decode(json::Value value) {
    return or_fail(block_of(value), error::invalid_block_params);
}

RpcResult<Bytes> Parameter<Bytes>::decode(json::Value value) {
    return or_fail(bytes_of(value), error::invalid_data_params);
}

RpcResult<FilterId> Parameter<FilterId>::decode(json::Value value) {
    const auto text = value.string();
    if (!text) return fail(error::invalid_filter_params);
    return FilterId{*text};
}

RpcResult<FullTransactions> Parameter<FullTransactions>::decode(json::Value value) {
    const auto full = value.boolean();
    if (!full) return fail(error::invalid_return_complete_transaction_params);
    return FullTransactions{*full};
}

RpcResult<Hash32> Parameter<Hash32>::decode(json::Value value) {
    return or_fail(hash_of(value), error::invalid_params);
}

RpcResult<OmmerIndex> Parameter<OmmerIndex>::decode(json::Value value) {
    const auto index = integer_of(value);
    if (!index) return fail(error::invalid_block_index_params);
    return OmmerIndex{*index};
}

RpcResult<StorageKey> Parameter<StorageKey>::decode(json::Value value) {
    const auto text = value.string();
    constexpr std::size_t longest = 2 + 64;
    if (!text || text->size() > longest) return fail(error::invalid_position_params);
    const auto key = uint256_of(value);
    if (!key) return fail(error::invalid_position_params);
    return StorageKey{*key};
}

RpcResult<TransactionHash> Parameter<TransactionHash>::decode(json::Value value) {
    const auto hash = hash_of(value);
    if (!hash) return fail(error::invalid_transaction_hash_params);
    return TransactionHash{*hash};
}

RpcResult<TransactionIndex> Parameter<TransactionIndex>::decode(json::Value value) {
    const auto index = integer_of(value);
    if (!index) return fail(error::invalid_transaction_index_params);
    return TransactionIndex{*index};
}

RpcResult<bool> Parameter<bool>::decode(json::Value value) {
    return or_fail(value.boolean(), error::invalid_params);
}

RpcResult<std::string_view> Parameter<std::string_view>::decode(json::Value value) {
    return or_fail(value.string(), error::invalid_params);
}

RpcResult<std::uint64_t> Parameter<std::uint64_t>::decode(json::Value value) {
    return or_fail(integer_of(value), error::invalid_params);
}

RpcResult<uint256> Parameter<uint256>::decode(json::Value value) {
    return or_fail(uint256_of(value), error::invalid_params);
}

RpcResult<json::Value> Parameter<json::Value>::decode(json::Value value) {
    return value;
}

}  // namespace meta138::rpc
