// SPDX-License-Identifier: Apache-2.0
#include "log_line.hpp"

#include <array>
#include <cmath>

namespace meta138::telemetry {
namespace {

void append(LineBuffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

void append_timestamp(LineBuffer& out, std::chrono::system_clock::time_point time, char separator,
                      std::string_view zone) {
    using namespace std::chrono;
    const auto milliseconds_since = floor<milliseconds>(time);
    const auto day = floor<days>(milliseconds_since);
    const year_month_day date{day};
    const hh_mm_ss clock{milliseconds_since - day};
    fmt::format_to(fmt::appender(out), "{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}.{:03}{}",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), separator, clock.hours().count(),
                   clock.minutes().count(), clock.seconds().count(), clock.subseconds().count(),
                   zone);
}

/// FATAL is written as ERROR; log4j pads to five.
std::string_view level_word(Level level) {
    switch (level) {
        case Level::off:
        case Level::fatal:
        case Level::error: return "ERROR";
        case Level::warn: return "WARN ";
        case Level::info: return "INFO ";
        case Level::debug: return "DEBUG";
        case Level::trace:
        case Level::all: return "TRACE";
    }
    return {};
}

std::string_view level_colour(Level level) {
    switch (level) {
        case Level::off:
        case Level::fatal:
        case Level::error: return "\x1b[31m";
        case Level::warn: return "\x1b[33m";
        case Level::info: return "\x1b[32m";
        case Level::debug:
        case Level::trace:
        case Level::all: return "\x1b[36m";
    }
    return {};
}

/// The class of `<library>.<Class>`.
std::string_view class_of(std::string_view logger) {
    return logger.substr(logger.rfind('.') + 1);
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void append_visible(LineBuffer& out, std::string_view text, bool one_line) {
    for (const auto c : text) {
        if (!is_control(c))
            out.push_back(c);
        else if (c == '\n' && !one_line)
            append(out, "\n    ");
        else
            fmt::format_to(fmt::appender(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
}

void append_json_string(LineBuffer& out, std::string_view text) {
    out.push_back('"');
    for (const auto c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (c == '\n') {
            append(out, "\\n");
        } else if (is_control(c)) {
            fmt::format_to(fmt::appender(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace

void append_human_field(LineBuffer& out, const Field& field) {
    out.push_back(' ');
    append_visible(out, field.key, true);
    out.push_back('=');
    if (const auto* text = std::get_if<std::string_view>(&field.value))
        append_visible(out, *text, true);
    else
        std::visit([&](const auto& value) { fmt::format_to(fmt::appender(out), "{}", value); },
                   field.value);
}

void append_json_field(LineBuffer& out, const Field& field) {
    out.push_back(',');
    append_json_string(out, field.key);
    out.push_back(':');
    const auto* number = std::get_if<double>(&field.value);
    if (const auto* text = std::get_if<std::string_view>(&field.value))
        append_json_string(out, *text);
    else if (number && !std::isfinite(*number))
        append(out, "null");
    else
        std::visit([&](const auto& value) { fmt::format_to(fmt::appender(out), "{}", value); },
                   field.value);
}

void append_human(LineBuffer& out, const Line& line, bool colours) {
    append_timestamp(out, line.time, ' ', "+0000");
    append(out, " | ");
    append(out, line.thread);
    append(out, " | ");
    if (colours) append(out, level_colour(line.level));
    append(out, level_word(line.level));
    if (colours) append(out, "\x1b[0m");
    append(out, " | ");
    append(out, class_of(line.logger));
    append(out, " | ");
    append_visible(out, line.message, false);
    append(out, line.bound_fields);
    for (const auto& field : line.fields) append_human_field(out, field);
    out.push_back('\n');
}

void append_json(LineBuffer& out, const Line& line) {
    append(out, R"({"timestamp":")");
    append_timestamp(out, line.time, 'T', "Z");
    auto level = level_word(line.level);
    if (level.ends_with(' ')) level.remove_suffix(1);
    append(out, R"(","level":")");
    append(out, level);
    append(out, R"(","thread":)");
    append_json_string(out, line.thread);
    append(out, R"(,"class":)");
    append_json_string(out, class_of(line.logger));
    append(out, R"(,"message":)");
    append_json_string(out, line.message);
    append(out, line.bound_fields);
    for (const auto& field : line.fields) append_json_field(out, field);
    append(out, "}\n");
}

}  // namespace meta138::telemetry
