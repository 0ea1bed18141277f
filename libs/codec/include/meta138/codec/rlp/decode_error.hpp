// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace meta138::rlp {

enum class DecodeErrorKind : std::uint8_t {
    truncated,  ///< An item is announced that the input, or the enclosing list, does not hold.
    non_canonical_size,  ///< A size that has a shorter spelling, or a byte below 0x80 with a
                         ///< header.
    leading_zero,        ///< An integer with a leading zero byte; zero itself is the empty string.
    integer_too_large,   ///< More bytes than the integer type has.
    expected_list,       ///< A string where a list belongs.
    expected_string,     ///< A list where a string belongs.
    wrong_length,        ///< A string of another size than the fixed one.
    left_over_items,     ///< A list has more items than its type.
    trailing_bytes,      ///< Bytes after the one item that the input should be.
    too_many_items,      ///< More items than the caller allows.
    too_deep,            ///< Lists nested deeper than the caller allows.
    invalid_value,       ///< Well-formed, but not a value of the type that is decoded.
};

/// What is wrong, and where: `offset` counts bytes from the start of the outermost reader's input
/// to the offending item.
struct DecodeError {
    DecodeErrorKind kind{};
    std::size_t offset = 0;

    friend bool operator==(const DecodeError&, const DecodeError&) = default;
};

std::string_view to_string(DecodeErrorKind kind) noexcept;
/// "a list where a string belongs, at byte 12"
std::string to_string(const DecodeError& error);

}  // namespace meta138::rlp
