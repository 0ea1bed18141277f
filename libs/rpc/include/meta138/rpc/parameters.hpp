// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/try.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/rpc/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace meta138::rpc {

/// How a parameter of type T is read: `static RpcResult<T> decode(json::Value value)`, given an
/// absent value when the caller left it out. The error is Besu's for that kind of parameter.
///
/// A method that takes std::optional<T> takes a parameter that may be absent or null.
template <typename T>
struct Parameter;

/// All parameters as they came, for methods that read them by themselves; always an array.
struct Arguments {
    json::Value values;
};

enum class BlockTag : std::uint8_t { latest, earliest, pending, safe, finalized };

/// A block by number or tag.
struct BlockNumberParameter {
    std::variant<std::uint64_t, BlockTag> value = BlockTag::latest;

    friend bool operator==(const BlockNumberParameter&, const BlockNumberParameter&) = default;
};

/// A block by number, tag or hash (EIP-1898).
struct BlockParameter {
    struct ByHash {
        Hash32 hash;
        bool require_canonical = false;

        friend bool operator==(const ByHash&, const ByHash&) = default;
    };
    std::variant<std::uint64_t, BlockTag, ByHash> value = BlockTag::latest;

    friend bool operator==(const BlockParameter&, const BlockParameter&) = default;
};

struct BlockHash {
    Hash32 value;
};
struct TransactionHash {
    Hash32 value;
};
/// Of a transaction in its block.
struct TransactionIndex {
    std::uint64_t value = 0;
};
/// Of an ommer in its block.
struct OmmerIndex {
    std::uint64_t value = 0;
};
/// Whether blocks come with whole transactions rather than their hashes.
struct FullTransactions {
    bool value = false;
};
/// A slot's key: hexadecimal, at most 32 bytes.
struct StorageKey {
    uint256 value;
};
/// An id of a filter or subscription.
struct FilterId {
    std::string_view value;  ///< Lives as long as the request.
};

// Pieces from which parameters are made. Absent: the text is not that.

/// "0x" and at least one digit; leading zeros are let through, as Besu does.
[[nodiscard]] std::optional<std::uint64_t> parse_lenient_quantity(std::string_view text) noexcept;
/// A hexadecimal quantity or a JSON number.
[[nodiscard]] std::optional<std::uint64_t> integer_of(json::Value value) noexcept;
[[nodiscard]] std::optional<uint256> uint256_of(json::Value value);
[[nodiscard]] std::optional<Bytes> bytes_of(json::Value value);
[[nodiscard]] std::optional<Address> address_of(json::Value value) noexcept;
[[nodiscard]] std::optional<Hash32> hash_of(json::Value value) noexcept;
/// A number (hexadecimal, decimal text, bare) or a tag in any letter case.
[[nodiscard]] std::optional<BlockNumberParameter> block_number_of(json::Value value) noexcept;

template <>
struct Parameter<Address> {
    static RpcResult<Address> decode(json::Value value);
};
template <>
struct Parameter<BlockHash> {
    static RpcResult<BlockHash> decode(json::Value value);
};
template <>
struct Parameter<BlockNumberParameter> {
    static RpcResult<BlockNumberParameter> decode(json::Value value);
};
template <>
struct Parameter<BlockParameter> {
    static RpcResult<BlockParameter> decode(json::Value value);
};
template <>
struct Parameter<Bytes> {
    static RpcResult<Bytes> decode(json::Value value);
};
template <>
struct Parameter<FilterId> {
    static RpcResult<FilterId> decode(json::Value value);
};
template <>
struct Parameter<FullTransactions> {
    static RpcResult<FullTransactions> decode(json::Value value);
};
template <>
struct Parameter<Hash32> {
    static RpcResult<Hash32> decode(json::Value value);
};
template <>
struct Parameter<OmmerIndex> {
    static RpcResult<OmmerIndex> decode(json::Value value);
};
template <>
struct Parameter<StorageKey> {
    static RpcResult<StorageKey> decode(json::Value value);
};
template <>
struct Parameter<TransactionHash> {
    static RpcResult<TransactionHash> decode(json::Value value);
};
template <>
struct Parameter<TransactionIndex> {
    static RpcResult<TransactionIndex> decode(json::Value value);
};
template <>
struct Parameter<bool> {
    static RpcResult<bool> decode(json::Value value);
};
template <>
struct Parameter<std::string_view> {
    static RpcResult<std::string_view> decode(json::Value value);
};
template <>
struct Parameter<std::uint64_t> {
    static RpcResult<std::uint64_t> decode(json::Value value);
};
template <>
struct Parameter<uint256> {
    static RpcResult<uint256> decode(json::Value value);
};
template <>
struct Parameter<json::Value> {
    static RpcResult<json::Value> decode(json::Value value);
};

template <typename T>
struct Parameter<std::optional<T>> {
    static RpcResult<std::optional<T>> decode(json::Value value) {
        if (value.is_missing()) return std::optional<T>{};
        TRY_LET(auto decoded, Parameter<T>::decode(value));
        return std::optional<T>{std::move(decoded)};
    }
};

/// An array of a bounded number of T.
template <typename T>
struct Parameter<std::vector<T>> {
    static constexpr std::size_t max_elements = 100'000;

    static RpcResult<std::vector<T>> decode(json::Value value) {
        if (!value.is_array()) return fail(error::invalid_params);
        std::vector<T> result;
        for (const auto element : value.elements()) {
            if (result.size() == max_elements) return fail(error::invalid_params);
            TRY_LET(auto decoded, Parameter<T>::decode(element));
            result.push_back(std::move(decoded));
        }
        return result;
    }
};

}  // namespace meta138::rpc
