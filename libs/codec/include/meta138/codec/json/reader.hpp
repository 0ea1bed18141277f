// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

namespace meta138::json {

enum class Type : std::uint8_t { absent, null, boolean, integer, number, string, array, object };

class Elements;
class Members;

/// One value of a document that a Parser holds: a place in it, cheap to copy. What is read from an
/// absent value, or from one of another type, is absent.
class Value {
public:
    /// An absent value.
    Value() = default;

    [[nodiscard]] Type type() const noexcept;
    [[nodiscard]] bool is_absent() const noexcept { return document_ == nullptr; }
    /// Absent, or JSON's null.
    [[nodiscard]] bool is_missing() const noexcept;
    [[nodiscard]] bool is_array() const noexcept { return type() == Type::array; }
    [[nodiscard]] bool is_object() const noexcept { return type() == Type::object; }

    /// Unescaped UTF-8; lives as long as the document.
    [[nodiscard]] std::optional<std::string_view> string() const noexcept;
    [[nodiscard]] std::optional<bool> boolean() const noexcept;
    /// An integer that fits.
    [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const noexcept;
    [[nodiscard]] std::optional<std::int64_t> signed_integer() const noexcept;
    /// Any number, rounded.
    [[nodiscard]] std::optional<double> number() const noexcept;

    /// How many elements an array has, or members an object; otherwise 0.
    [[nodiscard]] std::size_t size() const noexcept;
    /// An array's element; it is found by counting from the first.
    [[nodiscard]] Value at(std::size_t index) const noexcept;
    /// An object's member; of several with that name the last, as Jackson has it.
    [[nodiscard]] Value find(std::string_view name) const noexcept;
    /// `for (const auto element : value.elements())`; none unless it is an array.
    [[nodiscard]] Elements elements() const noexcept;
    /// `for (const auto [name, value] : value.members())`; none unless it is an object.
    [[nodiscard]] Members members() const noexcept;

private:
    friend class Elements;
    friend class Members;
    friend class Parser;
    Value(const void* document, std::size_t index) noexcept : document_{document}, index_{index} {}

    const void* document_ = nullptr;
    std::size_t index_ = 0;  // into the document's tape
};

class Elements {
public:
    class Iterator {
    public:
        Value operator*() const noexcept { return place_; }
        Iterator& operator++() noexcept;
        bool operator==(const Iterator& other) const noexcept {
            return place_.index_ == other.place_.index_;
        }

    private:
        friend class Elements;
        explicit Iterator(Value place) noexcept : place_{place} {}
        Value place_;
    };
    [[nodiscard]] Iterator begin() const noexcept { return Iterator{begin_}; }
    [[nodiscard]] Iterator end() const noexcept { return Iterator{end_}; }

private:
    friend class Value;
    Elements(Value begin, Value end) noexcept : begin_{begin}, end_{end} {}
    Value begin_;
    Value end_;
};

struct Member {
    std::string_view name;
    Value value;
};

class Members {
public:
    class Iterator {
    public:
        Member operator*() const noexcept;
        Iterator& operator++() noexcept;
        bool operator==(const Iterator& other) const noexcept {
            return place_.index_ == other.place_.index_;
        }

    private:
        friend class Members;
        explicit Iterator(Value place) noexcept : place_{place} {}
        Value place_;  // of the name
    };
    [[nodiscard]] Iterator begin() const noexcept { return Iterator{begin_}; }
    [[nodiscard]] Iterator end() const noexcept { return Iterator{end_}; }

private:
    friend class Value;
    Members(Value begin, Value end) noexcept : begin_{begin}, end_{end} {}
    Value begin_;
    Value end_;
};

/// Why a text is no JSON document, or not one that is read here.
enum class ReadError : std::uint8_t {
    malformed,  ///< Not JSON (RFC 8259), not UTF-8, or an integer beyond 64 bits.
    too_large,  ///< Longer than ReaderLimits::size.
    too_deep,   ///< Deeper than ReaderLimits::depth.
    too_many,   ///< More values than ReaderLimits::values, counted roughly.
};

std::string_view to_string(ReadError error) noexcept;

struct ReaderLimits {
    std::size_t size = std::size_t{128} << 20;     ///< In bytes.
    std::size_t depth = 128;                       ///< Arrays and objects within each other.
    std::size_t values = std::size_t{4} << 20;     ///< Bounds the tape: 16 bytes each.
    std::size_t kept_size = std::size_t{1} << 20;  ///< Buffers for longer texts are given back.
};

/// Reads one document at a time onto a tape; buffers are used again, so that in the long run
/// nothing is allocated. One for each thread.
class Parser {
public:
    explicit Parser(const ReaderLimits& limits = {});
    ~Parser();
    Parser(Parser&&) noexcept;
    Parser& operator=(Parser&&) noexcept;

    /// The document's outermost value. It, and what is reached from it, lives until the next call.
    /// `text` is copied.
    std::expected<Value, ReadError> parse(std::string_view text);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::json
