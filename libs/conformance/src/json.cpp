// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <limits>
#include <span>

namespace meta138::conformance {

namespace {

using simdjson::dom::element_type;

// Where JsonDocument's places have the root; place 0 is none.
constexpr std::uint32_t root_place = 1;

// An empty object or array to iterate over where there is none of the fixture's.
struct EmptyContainers {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    simdjson::dom::array array;

    EmptyContainers() {
        simdjson::dom::element root;
        const simdjson::padded_string text{std::string_view{"[{},[]]"}};
        if (parser.parse(text).get(root) != simdjson::SUCCESS) return;
        object = simdjson::dom::object(root.at(0));
        array = simdjson::dom::array(root.at(1));
    }
};

const EmptyContainers& empty_containers() {
    static const EmptyContainers containers;
    return containers;
}

std::string_view name_of(element_type type) {
    switch (type) {
        case element_type::ARRAY: return "a list";
        case element_type::OBJECT: return "an object";
        case element_type::INT64:
        case element_type::UINT64:
        case element_type::DOUBLE: return "a number";
        case element_type::STRING: return "a string";
        case element_type::BOOL: return "a boolean";
        case element_type::NULL_VALUE: return "null";
    }
    return "something else";
}

// Texts in a fault stay short.
std::string shorten(std::string_view text) {
    constexpr std::size_t limit = 80;
    if (text.size() <= limit) return std::string{text};
    return fmt::format("{}… ({} characters)", text.substr(0, limit), text.size());
}

// Where a text stops being JSON. simdjson does not say, so the slow parser is asked.
class ErrorLocator final : public nlohmann::json_sax<nlohmann::json> {
public:
    std::string message;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&,
                     const nlohmann::detail::exception& error) override {
        message = error.what();
        if (const auto bracket = message.find("] "); bracket != std::string::npos)
            message.erase(0, bracket + 2);
        return false;
    }
};

// Integers beyond 64 bits, which some old fixtures have, as strings of the same digits.
std::string quote_big_integers(std::string_view text) {
    constexpr std::size_t safe_digits = 18;
    std::string result;
    result.reserve(text.size() + 64);
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '"') {
            const auto begin = at++;
            while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
            at = std::min(at + 1, text.size());
            result += text.substr(begin, at - begin);
            continue;
        }
        const auto begin = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        const bool is_whole =
            at == text.size() || (text[at] != '.' && text[at] != 'e' && text[at] != 'E');
        const bool starts_number = begin == 0 || (text[begin - 1] != '.' &&
                                                  text[begin - 1] != '-' && text[begin - 1] != '+');
        if (at - begin > safe_digits && is_whole && starts_number) {
            result += '"';
            result += text.substr(begin, at - begin);
            result += '"';
        } else if (at > begin) {
            result += text.substr(begin, at - begin);
        } else {
            result += text[at++];
        }
    }
    return result;
}

std::string_view reason_of(ParseError error) {
    switch (error) {
        case ParseError::too_large: return "does not fit in 256 bits";
        case ParseError::empty:
        case ParseError::missing_prefix:
        case ParseError::bad_digit:
        case ParseError::leading_zero: return "is no number";
    }
    return "is no number";
}

bool decode_hex_bytes(std::string_view digits, std::span<std::uint8_t> out) {
    std::uint8_t bad = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto high = hex_digit_value(digits[2 * i]);
        const auto low = hex_digit_value(digits[2 * i + 1]);
        bad |= high | low;
        out[i] = static_cast<std::uint8_t>(high << 4 | (low & 15));
    }
    return bad < 16;
}

bool remove_hex_prefix(std::string_view& text) {
    if (!text.starts_with("0x") && !text.starts_with("0X")) return false;
    text.remove_prefix(2);
    return true;
}

}  // namespace

std::string JsonFault::to_string() const {
    return place.empty() ? reason : fmt::format("{}: {}", place, reason);
}

bool JsonNode::is_object() const noexcept {
    return present_ && element_.is_object();
}
bool JsonNode::is_array() const noexcept {
    return present_ && element_.is_array();
}
bool JsonNode::is_string() const noexcept {
    return present_ && element_.is_string();
}
bool JsonNode::is_number() const noexcept {
    return present_ && element_.is_number();
}
bool JsonNode::is_bool() const noexcept {
    return present_ && element_.is_bool();
}
bool JsonNode::is_null() const noexcept {
    return present_ && element_.is_null();
}

JsonNode JsonNode::operator[](std::string_view key) const {
    JsonNode child;
    child.document_ = document_;
    child.key_ = key;
    if (document_ == nullptr) return child;
    child.parent_ = enter();
    simdjson::dom::object object;
    if (!present_ || element_.get(object) != simdjson::SUCCESS) return child;
    for (const auto field : object) {
        if (field.key != key) continue;
        child.key_ = field.key;
        child.element_ = field.value;
        child.present_ = true;
        break;
    }
    return child;
}

