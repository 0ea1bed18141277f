// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/json/reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

namespace meta138::json {

namespace {

using simdjson::dom::element;

/// Where simdjson's elements and iterators point: a document, and an index into its tape.
struct Place {
    const void* document;
    std::size_t index;
};
static_assert(sizeof(element) == sizeof(Place) && std::is_trivially_copyable_v<element>);
static_assert(sizeof(simdjson::dom::array::iterator) == sizeof(Place));
static_assert(sizeof(simdjson::dom::object::iterator) == sizeof(Place));

template <typename Simdjson>
Simdjson restore(const void* document, std::size_t index) {
    return std::bit_cast<Simdjson>(Place{document, index});
}

template <typename Simdjson>
Place place_of(const Simdjson& value) {
    return std::bit_cast<Place>(value);
}

/// What separates or opens values, strings included: never fewer than there are values.
std::size_t count_values_roughly(std::string_view text) {
    return 1 + static_cast<std::size_t>(std::ranges::count_if(text, [](char character) {
               return (character == ',') | (character == '[') | (character == '{') |
                      (character == ':');
           }));
}

}  // namespace

std::string_view to_string(ReadError error) noexcept {
    switch (error) {
        case ReadError::malformed: return "not JSON";
        case ReadError::too_large: return "too large";
        case ReadError::too_deep: return "nested too deeply";
        case ReadError::too_many: return "too many values";
    }
    std::unreachable();
}

Type Value::type() const noexcept {
    if (is_absent()) return Type::absent;
    switch (restore<element>(document_, index_).type()) {
        case simdjson::dom::element_type::ARRAY: return Type::array;
        case simdjson::dom::element_type::OBJECT: return Type::object;
        case simdjson::dom::element_type::INT64:
        case simdjson::dom::element_type::UINT64: return Type::integer;
        case simdjson::dom::element_type::DOUBLE: return Type::number;
        case simdjson::dom::element_type::STRING: return Type::string;
        case simdjson::dom::element_type::BOOL: return Type::boolean;
        case simdjson::dom::element_type::NULL_VALUE: return Type::null;
    }
    std::unreachable();
}

bool Value::is_missing() const noexcept {
    return is_absent() || restore<element>(document_, index_).is_null();
}

std::optional<std::string_view> Value::string() const noexcept {
    std::string_view result;
    if (is_absent() || restore<element>(document_, index_).get(result) != simdjson::SUCCESS)
        return std::nullopt;
    return result;
}

std::optional<bool> Value::boolean() const noexcept {
    bool result = false;
    if (is_absent() || restore<element>(document_, index_).get(result) != simdjson::SUCCESS)
        return std::nullopt;
    return result;
}

std::optional<std::uint64_t> Value::unsigned_integer() const noexcept {
    std::uint64_t result = 0;
    if (is_absent() || restore<element>(document_, index_).get(result) != simdjson::SUCCESS)
        return std::nullopt;
    return result;
}

std::optional<std::int64_t> Value::signed_integer() const noexcept {
    std::int64_t result = 0;
    if (is_absent() || restore<element>(document_, index_).get(result) != simdjson::SUCCESS)
        return std::nullopt;
    return result;
}

std::optional<double> Value::number() const noexcept {
    double result = 0;
    if (is_absent() || restore<element>(document_, index_).get(result) != simdjson::SUCCESS)
        return std::nullopt;
    return result;
}

std::size_t Value::size() const noexcept {
    std::size_t result = 0;
    if (is_array()) {
        for (const auto value : elements()) result += value.is_absent() ? 0 : 1;
    } else if (is_object()) {
        for (const auto member : members()) result += member.value.is_absent() ? 0 : 1;
    }
    return result;
}

Value Value::at(std::size_t index) const noexcept {
    for (const auto value : elements()) {
        if (index-- == 0) return value;
    }
    return {};
}

Value Value::find(std::string_view name) const noexcept {
    Value result;
    for (const auto member : members()) {
        if (member.name == name) result = member.value;
    }
    return result;
}

Elements Value::elements() const noexcept {
    simdjson::dom::array array;
    if (is_absent() || restore<element>(document_, index_).get(array) != simdjson::SUCCESS)
        return {Value{}, Value{}};
    return {Value{document_, place_of(array.begin()).index},
            Value{document_, place_of(array.end()).index}};
}

Elements::Iterator& Elements::Iterator::operator++() noexcept {
    auto iterator = restore<simdjson::dom::array::iterator>(place_.document_, place_.index_);
    place_.index_ = place_of(++iterator).index;
    return *this;
}

Members Value::members() const noexcept {
    simdjson::dom::object object;
    if (is_absent() || restore<element>(document_, index_).get(object) != simdjson::SUCCESS)
        return {Value{}, Value{}};
    return {Value{document_, place_of(object.begin()).index},
            Value{document_, place_of(object.end()).index}};
}

Member Members::Iterator::operator*() const noexcept {
    const auto iterator = restore<simdjson::dom::object::iterator>(place_.document_, place_.index_);
    // Iterating in simdjson, the value stands next to its name.
    return {iterator.key(), Value{place_.document_, place_.index_ + 1}};
}

Members::Iterator& Members::Iterator::operator++() noexcept {
    auto iterator = restore<simdjson::dom::object::iterator>(place_.document_, place_.index_);
    place_.index_ = place_of(++iterator).index;
    return *this;
}

struct Parser::Implementation {
    explicit Implementation(const ReaderLimits& chosen) : limits{chosen} {}

    void reserve(std::size_t size) {
        if (capacity >= size && (capacity <= limits.kept_size || size > limits.kept_size)) return;
        capacity = std::max<std::size_t>(std::bit_ceil(size), 4096);
        buffer = std::make_unique_for_overwrite<char[]>(capacity + simdjson::SIMDJSON_PADDING);
        parser = std::make_unique<simdjson::dom::parser>();
        allocated = parser->allocate(capacity, limits.depth) == simdjson::SUCCESS;
    }

    ReaderLimits limits;
    std::size_t capacity = 0;
    bool allocated = false;
    std::unique_ptr<char[]> buffer;
    std::unique_ptr<simdjson::dom::parser> parser;
};

Parser::Parser(const ReaderLimits& limits)
    : implementation_{std::make_unique<Implementation>(limits)} {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

std::expected<Value, ReadError> Parser::parse(std::string_view text) {
    auto& own = *implementation_;
    if (text.size() > own.limits.size) return std::unexpected{ReadError::too_large};
    if (text.size() > own.limits.values && count_values_roughly(text) > own.limits.values)
        return std::unexpected{ReadError::too_many};
    own.reserve(std::max<std::size_t>(text.size(), 1));
    if (!own.allocated) return std::unexpected{ReadError::too_large};
    std::ranges::copy(text, own.buffer.get());
    std::memset(own.buffer.get() + text.size(), 0, simdjson::SIMDJSON_PADDING);
    element root;
    const auto error = own.parser->parse(own.buffer.get(), text.size(), false).get(root);
    if (error == simdjson::DEPTH_ERROR) return std::unexpected{ReadError::too_deep};
    if (error != simdjson::SUCCESS) return std::unexpected{ReadError::malformed};
    const auto place = place_of(root);
    return Value{place.document, place.index};
}

}  // namespace meta138::json
