// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace meta138::tracing {

/// Appends JSON to a text, and puts the commas. What is opened is the caller's to close.
class JsonWriter {
public:
    /// `text` outlives this object.
    explicit JsonWriter(std::string& text) : text_{text} {}

    JsonWriter& open_object();
    JsonWriter& close_object();
    JsonWriter& open_array();
    JsonWriter& close_array();
    /// A name within an object; its value comes next. No character of it needs escaping.
    JsonWriter& key(std::string_view name);

    void null();
    void boolean(bool value);
    void number(std::uint64_t value);
    /// Any text: escaped as need be, and what is not UTF-8 replaced.
    void string(std::string_view value);
    /// "0x1a"
    void quantity(std::uint64_t value);
    void quantity(const uint256& value);
    /// "0x" and two digits a byte.
    void hex(ByteView bytes);
    /// Two digits a byte.
    void hex_digits(ByteView bytes);

private:
    void separate();

    std::string& text_;
    bool needs_comma_ = false;
};

}  // namespace meta138::tracing
