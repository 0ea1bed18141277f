// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/assert.hpp"
#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/rlp/decode_error.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace meta138::rlp {

/// Reads the items of one list in order, strictly: only the canonical encoding of a value is
/// accepted (Yellow Paper appendix B).
///
/// The first error sticks: from then on the reader is empty, reads return zero values, and finish()
/// gives the error, so that a decoder is a list of fields without an `if` between them:
///
///     auto in = rlp::Reader::list(encoded);
///     const Withdrawal withdrawal{.index = in.integer<std::uint64_t>(), ...};
///     return in.finish(withdrawal);
///
/// A nested reader (list()) borrows its outer one: its errors are the outer one's errors, and items
/// that it leaves unread are an error as soon as the outer one is read or finished, or the nested
/// one ends. Never copies: views point into the input, which must outlive them.
class Reader {
public:
    static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

    /// The items of the one list that the whole of `encoded` must be.
    [[nodiscard]] static Reader list(ByteView encoded) noexcept {
        return Reader{encoded, ListTag{}};
    }
    /// Exactly one item of either kind, such as a storage value.
    [[nodiscard]] static Reader item(ByteView encoded) noexcept {
        return Reader{encoded, ItemTag{}};
    }
    /// Items side by side without a list around them, such as the blocks of a file.
    [[nodiscard]] static Reader sequence(ByteView encoded) noexcept { return Reader{encoded}; }

    ~Reader() {
        if (outer_ != nullptr && outer_->inner_ == this) close();
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// The items of the next item, which must be a list.
    [[nodiscard]] Reader list() noexcept { return Reader{*this}; }

    /// Reads the next item as a list of at most `max_count` items of one kind:
    /// `in.items(&Reader::fixed<Hash32>)`, `in.items(read_log)` with `Log read_log(Reader&)`.
    template <std::invocable<Reader&> ReadItem>
    auto items(ReadItem&& read_item, std::size_t max_count = no_limit)
        -> std::vector<std::remove_cvref_t<std::invoke_result_t<ReadItem&, Reader&>>>;

    /// The next item as an unsigned integer: big-endian, without leading zeros.
    template <typename T>
        requires(std::unsigned_integral<T> && !std::same_as<T, bool>) || std::same_as<T, uint256>
    T integer() noexcept;

    /// The next item as a string of exactly as many bytes as Fixed has.
    template <typename Fixed>
    Fixed fixed() noexcept;

    /// As fixed(), but the empty string stands for none: `to` of a transaction that creates.
    template <typename Fixed>
    std::optional<Fixed> optional_fixed() noexcept;

    /// The content of the next item, which must be a string.
    ByteView bytes() noexcept { return next(Expect::string).content; }

    /// The next item of either kind with its header. Of a list only the header has been checked.
    ByteView raw_item() noexcept { return next(Expect::any).whole; }

    /// A field that newer forks appended: none when no item is left, else what `read` returns:
    /// `in.trailing(&Reader::integer<uint256>)`.
    template <std::invocable<Reader&> Read>
    auto trailing(Read&& read)
        -> std::optional<std::remove_cvref_t<std::invoke_result_t<Read&, Reader&>>> {
        if (empty()) return std::nullopt;
        return std::invoke(read, *this);
    }

    /// No item is left. Always so after an error, hence `while (!in.empty())` ends.
    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
    /// The next item is a list; false when there is none.
    [[nodiscard]] bool is_list() const noexcept { return !empty() && rest_.front() >= 0xc0; }
    /// The next item is a string; false when there is none.
    [[nodiscard]] bool is_string() const noexcept { return !empty() && rest_.front() < 0xc0; }
    /// Bytes from the start of the outermost reader's input to the next item.
    [[nodiscard]] std::size_t offset() const noexcept {
        return static_cast<std::size_t>(rest_.data() - begin_);
    }

    /// Records an error at the item read last, unless there is one already: a decoder's own checks.
    void fail(DecodeErrorKind kind) noexcept { fail_at(kind, last_); }
    [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }

    /// The value, or the first error of this reader and the readers nested in it. Items that are
    /// left are an error.
    template <typename T>
    [[nodiscard]] std::expected<std::remove_cvref_t<T>, DecodeError> finish(T&& value) {
        if (const auto end = finish(); !end) return std::unexpected{end.error()};
        return std::forward<T>(value);
    }
    [[nodiscard]] std::expected<void, DecodeError> finish() noexcept;

private:
    enum class Expect : std::uint8_t { any, string, list };
    struct ListTag {};
    struct ItemTag {};
    struct Item {
        ByteView whole;    // with its header
        ByteView content;  // without
    };

    explicit Reader(ByteView encoded) noexcept
        : begin_{encoded.data()}, last_{encoded.data()}, rest_{encoded} {}
    Reader(ByteView encoded, ListTag) noexcept;
    Reader(ByteView encoded, ItemTag) noexcept;
    explicit Reader(Reader& outer) noexcept;

    Item next(Expect expect) noexcept;
    void expect_end() noexcept;
    Item fail_at(DecodeErrorKind kind, const std::uint8_t* place) noexcept;
    void close() noexcept;
    uint256 wide_integer() noexcept;
    std::uint64_t integer_of_at_most(std::size_t size) noexcept;

    const std::uint8_t* begin_ = nullptr;  // of the outermost reader's input
    const std::uint8_t* last_ = nullptr;   // the item read last
    ByteView rest_;
    Reader* outer_ = nullptr;
    Reader* inner_ = nullptr;  // the nested reader that is open
    std::optional<DecodeError> error_;
};

template <std::invocable<Reader&> ReadItem>
auto Reader::items(ReadItem&& read_item, std::size_t max_count)
    -> std::vector<std::remove_cvref_t<std::invoke_result_t<ReadItem&, Reader&>>> {
    std::vector<std::remove_cvref_t<std::invoke_result_t<ReadItem&, Reader&>>> result;
    Reader inner = list();
    while (!inner.empty()) {
        if (result.size() == max_count) {
            inner.fail_at(DecodeErrorKind::too_many_items, inner.rest_.data());
            break;
        }
        const auto left = inner.rest_.size();
        result.push_back(std::invoke(read_item, inner));
        META138_ASSERT(inner.rest_.size() < left);
    }
    return result;
}

template <typename T>
    requires(std::unsigned_integral<T> && !std::same_as<T, bool>) || std::same_as<T, uint256>
T Reader::integer() noexcept {
    if constexpr (std::same_as<T, uint256>)
        return wide_integer();
    else
        return static_cast<T>(integer_of_at_most(sizeof(T)));
}

template <typename Fixed>
Fixed Reader::fixed() noexcept {
    Fixed result;
    const auto content = bytes();
    if (failed()) return result;
    if (content.size() != Fixed::size())
        fail(DecodeErrorKind::wrong_length);
    else
        std::memcpy(result.data(), content.data(), Fixed::size());
    return result;
}

template <typename Fixed>
std::optional<Fixed> Reader::optional_fixed() noexcept {
    if (!empty() && rest_.front() == 0x80) {
        bytes();
        return std::nullopt;
    }
    return fixed<Fixed>();
}

}  // namespace meta138::rlp
