// SPDX-License-Identifier: Apache-2.0
#include "json_value.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace meta138 {
namespace {

// Receives nlohmann's events and builds the tree. `open_` are the containers around the next value.
class TreeBuilder {
public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    bool null() { return add(JsonValue{}); }
    bool boolean(bool value) { return add(JsonValue{value}); }
    bool number_integer(number_integer_t value) {
        return add(JsonValue{JsonNumber{std::to_string(value)}});
    }
    bool number_unsigned(number_unsigned_t value) {
        return add(JsonValue{JsonNumber{std::to_string(value)}});
    }
    bool number_float(number_float_t /*value*/, const string_t& text) {
        return add(JsonValue{JsonNumber{text}});
    }
    bool string(string_t& value) { return add(JsonValue{std::move(value)}); }
    bool binary(binary_t& /*value*/) { return false; }

    bool start_object(std::size_t /*size*/) { return open(JsonValue{JsonObject{}}); }
    bool key(string_t& name) {
        open_.back().keys.push_back(std::move(name));
        return true;
    }
    bool end_object() { return close(); }
    bool start_array(std::size_t /*size*/) { return open(JsonValue{JsonArray{}}); }
    bool end_array() { return close(); }

    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::json::exception& exception) {
        position_ = position;
        reason_ = exception.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..."
        if (const auto at = reason_.find("column "); at != std::string::npos) {
            if (const auto colon = reason_.find(": ", at); colon != std::string::npos)
                reason_.erase(0, colon + 2);
        }
        return false;
    }

    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
    [[nodiscard]] JsonValue take_root() { return std::move(root_); }

private:
    struct Container {
        JsonValue value;
        std::vector<std::string> keys;  // at most one: the name of the member that comes next
    };

    bool add(JsonValue value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return true;
        }
        auto& container = open_.back();
        if (auto* array = container.value.array()) {
            array->push_back(std::move(value));
        } else {
            container.value.object()->emplace_back(std::move(container.keys.back()),
                                                   std::move(value));
            container.keys.pop_back();
        }
        return true;
    }
    bool open(JsonValue value) {
        if (open_.size() == max_json_depth) {
            reason_ = "nested too deeply";
            return false;
        }
        open_.push_back({std::move(value), {}});
        return true;
    }
    bool close() {
        auto value = std::move(open_.back().value);
        open_.pop_back();
        return add(std::move(value));
    }

    std::vector<Container> open_;
    JsonValue root_;
    std::size_t position_ = 0;
    std::string reason_;
};

JsonSyntaxError syntax_error(std::string_view text, std::size_t position, std::string reason) {
    const auto before = text.substr(0, position == 0 ? 0 : std::min(position - 1, text.size()));
    const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {
        .line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
        .column = 1 + before.size() - line_start,
        .reason = std::move(reason),
    };
}

void dump_to(std::string& out, const JsonValue& value);

void dump_string(std::string& out, const std::string& text) {
    using Handler = nlohmann::json::error_handler_t;
    out += nlohmann::json(text).dump(-1, ' ', false, Handler::replace);
}

void dump_array(std::string& out, const JsonArray& array) {
    out += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
        if (i != 0) out += ',';
        dump_to(out, array[i]);
    }
    out += ']';
}

void dump_object(std::string& out, const JsonObject& object) {
    out += '{';
    for (std::size_t i = 0; i < object.size(); ++i) {
        if (i != 0) out += ',';
        dump_string(out, object[i].first);
        out += ':';
        dump_to(out, object[i].second);
    }
    out += '}';
}

void dump_to(std::string& out, const JsonValue& value) {
    if (const auto* flag = value.boolean())
        out += *flag ? "true" : "false";
    else if (const auto* number = value.number())
        out += number->text;
    else if (const auto* string = value.string())
        dump_string(out, *string);
    else if (const auto* array = value.array())
        dump_array(out, *array);
    else if (const auto* object = value.object())
        dump_object(out, *object);
    else
        out += "null";
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const noexcept {
    if (const auto* members = object()) {
        for (const auto& [key, value] : *members) {
            if (key == name) return &value;
        }
    }
    return nullptr;
}

std::string JsonValue::dump() const {
    std::string out;
    dump_to(out, *this);
    return out;
}

std::expected<JsonValue, JsonSyntaxError> parse_json(std::string_view text) {
    TreeBuilder builder;
    const bool strict = true;
    const bool ignore_comments = true;
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder,
                                   nlohmann::json::input_format_t::json, strict, ignore_comments))
        return std::unexpected{syntax_error(text, builder.position(), builder.reason())};
    return builder.take_root();
}

}  // namespace meta138
