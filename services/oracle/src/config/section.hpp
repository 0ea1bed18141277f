// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/tree.hpp"

#include "meta138/oracle/config.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace meta138::oracle {

/// What reading a configuration shares: where errors go, and where references are looked up.
struct ConfigReading {
    std::filesystem::path file;
    Environment environment;
    std::vector<ConfigError> errors{};
};

/// Words for the values of an enumeration.
template <class Enum>
using Words = std::span<const std::pair<std::string_view, Enum>>;

/// A table of the configuration, read key by key. A key that is absent leaves its variable as it
/// is, one that is wrong does so too and leaves an error; finish() refuses keys that nobody has
/// asked for.
class Section {
public:
    /// All outlive this object. `path` is how errors name the table.
    Section(ConfigReading& reading, const Tree& table, std::string path);

    [[nodiscard]] int line() const noexcept { return table_.line; }
    [[nodiscard]] bool has(std::string_view key) const;
    /// An error at a key, or at the table if the key is absent.
    void fail(std::string_view key, std::string reason) const;
    /// False, and an error, if the key is absent.
    bool require(std::string_view key);

    void text(std::string_view key, std::string& out);
    void texts(std::string_view key, std::vector<std::string>& out);
    /// References are expanded.
    void secret(std::string_view key, SecretText& out);
    void secrets(std::string_view key, std::vector<SecretText>& out);
    /// A table of them.
    void secret_pairs(std::string_view key, std::vector<std::pair<std::string, SecretText>>& out);
    void matches(std::string_view key, std::vector<MessageMatch>& out);
    void path(std::string_view key, std::filesystem::path& out);
    void flag(std::string_view key, bool& out);
    void address(std::string_view key, std::optional<Address>& out);
    void duration(std::string_view key, milliseconds& out, milliseconds least, milliseconds most);
    void ratio(std::string_view key, Ratio& out, Ratio most);
    void decimal(std::string_view key, Decimal& out);
    void wei(std::string_view key, uint256& out);
    template <class Integer>
        requires std::is_integral_v<Integer>
    void integer(std::string_view key, Integer& out, std::uint64_t least, std::uint64_t most) {
        if (const auto value = integer_within(key, least, most)) out = static_cast<Integer>(*value);
    }
    template <class Enum>
    void word(std::string_view key, Enum& out, std::type_identity_t<Words<Enum>> words) {
        std::string value;
        text(key, value);
        if (value.empty()) return;
        std::vector<std::string_view> names;
        for (const auto& [name, meaning] : words) {
            if (name == value) return static_cast<void>(out = meaning);
            names.push_back(name);
        }
        refuse_word(key, value, names);
    }

    /// A table in this one; absent if there is none.
    [[nodiscard]] std::optional<Section> section(std::string_view key);
    /// An array of tables in this one.
    [[nodiscard]] std::vector<Section> sections(std::string_view key);

    void finish() const;

private:
    [[nodiscard]] const Tree* find(std::string_view key);
    template <class T>
    [[nodiscard]] const T* find_as(std::string_view key, std::string_view what);
    [[nodiscard]] std::optional<std::uint64_t> integer_within(std::string_view key,
                                                              std::uint64_t least,
                                                              std::uint64_t most);
    [[nodiscard]] std::optional<SecretText> expand(std::string_view key, const std::string& shown,
                                                   int line) const;
    void refuse_word(std::string_view key, std::string_view value,
                     const std::vector<std::string_view>& names) const;
    void fail_at(int line, std::string_view key, std::string reason) const;

    ConfigReading& reading_;
    const Tree& table_;
    std::string path_;
    std::vector<std::string> known_{};
};

/// `"x" is nothing; did you mean "y"?`: the nearest of some names, if one is near.
[[nodiscard]] std::optional<std::string_view> find_similar(std::string_view name,
                                                           std::span<const std::string_view> names);

/// `500ms`, `2s`, `5m`, `1h`, `1d`.
[[nodiscard]] std::optional<milliseconds> parse_duration(std::string_view text);

}  // namespace meta138::oracle
