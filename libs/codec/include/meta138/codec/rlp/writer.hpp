// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ranges>
#include <utility>

namespace meta138::rlp {

// Sizes, without encoding: for size limits (EIP-7934) and exact buffers.

/// Bytes of the header of a list with a payload of that size, or of a string of two bytes or more.
constexpr std::size_t header_size(std::size_t payload_size) noexcept {
    return payload_size <= 55
               ? 1
               : 1 + (static_cast<std::size_t>(std::bit_width(payload_size)) + 7) / 8;
}
/// Bytes of a list whose items have that many bytes together.
constexpr std::size_t list_size(std::size_t payload_size) noexcept {
    return header_size(payload_size) + payload_size;
}
constexpr std::size_t encoded_size(ByteView string) noexcept {
    return string.size() == 1 && string[0] < 0x80 ? 1 : header_size(string.size()) + string.size();
}
constexpr std::size_t encoded_size(std::uint64_t integer) noexcept {
    return integer < 0x80 ? 1 : 1 + (static_cast<std::size_t>(std::bit_width(integer)) + 7) / 8;
}
constexpr std::size_t encoded_size(const uint256& integer) noexcept {
    return integer < uint256{0x80} ? 1 : 1 + integer.byte_length();
}
template <std::size_t N>
constexpr std::size_t encoded_size(const FixedBytes<N>& fixed) noexcept {
    return encoded_size(ByteView{fixed.bytes});
}

/// Writes the header of a list with a payload of that size; returns the end of what it wrote, which
/// is header_size(payload_size) bytes.
std::uint8_t* write_list_header(std::uint8_t* out, std::size_t payload_size) noexcept;
/// Writes a string with its header; returns the end of what it wrote, which is encoded_size(string)
/// bytes.
std::uint8_t* write_string(std::uint8_t* out, ByteView string) noexcept;

/// Appends RLP items to a buffer, front to back in one pass.
///
///     rlp::Writer out;
///     out.list([&] {
///     out.integer(w.index).integer(w.validator_index).fixed(w.address).integer(w.amount); });
///     return out.take();
///
/// A list's header is written when the list ends: its payload then moves up by the header's bytes
/// that the hint did not foresee (none for lists of at most 55 bytes, or with a good hint).
class Writer {
public:
    Writer() = default;
    /// Reuses the memory of `buffer`; what it held is gone.
    explicit Writer(Bytes buffer) noexcept : out_{std::move(buffer)} { out_.clear(); }

    Writer& string(ByteView content);
    /// Big-endian without leading zeros; zero is the empty string.
    Writer& integer(std::uint64_t value);
    Writer& integer(const uint256& value);
    template <std::size_t N>
    Writer& fixed(const FixedBytes<N>& value) {
        return string(value.bytes);
    }
    /// The empty string for none.
    template <std::size_t N>
    Writer& optional_fixed(const std::optional<FixedBytes<N>>& value) {
        return value ? fixed(*value) : string({});
    }
    /// Items that are encoded already (or bytes that are no RLP, such as a transaction's type).
    Writer& raw(ByteView encoded) {
        out_.insert(out_.end(), encoded.begin(), encoded.end());
        return *this;
    }
    Writer& raw(std::uint8_t byte) {
        out_.push_back(byte);
        return *this;
    }

    /// A list of what `write_items` writes to this writer. `payload_hint` is the payload's size,
    /// roughly.
    template <std::invocable WriteItems>
    Writer& list(WriteItems&& write_items, std::size_t payload_hint = 0) {
        const auto mark = begin_list(payload_hint);
        std::invoke(write_items);
        return end_list(mark);
    }
    /// A list of what `write_item(out, element)` writes for each element.
    template <std::ranges::input_range Range, typename WriteItem>
    Writer& items(const Range& range, WriteItem&& write_item, std::size_t payload_hint = 0) {
        const auto mark = begin_list(payload_hint);
        for (const auto& element : range) std::invoke(write_item, *this, element);
        return end_list(mark);
    }

    /// Where an open list begins. Lists end in the reverse order of their beginnings.
    struct ListMark {
        std::size_t payload;  // where it starts in the buffer
        std::size_t header;   // bytes kept free before it
    };
    [[nodiscard]] ListMark begin_list(std::size_t payload_hint = 0);
    Writer& end_list(ListMark mark);

    [[nodiscard]] ByteView view() const noexcept { return out_; }
    [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }
    void reserve(std::size_t bytes) { out_.reserve(bytes); }
    void clear() noexcept { out_.clear(); }
    /// What was written; the writer is empty afterwards.
    [[nodiscard]] Bytes take() noexcept { return std::exchange(out_, {}); }

private:
    Bytes out_;
};

/// An encoded item among the arguments of encode_list.
struct Raw {
    ByteView encoded;
};
constexpr std::size_t encoded_size(Raw raw) noexcept {
    return raw.encoded.size();
}

namespace detail {
inline void append(Writer& out, std::uint64_t value) {
    out.integer(value);
}
inline void append(Writer& out, const uint256& value) {
    out.integer(value);
}
inline void append(Writer& out, ByteView value) {
    out.string(value);
}
inline void append(Writer& out, Raw value) {
    out.raw(value.encoded);
}
template <std::size_t N>
void append(Writer& out, const FixedBytes<N>& value) {
    out.fixed(value);
}
}  // namespace detail

/// One list of a few values, in a buffer of its exact size: integers, uint256, FixedBytes, byte
/// strings and Raw items.
template <typename... Values>
[[nodiscard]] Bytes encode_list(const Values&... values) {
    const std::size_t payload = (std::size_t{0} + ... + encoded_size(values));
    Writer out;
    out.reserve(list_size(payload));
    out.list([&] { (detail::append(out, values), ...); }, payload);
    return out.take();
}

/// One string item.
[[nodiscard]] Bytes encode_string(ByteView content);
/// One integer item.
[[nodiscard]] Bytes encode_integer(std::uint64_t value);
[[nodiscard]] Bytes encode_integer(const uint256& value);

}  // namespace meta138::rlp
