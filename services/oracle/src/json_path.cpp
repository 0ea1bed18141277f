// SPDX-License-Identifier: Apache-2.0
#include "json_path.hpp"

#include "meta138/base/try.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace meta138::oracle {

namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

std::optional<std::size_t> parse_index(std::string_view digits) {
    constexpr std::size_t most_digits = 6;  // documents are not larger than that
    if (digits.empty() || digits.size() > most_digits) return std::nullopt;
    std::size_t index = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [parsed, error] = std::from_chars(digits.data(), end, index);
    if (error != std::errc{} || parsed != end) return std::nullopt;
    return index;
}

/// What remains of a path that is read from the left.
class PathReader {
public:
    explicit PathReader(std::string_view text) : rest_{text} {}

    std::expected<JsonPath, std::string> read() {
        JsonPath path;
        if (rest_.starts_with('$')) {
            rest_.remove_prefix(1);
        } else if (!rest_.empty() && rest_.front() != '[') {
            TRY_LET(auto step, read_name());
            path.steps.push_back(std::move(step));
        }
        while (!rest_.empty()) {
            const char kind = rest_.front();
            if (kind != '.' && kind != '[')
                return std::unexpected{fmt::format("'.' or '[' is missing before \"{}\"", rest_)};
            rest_.remove_prefix(1);
            TRY_LET(auto step, kind == '.' ? read_name() : read_brackets());
            path.steps.push_back(std::move(step));
        }
        if (path.steps.size() > max_path_steps)
            return std::unexpected{fmt::format("more than {} steps", max_path_steps)};
        return path;
    }

private:
    using Result = std::expected<JsonPath::Step, std::string>;

    Result read_name() {
        const auto end = std::ranges::find_if_not(rest_, is_name_character);
        const std::string_view name{rest_.begin(), end};
        if (name.empty())
            return std::unexpected{
                "a name is missing; names with other characters "
                "stand in brackets and quotes: [\"a.b\"]"};
        rest_.remove_prefix(name.size());
        return JsonPath::Step{.name = std::string{name}, .index = parse_index(name)};
    }

    Result read_brackets() {
        if (rest_.starts_with('"') || rest_.starts_with('\'')) {
            const auto quote = rest_.front();
            const auto end = rest_.find(quote, 1);
            if (end == std::string_view::npos || rest_.substr(end + 1, 1) != "]")
                return std::unexpected{"a quote or ']' is missing"};
            JsonPath::Step step{.name = std::string{rest_.substr(1, end - 1)}, .index = {}};
            rest_.remove_prefix(end + 2);
            return step;
        }
        const auto end = rest_.find(']');
        if (end == std::string_view::npos) return std::unexpected{"']' is missing"};
        const auto index = parse_index(rest_.substr(0, end));
        if (!index)
            return std::unexpected{
                fmt::format("[{}] is neither an index nor a name in quotes", rest_.substr(0, end))};
        rest_.remove_prefix(end + 1);
        return JsonPath::Step{.name = {}, .index = index, .is_member = false};
    }

    std::string_view rest_;
};

}  // namespace

std::expected<JsonPath, std::string> parse_json_path(std::string_view text) {
    if (text.empty()) return std::unexpected{"an empty path; the whole document is $"};
    if (text.size() > max_path_size)
        return std::unexpected{fmt::format("more than {} bytes", max_path_size)};
    return PathReader{text}.read();
}

}  // namespace meta138::oracle
