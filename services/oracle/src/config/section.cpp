// SPDX-License-Identifier: Apache-2.0
#include "config/section.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace meta138::oracle {

namespace {

constexpr std::size_t max_secret_size = 64 * 1024;

/// How many letters have to be changed, put in or left out.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row;
    row.reserve(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row.push_back(j);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string in_words(milliseconds time) {
    using namespace std::chrono_literals;
    if (time % 1h == 0ms) return fmt::format("{}h", time / 1h);
    if (time % 1min == 0ms) return fmt::format("{}m", time / 1min);
    if (time % 1s == 0ms) return fmt::format("{}s", time / 1s);
    return fmt::format("{}ms", time.count());
}

std::optional<std::string> read_secret_file(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    std::string text(max_secret_size, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || in.gcount() == 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(in.gcount()));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

}  // namespace

std::optional<std::string_view> find_similar(std::string_view name,
                                             std::span<const std::string_view> names) {
    std::optional<std::string_view> nearest;
    std::size_t least = std::max<std::size_t>(name.size() / 3, 1) + 1;
    for (const auto candidate : names) {
        const auto d = distance(name, candidate);
        if (d < least) {
            least = d;
            nearest = candidate;
        }
    }
    return nearest;
}

std::optional<milliseconds> parse_duration(std::string_view text) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    constexpr std::int64_t most = 1'000'000'000;
    if (error != std::errc{} || number < 0 || number > most) return std::nullopt;
    const std::string_view unit{rest, end};
    if (unit == "ms") return milliseconds{number};
    if (unit == "s") return std::chrono::seconds{number};
    if (unit == "m") return std::chrono::minutes{number};
    if (unit == "h") return std::chrono::hours{number};
    if (unit == "d") return std::chrono::days{number};
    return std::nullopt;
}

Section::Section(ConfigReading& reading, const Tree& table, std::string path)
    : reading_{reading}, table_{table}, path_{std::move(path)} {}

bool Section::has(std::string_view key) const {
    const auto& members = std::get<Tree::Table>(table_.value);
    return std::ranges::find(members, key, &Tree::Member::name) != members.end();
}

void Section::fail_at(int line, std::string_view key, std::string reason) const {
    auto name = path_.empty() ? std::string{key}
                : key.empty() ? path_
                              : fmt::format("{}.{}", path_, key);
    reading_.errors.push_back(ConfigError{
        .file = reading_.file, .line = line, .key = std::move(name), .reason = std::move(reason)});
}

void Section::fail(std::string_view key, std::string reason) const {
    int line = table_.line;
    for (const auto& [name, value] : std::get<Tree::Table>(table_.value))
        if (name == key) line = value.line;
    fail_at(line, key, std::move(reason));
}

bool Section::require(std::string_view key) {
    known_.emplace_back(key);
    if (has(key)) return true;
    fail_at(table_.line, key, "is missing");
    return false;
}

const Tree* Section::find(std::string_view key) {
    known_.emplace_back(key);
    for (const auto& [name, value] : std::get<Tree::Table>(table_.value))
        if (name == key) return &value;
    return nullptr;
}

template <class T>
const T* Section::find_as(std::string_view key, std::string_view what) {
    const auto* const value = find(key);
    if (value == nullptr) return nullptr;
    const auto* const result = std::get_if<T>(&value->value);
    if (result == nullptr) fail_at(value->line, key, fmt::format("must be {}", what));
    return result;
}

void Section::text(std::string_view key, std::string& out) {
    if (const auto* const value = find_as<std::string>(key, "a text in quotes")) out = *value;
}

void Section::texts(std::string_view key, std::vector<std::string>& out) {
    const auto* const list = find_as<Tree::Array>(key, "a list of texts");
    if (list == nullptr) return;
    out.clear();
    for (const auto& element : *list) {
        if (const auto* const value = std::get_if<std::string>(&element.value)) {
            out.push_back(*value);
        } else {
            fail_at(element.line, key, "must be a list of texts");
        }
    }
}

/// `${env:NAME}` and `${file:PATH}`; neither the error nor what is shown has the value.
std::optional<SecretText> Section::expand(std::string_view key, const std::string& shown,
                                          int line) const {
    std::string value;
    for (std::size_t at = 0; at < shown.size();) {
        const auto begin = shown.find("${", at);
        value += shown.substr(at, begin - at);
        if (begin == std::string::npos) break;
        const auto end = shown.find('}', begin);
        const auto reference =
            end == std::string::npos ? "" : shown.substr(begin + 2, end - begin - 2);
        std::optional<std::string> found;
        if (reference.starts_with("env:")) {
            found = reading_.environment(reference.substr(4));
            if (!found)
                fail_at(line, key,
                        fmt::format("the environment variable {} is not set", reference.substr(4)));
        } else if (reference.starts_with("file:")) {
            const auto file = reading_.file.parent_path() / reference.substr(5);
            found = read_secret_file(file);
            if (!found)
                fail_at(line, key, fmt::format("cannot read {}, or it is empty", file.string()));
        } else {
            fail_at(line, key, "a reference is ${env:NAME} or ${file:PATH}");
        }
        if (!found) return std::nullopt;
        value += *found;
        at = end + 1;
    }
    return SecretText{shown, std::move(value)};
}

void Section::secret(std::string_view key, SecretText& out) {
    const auto* const value = find(key);
    if (value == nullptr) return;
    const auto* const shown = std::get_if<std::string>(&value->value);
    if (shown == nullptr) return fail_at(value->line, key, "must be a text in quotes");
    if (auto expanded = expand(key, *shown, value->line)) out = std::move(*expanded);
}

void Section::secrets(std::string_view key, std::vector<SecretText>& out) {
    const auto* const list = find_as<Tree::Array>(key, "a list of texts");
    if (list == nullptr) return;
    out.clear();
    for (const auto& element : *list) {
        const auto* const shown = std::get_if<std::string>(&element.value);
        if (shown == nullptr) {
            fail_at(element.line, key, "must be a list of texts");
        } else if (auto expanded = expand(key, *shown, element.line)) {
            out.push_back(std::move(*expanded));
        }
    }
}

void Section::secret_pairs(std::string_view key,
                           std::vector<std::pair<std::string, SecretText>>& out) {
    const auto* const table = find_as<Tree::Table>(key, "a table of texts");
    if (table == nullptr) return;
    for (const auto& [name, element] : *table) {
        const auto* const shown = std::get_if<std::string>(&element.value);
        if (shown == nullptr) {
            fail_at(element.line, key, "must be a table of texts");
        } else if (auto expanded = expand(key, *shown, element.line)) {
            out.emplace_back(name, std::move(*expanded));
        }
    }
}

void Section::matches(std::string_view key, std::vector<MessageMatch>& out) {
    const auto* const table = find_as<Tree::Table>(key, "a table: a path, and the value there");
    if (table == nullptr) return;
    out.clear();
    for (const auto& [path, element] : *table) {
        if (const auto* const value = std::get_if<std::string>(&element.value)) {
            out.push_back({.path = path, .value = *value});
        } else {
            fail_at(element.line, key, "must be a table: a path, and the value there as a text");
        }
    }
}

void Section::path(std::string_view key, std::filesystem::path& out) {
    const auto* const value = find_as<std::string>(key, "a path in quotes");
    if (value == nullptr) return;
    if (value->empty()) return fail(key, "is empty");
    out = reading_.file.parent_path() / *value;
}

void Section::flag(std::string_view key, bool& out) {
    if (const auto* const value = find_as<bool>(key, "true or false")) out = *value;
}

void Section::address(std::string_view key, std::optional<Address>& out) {
    const auto* const value = find_as<std::string>(key, "an address in quotes");
    if (value == nullptr) return;
    if (const auto address = decode_fixed_hex<Address>(*value)) {
        out = *address;
    } else {
        fail(key, fmt::format("\"{}\" is no address: 0x and 40 hexadecimal digits", *value));
    }
}

void Section::duration(std::string_view key, milliseconds& out, milliseconds least,
                       milliseconds most) {
    const auto* const value = find_as<std::string>(key, "a time in quotes, such as \"10s\"");
    if (value == nullptr) return;
    const auto time = parse_duration(*value);
    if (!time)
        return fail(key, fmt::format("\"{}\" is no time: write 500ms, 10s, 5m, 1h or 1d", *value));
    if (*time < least || *time > most)
        return fail(key, fmt::format("must be from {} to {}", in_words(least), in_words(most)));
    out = *time;
}

void Section::ratio(std::string_view key, Ratio& out, Ratio most) {
    const auto* const value = find_as<std::string>(key, "a share in quotes, such as \"0.5%\"");
    if (value == nullptr) return;
    const auto percent = value->ends_with('%')
                             ? parse_decimal(std::string_view{*value}.substr(0, value->size() - 1))
                             : std::unexpected{DecimalError::bad_digit};
    // In parts per billion: a billion percent does not fit either, so nothing overflows.
    const auto ppb = percent ? to_answer(*percent, 7) : std::nullopt;
    const bool is_exact = ppb && ppb->fits_uint64() && Decimal::from(ppb->low64(), -7) == *percent;
    if (percent && percent->is_zero()) return static_cast<void>(out = Ratio{0});
    if (!is_exact)
        return fail(key, fmt::format("\"{}\" is no share: write 0.5% (at most 7 digits behind the "
                                     "point)",
                                     *value));
    if (ppb->low64() > most.ppb)
        return fail(key, fmt::format("must be at most {}", to_string(most)));
    out = Ratio{ppb->low64()};
}

void Section::decimal(std::string_view key, Decimal& out) {
    const auto* const value = find_as<std::string>(key, "a number in quotes");
    if (value == nullptr) return;
    const auto number = parse_decimal(*value);
    if (!number) return fail(key, fmt::format("\"{}\": {}", *value, to_string(number.error())));
    if (number->is_zero()) return fail(key, "must not be zero");
    out = *number;
}

void Section::wei(std::string_view key, uint256& out) {
    const auto* const value = find_as<std::string>(key, "an amount in quotes, such as \"5 gwei\"");
    if (value == nullptr) return;
    const auto space = value->find(' ');
    const auto unit = space == std::string::npos ? "" : value->substr(space + 1);
    const auto number = parse_decimal(std::string_view{*value}.substr(0, space));
    const unsigned decimals = unit == "wei" ? 0 : unit == "gwei" ? 9 : 18;
    if (!number || (unit != "wei" && unit != "gwei" && unit != "ether"))
        return fail(
            key, fmt::format("\"{}\" is no amount: write 5 gwei, 1000 wei or 0.1 ether", *value));
    if (number->is_zero()) return static_cast<void>(out = 0);
    const auto amount = to_answer(*number, decimals);
    if (!amount) return fail(key, "is too large or too small an amount");
    out = *amount;
}

std::optional<std::uint64_t> Section::integer_within(std::string_view key, std::uint64_t least,
                                                     std::uint64_t most) {
    const auto* const value = find_as<std::int64_t>(key, "a whole number");
    if (value == nullptr) return std::nullopt;
    if (*value < 0 || static_cast<std::uint64_t>(*value) < least ||
        static_cast<std::uint64_t>(*value) > most) {
        fail(key, fmt::format("must be from {} to {}", least, most));
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*value);
}

void Section::refuse_word(std::string_view key, std::string_view value,
                          const std::vector<std::string_view>& names) const {
    const auto similar = find_similar(value, names);
    fail(key, similar ? fmt::format(R"("{}" is unknown; did you mean "{}"?)", value, *similar)
                      : fmt::format("\"{}\" is none of: {}", value, fmt::join(names, ", ")));
}

std::optional<Section> Section::section(std::string_view key) {
    const auto* const value = find(key);
    if (value == nullptr) return std::nullopt;
    auto path = path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
    if (!std::holds_alternative<Tree::Table>(value->value)) {
        fail_at(value->line, key, fmt::format("must be a table: [{}]", path));
        return std::nullopt;
    }
    return Section{reading_, *value, std::move(path)};
}

std::vector<Section> Section::sections(std::string_view key) {
    std::vector<Section> result;
    const auto* const value = find(key);
    if (value == nullptr) return result;
    const auto path = path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
    const auto* const list = std::get_if<Tree::Array>(&value->value);
    const auto is_table = [](const Tree& tree) {
        return std::holds_alternative<Tree::Table>(tree.value);
    };
    if (list == nullptr || !std::ranges::all_of(*list, is_table)) {
        fail_at(value->line, key, fmt::format("must be tables: [[{}]]", path));
        return result;
    }
    for (const auto& element : *list) result.emplace_back(reading_, element, path);
    return result;
}

void Section::finish() const {
    for (const auto& [name, value] : std::get<Tree::Table>(table_.value)) {
        if (std::ranges::find(known_, name) != known_.end()) continue;
        const std::vector<std::string_view> names{known_.begin(), known_.end()};
        const auto similar = find_similar(name, names);
        fail_at(value.line, name,
                similar ? fmt::format("is unknown; did you mean {}?", *similar) : "is unknown");
    }
}

}  // namespace meta138::oracle
