// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <simdjson.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::conformance {

/// Why a document cannot be read: the JSON path of the offending value, and what is wrong with it.
struct JsonFault {
    std::string place;  ///< "$.NAME.pre"; empty when the text as a whole is no JSON.
    std::string reason;

    [[nodiscard]] std::string to_string() const;
};

class JsonDocument;

/// A value of a document, or its absence.
///
/// Reading what is absent or of another type records a fault in the document and yields a default:
/// a decoder reads all its fields in a row and asks once at the end, JsonDocument::take_fault().
/// Quantities are read as the fixtures write them: "0x" and hex digits, of which there may be none
/// and leading ones may be zero; where JSON numbers occur they are read too.
class JsonNode {
public:
    JsonNode() = default;

    [[nodiscard]] bool present() const noexcept { return present_; }
    [[nodiscard]] bool is_object() const noexcept;
    [[nodiscard]] bool is_array() const noexcept;
    [[nodiscard]] bool is_string() const noexcept;
    [[nodiscard]] bool is_number() const noexcept;
    [[nodiscard]] bool is_bool() const noexcept;
    /// Present, and JSON's null.
    [[nodiscard]] bool is_null() const noexcept;
    /// Absent, or JSON's null.
    [[nodiscard]] bool empty() const noexcept { return !present_ || is_null(); }

    /// The member of that name, or an absent node.
    [[nodiscard]] JsonNode operator[](std::string_view key) const;
    /// The element of an array, or an absent node.
    [[nodiscard]] JsonNode at(std::size_t index) const;
    [[nodiscard]] bool has(std::string_view key) const noexcept;
    /// Members of an object or elements of an array; 0 of anything else.
    [[nodiscard]] std::size_t size() const noexcept;

    class Members;
    class Items;
    /// The (name, value) pairs of an object, which this must be.
    [[nodiscard]] Members members() const;
    /// The elements of an array, which this must be.
    [[nodiscard]] Items items() const;

    /// Valid as long as the document is.
    [[nodiscard]] std::string_view text() const;
    [[nodiscard]] bool boolean() const;
    /// "0x" and an even number of hex digits; "" is no bytes.
    [[nodiscard]] Bytes bytes() const;
    /// Hex digits with or without "0x".
    [[nodiscard]] Bytes bare_bytes() const;
    [[nodiscard]] uint256 quantity() const;
    [[nodiscard]] std::uint64_t integer() const;
    /// A quantity in hex with "0x" or in decimal, as string or number.
    [[nodiscard]] uint256 any_quantity() const;
    [[nodiscard]] std::uint64_t any_integer() const;
    [[nodiscard]] Address address() const;
    [[nodiscard]] Hash32 hash() const;
    /// 32 bytes, from a quantity of at most 32 bytes.
    [[nodiscard]] Hash32 word() const;

    /// Records that this value is not what it should be.
    void fault(std::string reason) const;
    /// "$.a[3].b".
    [[nodiscard]] std::string path() const;

    /// The value itself, of a node that is present.
    [[nodiscard]] const simdjson::dom::element& element() const noexcept { return element_; }

private:
    friend class JsonDocument;

    // Registers this container for the paths of what is in it.
    std::uint32_t enter() const;
    void mismatch(std::string_view expected) const;

    simdjson::dom::element element_;
    JsonDocument* document_ = nullptr;
    std::string_view key_;
    std::uint32_t parent_ = 0;
    mutable std::uint32_t place_ = 0;
    std::int32_t index_ = -1;
    bool present_ = false;
};

/// One JSON text and its values. Reuse an object for many files: its buffers are kept.
class JsonDocument {
public:
    JsonDocument();
    JsonDocument(const JsonDocument&) = delete;
    JsonDocument& operator=(const JsonDocument&) = delete;

    /// Reads a file of at most `max_bytes`; nodes of the former text become invalid.
    std::expected<void, JsonFault> load(const std::filesystem::path& file, std::size_t max_bytes);
    std::expected<void, JsonFault> parse(std::string_view text);

    [[nodiscard]] JsonNode root();

    /// The first fault since the last call, if there was one.
    [[nodiscard]] std::optional<JsonFault> take_fault() {
        return std::exchange(fault_, std::nullopt);
    }
    [[nodiscard]] bool failed() const noexcept { return fault_.has_value(); }

private:
    friend class JsonNode;

    // A container on the way from the root, for the paths of faults.
    struct Place {
        std::uint32_t parent;
        std::int32_t index;  // -1: `key` counts.
        std::string_view key;
    };

    std::expected<void, JsonFault> parse_buffer();

    simdjson::dom::parser parser_;
    simdjson::dom::element root_;
    std::string buffer_;
    std::vector<Place> places_;
    std::optional<JsonFault> fault_;
};

class JsonNode::Members {
public:
    class Iterator {
    public:
        Iterator(const JsonNode* parent, simdjson::dom::object::iterator at)
            : parent_{parent}, at_{at} {}
        std::pair<std::string_view, JsonNode> operator*() const;
        Iterator& operator++() {
            ++at_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return at_ != other.at_; }

    private:
        const JsonNode* parent_;
        simdjson::dom::object::iterator at_;
    };

    explicit Members(const JsonNode& parent);
    [[nodiscard]] Iterator begin() const { return {&parent_, begin_}; }
    [[nodiscard]] Iterator end() const { return {&parent_, end_}; }

private:
    JsonNode parent_;
    simdjson::dom::object::iterator begin_;
    simdjson::dom::object::iterator end_;
};

class JsonNode::Items {
public:
    class Iterator {
    public:
        Iterator(const JsonNode* parent, simdjson::dom::array::iterator at)
            : parent_{parent}, at_{at} {}
        JsonNode operator*() const;
        Iterator& operator++() {
            ++at_;
            ++index_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return at_ != other.at_; }

    private:
        const JsonNode* parent_;
        simdjson::dom::array::iterator at_;
        std::int32_t index_ = 0;
    };

    explicit Items(const JsonNode& parent);
    [[nodiscard]] Iterator begin() const { return {&parent_, begin_}; }
    [[nodiscard]] Iterator end() const { return {&parent_, end_}; }

private:
    JsonNode parent_;
    simdjson::dom::array::iterator begin_;
    simdjson::dom::array::iterator end_;
};

}  // namespace meta138::conformance
