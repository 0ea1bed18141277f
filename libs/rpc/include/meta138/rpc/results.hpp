// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/writer.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::rpc {

/// A number as JSON-RPC writes it: "0x1a".
struct Quantity {
    uint256 value;
};

/// A JSON number, where Besu answers with one.
struct Number {
    std::uint64_t value = 0;
};

/// A value that is JSON already.
struct RawJson {
    std::string text;
};

/// Besu's answer of calls that only do something: the string "Success".
struct Success {};

// How the result of a method is written. A type of one's own has its function beside it.

inline void write_result(json::Writer& out, std::nullptr_t) {
    out.null();
}
template <std::same_as<bool> Bool>
void write_result(json::Writer& out, Bool value) {
    out.boolean(value);
}
inline void write_result(json::Writer& out, const Quantity& value) {
    out.quantity(value.value);
}
inline void write_result(json::Writer& out, const Number& value) {
    out.number(value.value);
}
inline void write_result(json::Writer& out, const RawJson& value) {
    out.raw(value.text);
}
inline void write_result(json::Writer& out, Success) {
    out.string("Success");
}
inline void write_result(json::Writer& out, std::string_view value) {
    out.string(value);
}
inline void write_result(json::Writer& out, const std::string& value) {
    out.string(value);
}
inline void write_result(json::Writer& out, const Bytes& value) {
    out.hex(value);
}
template <std::size_t N>
void write_result(json::Writer& out, const FixedBytes<N>& value) {
    out.hex(value.bytes);
}
template <typename T>
void write_result(json::Writer& out, const std::optional<T>& value);
template <typename T>
void write_result(json::Writer& out, const std::vector<T>& values) {
    out.open_array();
    for (const auto& value : values) write_result(out, value);
    out.close_array();
}
template <typename T>
void write_result(json::Writer& out, const std::optional<T>& value) {
    if (value) {
        write_result(out, *value);
    } else {
        out.null();
    }
}

}  // namespace meta138::rpc
