// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/rlp/reader.hpp"

#include <fmt/format.h>

namespace meta138::rlp {
namespace {

constexpr std::size_t max_short_size = 55;  // longer contents spell their size in bytes of its own

}  // namespace

Reader::Reader(ByteView encoded, ListTag) noexcept : Reader{encoded} {
    const auto item = next(Expect::list);
    expect_end();
    if (!failed()) rest_ = item.content;
}

Reader::Reader(ByteView encoded, ItemTag) noexcept : Reader{encoded} {
    next(Expect::any);
    expect_end();
    if (!failed()) rest_ = encoded;
}

void Reader::expect_end() noexcept {
    if (!rest_.empty()) fail_at(DecodeErrorKind::trailing_bytes, rest_.data());
}

Reader::Reader(Reader& outer) noexcept : begin_{outer.begin_} {
    rest_ = outer.next(Expect::list).content;
    last_ = outer.last_;
    error_ = outer.error_;
    outer_ = &outer;
    outer.inner_ = this;
}

Reader::Item Reader::next(Expect expect) noexcept {
    if (inner_ != nullptr) inner_->close();
    last_ = rest_.data();
    if (rest_.empty()) return fail_at(DecodeErrorKind::truncated, last_);

    const std::uint8_t first = rest_.front();
    const bool is_a_list = first >= 0xc0;
    if (expect == Expect::list && !is_a_list) return fail_at(DecodeErrorKind::expected_list, last_);
    if (expect == Expect::string && is_a_list)
        return fail_at(DecodeErrorKind::expected_string, last_);

    std::size_t header = 1;
    std::uint64_t size = 0;
    if (first < 0x80) {
        header = 0;
        size = 1;
    } else {
        const std::size_t code = first - (is_a_list ? 0xc0U : 0x80U);
        if (code <= max_short_size) {
            size = code;
        } else {
            const std::size_t size_bytes = code - max_short_size;
            if (size_bytes > rest_.size() - 1) return fail_at(DecodeErrorKind::truncated, last_);
            for (const auto byte : rest_.subspan(1, size_bytes)) size = size << 8 | byte;
            if (rest_[1] == 0 || size <= max_short_size)
                return fail_at(DecodeErrorKind::non_canonical_size, last_);
            header += size_bytes;
        }
        if (size > rest_.size() - header) return fail_at(DecodeErrorKind::truncated, last_);
        if (first == 0x81 && rest_[1] < 0x80)
            return fail_at(DecodeErrorKind::non_canonical_size, last_);
    }

    const auto whole = rest_.first(header + size);
    rest_ = rest_.subspan(header + size);
    return {.whole = whole, .content = whole.subspan(header)};
}

Reader::Item Reader::fail_at(DecodeErrorKind kind, const std::uint8_t* place) noexcept {
    if (!error_) error_ = DecodeError{kind, static_cast<std::size_t>(place - begin_)};
    rest_ = rest_.last(0);
    for (Reader* outer = outer_; outer != nullptr; outer = outer->outer_) {
        if (!outer->error_) outer->error_ = error_;
        outer->rest_ = outer->rest_.last(0);
    }
    return {};
}

// Unread items are an error of the outer reader. A later read from a closed reader is one as well,
// because nothing is left in it.
void Reader::close() noexcept {
    if (inner_ != nullptr) inner_->close();
    if (!rest_.empty()) fail_at(DecodeErrorKind::left_over_items, rest_.data());
    outer_->inner_ = nullptr;
}

std::expected<void, DecodeError> Reader::finish() noexcept {
    if (inner_ != nullptr) inner_->close();
    if (!rest_.empty()) fail_at(DecodeErrorKind::left_over_items, rest_.data());
    if (error_) return std::unexpected{*error_};
    return {};
}

std::uint64_t Reader::integer_of_at_most(std::size_t size) noexcept {
    const auto content = bytes();
    if (content.size() > size) {
        fail(DecodeErrorKind::integer_too_large);
        return 0;
    }
    if (!content.empty() && content.front() == 0) {
        fail(DecodeErrorKind::leading_zero);
        return 0;
    }
    std::uint64_t value = 0;
    for (const auto byte : content) value = value << 8 | byte;
    return value;
}

uint256 Reader::wide_integer() noexcept {
    const auto content = bytes();
    if (content.size() > 32) {
        fail(DecodeErrorKind::integer_too_large);
        return {};
    }
    if (!content.empty() && content.front() == 0) {
        fail(DecodeErrorKind::leading_zero);
        return {};
    }
    return uint256_from_be(content);
}

std::string_view to_string(DecodeErrorKind kind) noexcept {
    switch (kind) {
        case DecodeErrorKind::truncated: return "truncated";
        case DecodeErrorKind::non_canonical_size: return "a size that is not in its shortest form";
        case DecodeErrorKind::leading_zero: return "an integer with a leading zero";
        case DecodeErrorKind::integer_too_large: return "an integer that is too large";
        case DecodeErrorKind::expected_list: return "a string where a list belongs";
        case DecodeErrorKind::expected_string: return "a list where a string belongs";
        case DecodeErrorKind::wrong_length: return "a string of the wrong length";
        case DecodeErrorKind::left_over_items: return "more items than expected";
        case DecodeErrorKind::trailing_bytes: return "bytes after the end of the item";
        case DecodeErrorKind::too_many_items: return "too many items";
        case DecodeErrorKind::too_deep: return "lists nested too deeply";
        case DecodeErrorKind::invalid_value: return "an invalid value";
    }
    return "an unknown error";
}

std::string to_string(const DecodeError& error) {
    return fmt::format("{}, at byte {}", to_string(error.kind), error.offset);
}

}  // namespace meta138::rlp
