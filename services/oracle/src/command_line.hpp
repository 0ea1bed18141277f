// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace meta138::oracle {

/// Options that cannot be used; the text is for the person who typed them.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Words of a command line, taken one by one.
class CommandLine {
public:
    explicit CommandLine(std::span<const char* const> words) : left_{words} {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
    /// The word that is left first, and no longer.
    std::string_view next() {
        const std::string_view word = left_.front();
        left_ = left_.subspan(1);
        return word;
    }
    /// The value of `--name=VALUE`, `--name VALUE` or `-n VALUE`, if `word` is that option.
    /// @throws UsageError if the value is missing
    std::optional<std::string> value(std::string_view word, std::string_view name,
                                     std::string_view letter = {}) {
        if (word.starts_with(name) && word.substr(name.size()).starts_with('='))
            return std::string{word.substr(name.size() + 1)};
        if (word != name && (letter.empty() || word != letter)) return std::nullopt;
        if (empty()) throw UsageError{fmt::format("{} needs a value", word)};
        return std::string{next()};
    }

private:
    std::span<const char* const> left_;
};

}  // namespace meta138::oracle
