// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace meta138::json {

/// Appends JSON to a text, and puts the commas. What is opened is the caller's to close.
class Writer {
public:
    /// `text` outlives this object.
    explicit Writer(std::string& text) noexcept : text_{text} {}

    Writer& open_object() {
        separate();
        text_ += '{';
        needs_comma_ = false;
        return *this;
    }
    Writer& close_object() {
        text_ += '}';
        needs_comma_ = true;
        return *this;
    }
    Writer& open_array() {
        separate();
        text_ += '[';
        needs_comma_ = false;
        return *this;
    }
    Writer& close_array() {
        text_ += ']';
        needs_comma_ = true;
        return *this;
    }
    /// A name within an object; its value comes next. No character of it needs escaping.
    Writer& key(std::string_view name) {
        separate();
        text_ += '"';
        text_ += name;
        text_ += "\":";
        needs_comma_ = false;
        return *this;
    }

    void null();
    void boolean(bool value);
    /// In decimal.
    template <std::integral Integer>
    void number(Integer value) {
        if constexpr (std::is_signed_v<Integer>) {
            signed_number(value);
        } else {
            unsigned_number(value);
        }
    }
    /// The shortest decimal that reads as `value` again, always with a fraction or an exponent, so
    /// that it stays a floating-point number; null for what JSON cannot write.
    void number(double value);
    /// Any text: escaped as need be, and what is not UTF-8 replaced.
    void string(std::string_view value);
    /// "0x1a"
    void quantity(std::uint64_t value);
    void quantity(const uint256& value);
    /// "0x" and two digits a byte.
    void hex(ByteView bytes);
    /// Two digits a byte.
    void hex_digits(ByteView bytes);
    /// A whole value that is JSON already.
    void raw(std::string_view value) {
        separate();
        text_ += value;
    }

    /// How long the text is.
    [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }

private:
    void signed_number(std::int64_t value);
    void unsigned_number(std::uint64_t value);
    void separate() {
        if (needs_comma_) text_ += ',';
        needs_comma_ = true;
    }

    std::string& text_;
    bool needs_comma_ = false;
};

}  // namespace meta138::json