JsonNode JsonNode::at(std::size_t index) const {
    JsonNode child;
    child.document_ = document_;
    child.index_ = static_cast<std::int32_t>(std::min<std::size_t>(index, 0x7fffffff));
    if (document_ == nullptr) return child;
    child.parent_ = enter();
    simdjson::dom::array array;
    if (!present_ || element_.get(array) != simdjson::SUCCESS) return child;
    child.present_ = array.at(index).get(child.element_) == simdjson::SUCCESS;
    return child;
}

bool JsonNode::has(std::string_view key) const noexcept {
    simdjson::dom::object object;
    if (!present_ || element_.get(object) != simdjson::SUCCESS) return false;
    simdjson::dom::element found;
    return object.at_key(key).get(found) == simdjson::SUCCESS;
}

std::size_t JsonNode::size() const noexcept {
    if (!present_) return 0;
    simdjson::dom::object object;
    if (element_.get(object) == simdjson::SUCCESS) return object.size();
    simdjson::dom::array array;
    if (element_.get(array) == simdjson::SUCCESS) return array.size();
    return 0;
}

JsonNode::Members JsonNode::members() const {
    return Members{*this};
}
JsonNode::Items JsonNode::items() const {
    return Items{*this};
}

std::string_view JsonNode::text() const {
    std::string_view value;
    if (!present_ || element_.get(value) != simdjson::SUCCESS) mismatch("a string");
    return value;
}

bool JsonNode::boolean() const {
    bool value = false;
    if (!present_ || element_.get(value) != simdjson::SUCCESS) mismatch("true or false");
    return value;
}

Bytes JsonNode::bytes() const {
    auto digits = text();
    if (!remove_hex_prefix(digits) && !digits.empty()) {
        fault(fmt::format("should begin with 0x: \"{}\"", shorten(digits)));
        return {};
    }
    Bytes result(digits.size() / 2);
    if (digits.size() % 2 != 0 || !decode_hex_bytes(digits, result)) {
        fault(fmt::format("should be an even number of hex digits: \"{}\"", shorten(text())));
        return {};
    }
    return result;
}

Bytes JsonNode::bare_bytes() const {
    auto digits = text();
    remove_hex_prefix(digits);
    Bytes result(digits.size() / 2);
    if (digits.size() % 2 != 0 || !decode_hex_bytes(digits, result)) {
        fault(fmt::format("should be an even number of hex digits: \"{}\"", shorten(digits)));
        return {};
    }
    return result;
}

uint256 JsonNode::quantity() const {
    std::uint64_t number = 0;
    if (present_ && element_.get(number) == simdjson::SUCCESS) return number;
    const auto digits = text();
    if (digits.empty()) return {};
    const auto value = parse_hex_uint256(digits);
    if (!value) fault(fmt::format("{}: \"{}\"", reason_of(value.error()), shorten(digits)));
    return value.value_or(uint256{});
}

uint256 JsonNode::any_quantity() const {
    if (!is_string() || text().empty() || text().starts_with("0x")) return quantity();
    const auto value = parse_uint256(text());
    if (!value) fault(fmt::format("{}: \"{}\"", reason_of(value.error()), shorten(text())));
    return value.value_or(uint256{});
}

namespace {

std::uint64_t checked_integer(const JsonNode& node, const uint256& value) {
    if (value.fits_uint64()) return value.low64();
    node.fault("does not fit in 64 bits");
    return 0;
}

}  // namespace

std::uint64_t JsonNode::integer() const {
    return checked_integer(*this, quantity());
}
std::uint64_t JsonNode::any_integer() const {
    return checked_integer(*this, any_quantity());
}

Address JsonNode::address() const {
    auto digits = text();
    Address result;
    remove_hex_prefix(digits);
    if (digits.size() != 40 || !decode_hex_bytes(digits, result.bytes)) {
        fault(fmt::format("should be an address of 20 bytes in hex: \"{}\"", shorten(text())));
        return {};
    }
    return result;
}

Hash32 JsonNode::hash() const {
    auto digits = text();
    Hash32 result;
    remove_hex_prefix(digits);
    if (digits.size() != 64 || !decode_hex_bytes(digits, result.bytes)) {
        fault(fmt::format("should be 32 bytes in hex: \"{}\"", shorten(text())));
        return {};
    }
    return result;
}

Hash32 JsonNode::word() const {
    return to_hash32(quantity());
}

