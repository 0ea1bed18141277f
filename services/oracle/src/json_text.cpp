// SPDX-License-Identifier: Apache-2.0
#include "json_text.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"

#include <utility>

namespace meta138::oracle {

using Type = JsonValue::Type;

/// Reads a text once, from its beginning to its end.
class JsonScanner {
public:
    explicit JsonScanner(std::string_view text) : text_{text} { document_.text_ = text; }

    std::expected<JsonText, JsonError> read() {
        TRY(value(0));
        skip_space();
        if (at_ != text_.size()) return std::unexpected{JsonError::malformed};
        return std::move(document_);
    }

private:
    using Result = std::expected<void, JsonError>;
    static Result malformed() { return std::unexpected{JsonError::malformed}; }

    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (peek() != c || at_ == text_.size()) return false;
        ++at_;
        return true;
    }
    bool take(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    void skip_space() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
    }

    Result value(std::size_t depth) {
        if (depth > max_json_depth) return std::unexpected{JsonError::too_deep};
        skip_space();
        if (document_.nodes_.size() >= max_json_values) return std::unexpected{JsonError::too_many};
        const auto node = document_.nodes_.size();
        document_.nodes_.push_back({.begin = at_});
        Type type = Type::number;
        switch (peek()) {
            case '{':
                type = Type::object;
                TRY(object(depth));
                break;
            case '[':
                type = Type::array;
                TRY(array(depth));
                break;
            case '"':
                type = Type::string;
                TRY(string());
                break;
            case 't':
            case 'f':
                type = Type::boolean;
                if (!take("true") && !take("false")) return malformed();
                break;
            case 'n':
                type = Type::null;
                if (!take("null")) return malformed();
                break;
            default: TRY(number()); break;
        }
        document_.nodes_[node].type = type;
        document_.nodes_[node].end = at_;
        document_.nodes_[node].next = document_.nodes_.size();
        return {};
    }

    Result object(std::size_t depth) {
        ++at_;
        skip_space();
        if (take('}')) return {};
        while (true) {
            skip_space();
            if (peek() != '"') return malformed();
            TRY(value(depth + 1));
            skip_space();
            if (!take(':')) return malformed();
            TRY(value(depth + 1));
            skip_space();
            if (take('}')) return {};
            if (!take(',')) return malformed();
        }
    }

    Result array(std::size_t depth) {
        ++at_;
        skip_space();
        if (take(']')) return {};
        while (true) {
            TRY(value(depth + 1));
            skip_space();
            if (take(']')) return {};
            if (!take(',')) return malformed();
        }
    }

    Result string() {
        ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return {};
            if (static_cast<unsigned char>(c) < 0x20) return malformed();
            if (c != '\\') continue;
            const char escape = peek();
            ++at_;
            if (escape == 'u') {
                for (int i = 0; i < 4; ++i, ++at_)
                    if (hex_digit_value(peek()) > 15) return malformed();
            } else if (escape == '\0' ||
                       std::string_view{"\"\\/bfnrt"}.find(escape) == std::string_view::npos) {
                return malformed();
            }
        }
        return malformed();
    }

    bool digits() {
        const auto start = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ > start;
    }

    Result number() {
        take('-');
        if (!take('0') && !digits()) return malformed();
        if (take('.') && !digits()) return malformed();
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return malformed();
        }
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    JsonText document_;
};

namespace {

void append_utf8(std::string& text, std::uint32_t code) {
    const auto byte = [&text](std::uint32_t value) { text += static_cast<char>(value); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
        byte(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        byte(0xe0 | code >> 12);
        byte(0x80 | (code >> 6 & 0x3f));
    } else {
        byte(0xf0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3f));
        byte(0x80 | (code >> 6 & 0x3f));
    }
    byte(0x80 | (code & 0x3f));
}

std::uint32_t four_digits(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char digit : digits.substr(0, 4)) value = value << 4 | hex_digit_value(digit);
    return value;
}

/// The text between a string's quotes, which has been checked. Half a surrogate pair is replaced.
std::string unescape(std::string_view escaped) {
    std::string text;
    text.reserve(escaped.size());
    for (std::size_t i = 0; i < escaped.size(); ++i) {
        if (escaped[i] != '\\') {
            text += escaped[i];
            continue;
        }
        switch (const char c = escaped[++i]; c) {
            case 'b': text += '\b'; break;
            case 'f': text += '\f'; break;
            case 'n': text += '\n'; break;
            case 'r': text += '\r'; break;
            case 't': text += '\t'; break;
            case 'u': {
                std::uint32_t code = four_digits(escaped.substr(i + 1));
                i += 4;
                if (code >= 0xd800 && code < 0xdc00 && escaped.substr(i + 1, 2) == "\\u") {
                    const auto low = four_digits(escaped.substr(i + 3));
                    if (low >= 0xdc00 && low < 0xe000) {
                        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                        i += 6;
                    }
                }
                append_utf8(text, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
                break;
            }
            default: text += c; break;
        }
    }
    return text;
}

}  // namespace

std::string_view to_string(JsonError error) noexcept {
    switch (error) {
        case JsonError::malformed: return "no JSON";
        case JsonError::too_deep: return "JSON nested too deeply";
        case JsonError::too_many: return "JSON with too many values";
    }
    return "unknown";
}

std::expected<JsonText, JsonError> JsonText::parse(std::string_view text) {
    return JsonScanner{text}.read();
}

Type JsonValue::type() const noexcept {
    return document_ ? document_->nodes_[node_].type : Type::absent;
}

JsonValue JsonValue::member(std::string_view name) const {
    if (type() != Type::object) return {};
    const auto& nodes = document_->nodes_;
    for (std::size_t key = node_ + 1; key < nodes[node_].next; key = nodes[key + 1].next) {
        const auto raw = JsonValue{document_, key}.raw();
        const auto inner = raw.substr(1, raw.size() - 2);
        if (inner == name ||
            (inner.find('\\') != std::string_view::npos && unescape(inner) == name))
            return {document_, key + 1};
    }
    return {};
}

JsonValue JsonValue::element(std::size_t index) const {
    if (type() != Type::array) return {};
    const auto& nodes = document_->nodes_;
    for (std::size_t node = node_ + 1; node < nodes[node_].next; node = nodes[node].next)
        if (index-- == 0) return {document_, node};
    return {};
}

JsonValue JsonValue::at(const JsonPath& path) const {
    JsonValue value = *this;
    for (const auto& step : path.steps) {
        if (step.index && value.type() == Type::array) {
            value = value.element(*step.index);
        } else {
            value = step.is_member ? value.member(step.name) : JsonValue{};
        }
    }
    return value;
}

std::vector<JsonValue> JsonValue::elements() const {
    std::vector<JsonValue> result;
    if (type() != Type::array) return result;
    const auto& nodes = document_->nodes_;
    for (std::size_t node = node_ + 1; node < nodes[node_].next; node = nodes[node].next)
        result.push_back({document_, node});
    return result;
}

std::string_view JsonValue::raw() const noexcept {
    if (!document_) return {};
    const auto& node = document_->nodes_[node_];
    return document_->text_.substr(node.begin, node.end - node.begin);
}

std::optional<std::string> JsonValue::text() const {
    switch (type()) {
        case Type::absent:
        case Type::array:
        case Type::object: return std::nullopt;
        case Type::string: return unescape(raw().substr(1, raw().size() - 2));
        case Type::null:
        case Type::boolean:
        case Type::number: return std::string{raw()};
    }
    return std::nullopt;
}

}  // namespace meta138::oracle
