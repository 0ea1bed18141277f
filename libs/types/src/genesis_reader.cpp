// SPDX-License-Identifier: Apache-2.0
#include "genesis_reader.hpp"

#include <algorithm>

namespace meta138 {
namespace {

constexpr char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view without_prefix(std::string_view text) noexcept {
    const bool has_prefix = text.starts_with("0x") || text.starts_with("0X");
    return has_prefix ? text.substr(2) : text;
}

const JsonObject no_members;

}  // namespace

std::string lower_case(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::expected<uint256, std::string> parse_genesis_quantity(std::string_view text) {
    // Java's Long.decode takes a leading zero for octal, go-ethereum for decimal: nobody means it.
    if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9')
        return std::unexpected{"a decimal number with a leading zero"};
    const auto number = text.starts_with("0x") || text.starts_with("0X")
                            ? parse_hex_uint256("0x" + std::string{text.substr(2)})
                            : parse_uint256(text);
    if (!number) return std::unexpected{std::string{to_string(number.error())}};
    return *number;
}

std::expected<Bytes, std::string> parse_genesis_hex(std::string_view text) {
    auto bytes = decode_hex_digits(without_prefix(text));
    if (!bytes) return std::unexpected{std::string{to_string(bytes.error())}};
    return *std::move(bytes);
}

std::expected<Bytes, std::string> parse_genesis_word(std::string_view text, std::size_t size) {
    std::string digits{without_prefix(text)};
    if (digits.size() > 2 * size)
        return std::unexpected{"more than " + std::to_string(size) + " bytes"};
    digits.insert(0, 2 * size - digits.size(), '0');
    auto bytes = decode_hex_digits(digits);
    if (!bytes) return std::unexpected{std::string{to_string(bytes.error())}};
    return *std::move(bytes);
}

GenesisReader::GenesisReader(const JsonValue& value, std::string path,
                             std::optional<GenesisError>& error)
    : members_{value.object()}, path_{std::move(path)}, error_{error} {
    if (members_ != nullptr) return;
    members_ = &no_members;
    if (!error_ && !value.is_null()) error_ = {path_.empty() ? "$" : path_, "not an object"};
}

std::string GenesisReader::path_of(std::string_view name) const {
    return path_.empty() ? std::string{name} : path_ + "." + std::string{name};
}

void GenesisReader::fail(std::string_view name, std::string reason) const {
    if (!error_) error_ = {path_of(name), std::move(reason)};
}

const JsonValue* GenesisReader::find(std::initializer_list<std::string_view> names) const {
    const JsonValue* found = nullptr;
    for (const auto& [key, value] : *members_) {
        const auto matches = [&](std::string_view name) { return same_name(key, name); };
        if (std::ranges::none_of(names, matches)) continue;
        if (found != nullptr) {
            fail(*names.begin(), "given twice");
            return nullptr;
        }
        found = &value;
    }
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<uint256> GenesisReader::quantity(
    std::initializer_list<std::string_view> names) const {
    const auto* value = find(names);
    if (value == nullptr) return std::nullopt;
    const auto* number = value->number();
    const auto* string = value->string();
    if (number == nullptr && string == nullptr) {
        fail(*names.begin(), "not a number");
        return std::nullopt;
    }
    const auto parsed = parse_genesis_quantity(number != nullptr ? number->text : *string);
    if (!parsed) {
        fail(*names.begin(), parsed.error());
        return std::nullopt;
    }
    return *parsed;
}

std::optional<std::uint64_t> GenesisReader::integer(
    std::initializer_list<std::string_view> names) const {
    const auto number = quantity(names);
    if (!number) return std::nullopt;
    if (!number->fits_uint64()) {
        fail(*names.begin(), "2^64 or more");
        return std::nullopt;
    }
    return number->low64();
}

std::optional<std::string> GenesisReader::text(std::string_view name) const {
    const auto* value = find({name});
    if (value == nullptr) return std::nullopt;
    if (const auto* string = value->string()) return *string;
    fail(name, "not a string");
    return std::nullopt;
}

std::optional<Bytes> GenesisReader::bytes(std::string_view name) const {
    const auto digits = text(name);
    if (!digits) return std::nullopt;
    auto parsed = parse_genesis_hex(*digits);
    if (!parsed) {
        fail(name, parsed.error());
        return std::nullopt;
    }
    return *std::move(parsed);
}

std::optional<bool> GenesisReader::boolean(std::string_view name) const {
    const auto* value = find({name});
    if (value == nullptr) return std::nullopt;
    if (const auto* flag = value->boolean()) return *flag;
    fail(name, "neither true nor false");
    return std::nullopt;
}

GenesisReader GenesisReader::nested(std::string_view name) const {
    static const JsonValue absent;
    const auto* value = find({name});
    return {value == nullptr ? absent : *value, path_of(name), error_};
}

}  // namespace meta138
