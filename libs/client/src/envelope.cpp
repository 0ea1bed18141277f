// SPDX-License-Identifier: Apache-2.0
#include "envelope.hpp"

#include "meta138/codec/json/writer.hpp"

namespace meta138::client {
namespace {

/// Walks over JSON that a parser has accepted, to find where values begin and end.
class Walker {
public:
    explicit Walker(std::string_view text) : text_{text} {}

    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] char peek() {
        skip_space();
        return at_end() ? '\0' : text_[at_];
    }
    void step() { ++at_; }

    std::string_view value() {
        skip_space();
        const auto begin = at_;
        if (peek() == '"')
            skip_string();
        else if (peek() == '{' || peek() == '[')
            skip_nested();
        else
            at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        return text_.substr(begin, at_ - begin);
    }

private:
    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    void skip_string() {
        ++at_;
        while (true) {
            at_ = text_.find_first_of("\"\\", at_);
            if (at_ == std::string_view::npos) {
                at_ = text_.size();
                return;
            }
            if (text_[at_++] == '"') return;
            ++at_;  // what is escaped
        }
    }

    void skip_nested() {
        std::size_t depth = 0;
        while (true) {
            at_ = text_.find_first_of("\"[]{}", at_);
            if (at_ == std::string_view::npos) {
                at_ = text_.size();
                return;
            }
            if (text_[at_] == '"') {
                skip_string();
                continue;
            }
            const bool opens = text_[at_] == '[' || text_[at_] == '{';
            ++at_;
            depth += opens ? 1 : -std::size_t{1};
            if (depth == 0) return;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

CallError read_error(json::Value error, std::string_view text) {
    CallError result{.kind = CallErrorKind::rpc,
                     .code = error.find("code").signed_integer().value_or(0),
                     .message = std::string{error.find("message").string().value_or("no message")}};
    const auto data = error.find("data");
    if (const auto string = data.string())
        result.data = *string;
    else if (!data.is_missing())
        result.data = member_text(error, text, "data");
    return result;
}

}  // namespace

void append_request(std::string& out, std::uint64_t id, std::string_view method,
                    std::string_view params) {
    json::Writer writer{out};
    writer.open_object();
    writer.key("jsonrpc").string("2.0");
    writer.key("id").number(id);
    writer.key("method").string(method);
    writer.key("params").raw(params);
    writer.close_object();
}

std::optional<Envelope> open_envelope(json::Value document, std::string_view text) {
    if (!document.is_object()) return std::nullopt;
    Envelope envelope{.id = document.find("id").unsigned_integer()};
    if (const auto error = document.find("error"); error.is_object()) {
        envelope.error = read_error(error, member_text(document, text, "error"));
        return envelope;
    }
    const auto result = document.find("result");
    if (result.is_absent()) return std::nullopt;
    envelope.result = RawResult{.value = result, .text = member_text(document, text, "result")};
    return envelope;
}

std::vector<std::string_view> split_array(std::string_view text) {
    std::vector<std::string_view> result;
    Walker walker{text};
    if (walker.peek() != '[') return result;
    walker.step();
    while (walker.peek() != ']' && !walker.at_end()) {
        result.push_back(walker.value());
        if (walker.peek() == ',') walker.step();
    }
    return result;
}

std::string_view member_text(json::Value object, std::string_view text, std::string_view name) {
    // By its place: a name may be spelled with escapes.
    std::optional<std::size_t> place;
    std::size_t at = 0;
    for (const auto& [key, value] : object.members()) {
        if (key == name) place = at;
        ++at;
    }
    if (!place) return {};
    Walker walker{text};
    if (walker.peek() != '{') return {};
    walker.step();
    for (std::size_t i = 0;; ++i) {
        static_cast<void>(walker.value());
        if (walker.peek() == ':') walker.step();
        const auto value = walker.value();
        if (i == *place) return value;
        if (walker.peek() == ',') walker.step();
    }
}

}  // namespace meta138::client
