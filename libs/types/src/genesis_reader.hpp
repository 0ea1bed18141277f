// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_value.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/genesis.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace meta138 {

/// Reads members of one object of a genesis file. Names match in any case, null counts as absent.
/// The first error sticks and is shared by the readers of nested objects.
class GenesisReader {
public:
    /// `value` at `path`, which must be an object. `error` outlives the reader.
    GenesisReader(const JsonValue& value, std::string path, std::optional<GenesisError>& error);

    /// The member, or null. `names`: the name to report, then other spellings of the same member.
    [[nodiscard]] const JsonValue* find(std::initializer_list<std::string_view> names) const;

    /// A number, or a text with a decimal or, after 0x, hexadecimal number.
    std::optional<uint256> quantity(std::initializer_list<std::string_view> names) const;
    std::optional<std::uint64_t> integer(std::initializer_list<std::string_view> names) const;
    /// Hexadecimal digits with or without 0x.
    std::optional<Bytes> bytes(std::string_view name) const;
    std::optional<bool> boolean(std::string_view name) const;
    std::optional<std::string> text(std::string_view name) const;
    /// Digits that fill Fixed from the right: at most as many bytes as it has.
    template <typename Fixed>
    std::optional<Fixed> padded(std::string_view name) const;
    /// Exactly as many bytes as Fixed has.
    template <typename Fixed>
    std::optional<Fixed> fixed(std::string_view name) const;

    /// A member that must be an object; a reader of no members when it is absent.
    [[nodiscard]] GenesisReader nested(std::string_view name) const;

    [[nodiscard]] const JsonObject& members() const noexcept { return *members_; }
    [[nodiscard]] std::string path_of(std::string_view name) const;
    void fail(std::string_view name, std::string reason) const;
    [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }

private:
    const JsonObject* members_;
    std::string path_;
    std::optional<GenesisError>& error_;
};

/// Decimal, or hexadecimal after 0x ("0x" is 0, as in test files); what is wrong with it otherwise.
std::expected<uint256, std::string> parse_genesis_quantity(std::string_view text);
/// An even number of digits with or without 0x.
std::expected<Bytes, std::string> parse_genesis_hex(std::string_view text);
/// A number written as digits with or without 0x, right-aligned in `size` bytes: "0x3" is common
/// for nonces and storage.
std::expected<Bytes, std::string> parse_genesis_word(std::string_view text, std::size_t size);

std::string lower_case(std::string_view text);

template <typename Fixed>
std::optional<Fixed> GenesisReader::padded(std::string_view name) const {
    const auto digits = text(name);
    if (!digits) return std::nullopt;
    const auto word = parse_genesis_word(*digits, Fixed::size());
    if (!word) {
        fail(name, word.error());
        return std::nullopt;
    }
    return Fixed::from(ByteView{*word}.first<Fixed::size()>());
}

template <typename Fixed>
std::optional<Fixed> GenesisReader::fixed(std::string_view name) const {
    const auto digits = bytes(name);
    if (!digits) return std::nullopt;
    if (digits->size() != Fixed::size()) {
        fail(name,
             std::to_string(digits->size()) + " bytes instead of " + std::to_string(Fixed::size()));
        return std::nullopt;
    }
    Fixed result;
    std::ranges::copy(*digits, result.begin());
    return result;
}

/// `config`, into the schedule and the switches of `genesis`.
void read_genesis_config(const GenesisReader& config, Genesis& genesis);

}  // namespace meta138
