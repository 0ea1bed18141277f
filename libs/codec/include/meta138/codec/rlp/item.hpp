// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/decode_error.hpp"

#include <cstddef>
#include <expected>
#include <variant>
#include <vector>

namespace meta138::rlp {

/// Any RLP item as a tree, for tools and tests that know no type. Decoders of types use Reader.
struct Item {
    using List = std::vector<Item>;

    std::variant<Bytes, List> content;

    [[nodiscard]] bool is_list() const noexcept { return content.index() == 1; }
    [[nodiscard]] const Bytes& string() const { return std::get<Bytes>(content); }
    [[nodiscard]] const List& list() const { return std::get<List>(content); }

    friend bool operator==(const Item& a, const Item& b) { return a.content == b.content; }
};

/// Lists nested deeper than this are refused, unless the caller says otherwise. Ethereum's own
/// types nest six deep.
inline constexpr std::size_t default_max_depth = 64;

/// Decodes the one item that the whole of `encoded` must be; every item in it must be canonical. A
/// tree takes up to about 40 times the memory of its encoding.
[[nodiscard]] std::expected<Item, DecodeError> decode_item(
    ByteView encoded, std::size_t max_depth = default_max_depth);

/// Checks what decode_item() checks, without building the tree.
[[nodiscard]] std::expected<void, DecodeError> validate_item(
    ByteView encoded, std::size_t max_depth = default_max_depth);

[[nodiscard]] Bytes encode_item(const Item& item);

}  // namespace meta138::rlp
