// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace meta138 {

/// A type of the contract ABI (Solidity documentation, "Contract ABI Specification").
struct AbiType {
    enum class Kind : std::uint8_t {
        uint,     ///< uint<size>
        integer,  ///< int<size>, in two's complement
        address,
        boolean,
        fixed_bytes,  ///< bytes<size>
        bytes,
        string,
        array,  ///< Of `length` elements, or of any number.
        tuple,
    };
    Kind kind{};
    std::size_t size = 0;               ///< Bits of integers, bytes of fixed_bytes.
    std::optional<std::size_t> length;  ///< Of an array T[length].
    std::vector<AbiType> components;    ///< Of an array its one element type.

    /// Encoded behind the values of fixed size, which hold its offset.
    [[nodiscard]] bool is_dynamic() const noexcept;
    /// Bytes among the values of fixed size: 32 for a dynamic type's offset.
    [[nodiscard]] std::size_t head_size() const noexcept;

    friend bool operator==(const AbiType&, const AbiType&) = default;
};

/// A canonical name such as "uint256", "bytes10", "(address,string)[2][]"; also "uint", "int" and
/// "function". Absent for anything else, for more than 16 levels of nesting, and for types of more
/// than a MiB.
std::optional<AbiType> parse_abi_type(std::string_view name);

/// A value of any type. Integers, addresses and booleans are a word, bytes of all kinds and strings
/// are Bytes, arrays and tuples are lists.
struct AbiValue {
    std::variant<uint256, Bytes, std::vector<AbiValue>> value;

    friend bool operator==(const AbiValue&, const AbiValue&) = default;
};

enum class AbiError : std::uint8_t {
    type_mismatch,  ///< A value of another shape than its type, or another number of values.
    out_of_range,   ///< An integer that its type cannot hold.
    truncated,      ///< The data ends too early, or an offset points behind it.
    not_padded,     ///< Bytes are followed by others than zeros.
    too_large,      ///< Values would be larger than the data: parts of it are used twice.
};

std::string_view to_string(AbiError error) noexcept;

/// The arguments of a call, as a tuple of `types`.
std::expected<Bytes, AbiError> encode_abi(std::span<const AbiType> types,
                                          std::span<const AbiValue> values);

/// The inverse of encode_abi; bytes behind the last value are ignored.
std::expected<std::vector<AbiValue>, AbiError> decode_abi(std::span<const AbiType> types,
                                                          ByteView data);

/// The first four bytes of keccak256 of "transfer(address,uint256)".
FixedBytes<4> function_selector(std::string_view signature);

}  // namespace meta138
