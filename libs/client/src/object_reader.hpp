// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/reader.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace meta138::client {

// Values as JSON-RPC spells them; absent when they are spelled in another way.
[[nodiscard]] std::optional<uint256> read_quantity(json::Value value);
[[nodiscard]] std::optional<std::uint64_t> read_quantity64(json::Value value);
[[nodiscard]] std::optional<Bytes> read_bytes(json::Value value);

template <class Fixed>
[[nodiscard]] std::optional<Fixed> read_fixed(json::Value value) {
    const auto text = value.string();
    if (!text) return std::nullopt;
    const auto decoded = decode_fixed_hex<Fixed>(*text);
    return decoded ? std::optional{*decoded} : std::nullopt;
}

/// Reads members of an object and keeps the first fault: what is read after it is empty, and
/// finish() tells it.
class ObjectReader {
public:
    explicit ObjectReader(json::Value object) : object_{object} {
        if (!object.is_object()) fault_ = "is no object";
    }

    [[nodiscard]] std::uint64_t quantity64(std::string_view name) {
        return must(name, read_quantity64(object_.find(name)));
    }
    [[nodiscard]] uint256 quantity(std::string_view name) {
        return must(name, read_quantity(object_.find(name)));
    }
    [[nodiscard]] Bytes bytes(std::string_view name) {
        return must(name, read_bytes(object_.find(name)));
    }
    template <class Fixed>
    [[nodiscard]] Fixed fixed(std::string_view name) {
        return must(name, read_fixed<Fixed>(object_.find(name)));
    }
    /// Null and absent members are absent.
    [[nodiscard]] std::optional<uint256> optional_quantity(std::string_view name) {
        if (object_.find(name).is_missing()) return std::nullopt;
        return quantity(name);
    }
    template <class Fixed>
    [[nodiscard]] std::optional<Fixed> optional_fixed(std::string_view name) {
        if (object_.find(name).is_missing()) return std::nullopt;
        return fixed<Fixed>(name);
    }
    [[nodiscard]] json::Value find(std::string_view name) const { return object_.find(name); }

    /// Takes note of a fault that the caller has found.
    void fail(std::string_view name) {
        if (fault_.empty()) fault_ = "has no usable '" + std::string{name} + "'";
    }

    template <class T>
    [[nodiscard]] std::expected<T, std::string> finish(T value) {
        if (!fault_.empty()) return std::unexpected{"the result " + fault_};
        return value;
    }

private:
    template <class T>
    T must(std::string_view name, std::optional<T> value) {
        if (!value) fail(name);
        return std::move(value).value_or(T{});
    }

    json::Value object_;
    std::string fault_;
};

}  // namespace meta138::client
