// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/telemetry/logging.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

namespace meta138::telemetry {

using LineBuffer = fmt::basic_memory_buffer<char, 512>;

struct Line {
    std::chrono::system_clock::time_point time;
    std::string_view thread;
    Level level;
    std::string_view logger;
    std::string_view message;
    std::string_view bound_fields;  ///< already formatted, in the line's form
    Fields fields;
};

/// `2026-03-29 03:57:50.123+0000 | <thread> | INFO  | <class> | <message> key=value`, in UTC.
/// Control characters are made visible and further lines indented, so that no message can look like
/// another.
void append_human(LineBuffer& out, const Line& line, bool colours);
/// {"timestamp":...,"level":...,"thread":...,"class":...,"message":..., and the fields}
void append_json(LineBuffer& out, const Line& line);

/// ` key=value`
void append_human_field(LineBuffer& out, const Field& field);
/// `,"key":value`
void append_json_field(LineBuffer& out, const Field& field);

}  // namespace meta138::telemetry