void JsonNode::fault(std::string reason) const {
    if (document_ == nullptr || document_->fault_) return;
    if (!present_) reason = "is missing";
    document_->fault_ = JsonFault{.place = path(), .reason = std::move(reason)};
}

void JsonNode::mismatch(std::string_view expected) const {
    fault(present_ ? fmt::format("should be {} but is {}", expected, name_of(element_.type()))
                   : std::string{});
}

std::string JsonNode::path() const {
    std::string result;
    const auto prepend = [&result](std::int32_t index, std::string_view key) {
        result.insert(0,
                      index >= 0 ? fmt::format("[{}]", index) : fmt::format(".{}", shorten(key)));
    };
    if (document_ == nullptr) return "$";
    if (parent_ != 0) {
        prepend(index_, key_);
        for (auto at = parent_; at != root_place; at = document_->places_[at].parent)
            prepend(document_->places_[at].index, document_->places_[at].key);
    }
    return "$" + result;
}

std::uint32_t JsonNode::enter() const {
    if (place_ == 0) {
        place_ = static_cast<std::uint32_t>(document_->places_.size());
        document_->places_.push_back({.parent = parent_, .index = index_, .key = key_});
    }
    return place_;
}

JsonNode::Members::Members(const JsonNode& parent)
    : parent_{parent},
      begin_{empty_containers().object.begin()},
      end_{empty_containers().object.end()} {
    simdjson::dom::object object;
    if (parent.present_ && parent.element_.get(object) == simdjson::SUCCESS) {
        parent_.enter();
        begin_ = object.begin();
        end_ = object.end();
    } else {
        parent.mismatch("an object");
    }
}

std::pair<std::string_view, JsonNode> JsonNode::Members::Iterator::operator*() const {
    JsonNode child;
    child.document_ = parent_->document_;
    child.parent_ = parent_->place_;
    child.key_ = at_.key();
    child.element_ = at_.value();
    child.present_ = true;
    return {child.key_, child};
}

JsonNode::Items::Items(const JsonNode& parent)
    : parent_{parent},
      begin_{empty_containers().array.begin()},
      end_{empty_containers().array.end()} {
    simdjson::dom::array array;
    if (parent.present_ && parent.element_.get(array) == simdjson::SUCCESS) {
        parent_.enter();
        begin_ = array.begin();
        end_ = array.end();
    } else {
        parent.mismatch("a list");
    }
}

JsonNode JsonNode::Items::Iterator::operator*() const {
    JsonNode child;
    child.document_ = parent_->document_;
    child.parent_ = parent_->place_;
    child.index_ = index_;
    child.element_ = *at_;
    child.present_ = true;
    return child;
}

JsonDocument::JsonDocument() {
    places_.resize(1);
}

std::expected<void, JsonFault> JsonDocument::load(const std::filesystem::path& file,
                                                  std::size_t max_bytes) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return std::unexpected{JsonFault{{}, "cannot be read: " + error.message()}};
    if (size > max_bytes) {
        return std::unexpected{JsonFault{
            {}, fmt::format("is too large: {} bytes, and at most {} are read", size, max_bytes)}};
    }
    buffer_.resize(size);
    std::ifstream in{file, std::ios::binary};
    if (!in.read(buffer_.data(), static_cast<std::streamsize>(size)))
        return std::unexpected{JsonFault{{}, "cannot be read to its end"}};
    return parse_buffer();
}

std::expected<void, JsonFault> JsonDocument::parse(std::string_view text) {
    buffer_ = text;
    return parse_buffer();
}

std::expected<void, JsonFault> JsonDocument::parse_buffer() {
    places_.resize(1);
    places_.push_back({.parent = 0, .index = -1, .key = {}});  // the root
    fault_.reset();
    root_ = {};
    const auto parse = [this] {
        buffer_.reserve(buffer_.size() + simdjson::SIMDJSON_PADDING);
        return parser_.parse(buffer_.data(), buffer_.size(), false).get(root_);
    };
    auto error = parse();
    if (error == simdjson::NUMBER_ERROR) {
        buffer_ = quote_big_integers(buffer_);
        error = parse();
    }
    if (error == simdjson::SUCCESS) return {};
    ErrorLocator locator;
    if (error != simdjson::CAPACITY) nlohmann::json::sax_parse(buffer_, &locator);
    const std::string_view reason = locator.message.empty()
                                        ? std::string_view{simdjson::error_message(error)}
                                        : locator.message;
    return std::unexpected{JsonFault{{}, fmt::format("is not JSON: {}", reason)}};
}

JsonNode JsonDocument::root() {
    JsonNode node;
    node.document_ = this;
    node.element_ = root_;
    node.present_ = true;
    node.place_ = root_place;
    return node;
}

}  // namespace meta138::conformance
