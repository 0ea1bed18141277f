// SPDX-License-Identifier: Apache-2.0
#include "meta138/options/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

namespace meta138::options {
namespace {

class ArgumentReader {
public:
    ArgumentReader(const Catalogue& catalogue, std::span<const char* const> arguments)
        : catalogue_{catalogue}, rest_{arguments.begin(), arguments.end()} {}

    Arguments read(Settings& settings) {
        while (!rest_.empty()) {
            const auto word = take();
            if (word == "--") {
                while (!rest_.empty()) result_.positional.emplace_back(take());
            } else if (word.size() > 1 && word.starts_with('-')) {
                read_option(word);
            } else {
                read_word(word);
            }
        }
        require_command();
        for (const auto& [row, values] : values_) settings.give(*row, values, Source::command_line);
        return std::move(result_);
    }

private:
    std::string_view take() {
        const auto word = rest_.front();
        rest_.erase(rest_.begin());
        return word;
    }

    void read_option(std::string_view word) {
        if (word == "-h" || word == "--help") {
            result_.help = true;
        } else if (word == "--Xhelp") {
            result_.hidden_help = true;
        } else if (word == "-V" || word == "--version") {
            result_.version = true;
        } else {
            const auto equals = word.find('=');
            const auto name = word.substr(
                word.starts_with("--") ? 2 : 1,
                equals == word.npos ? word.npos : equals - (word.starts_with("--") ? 2 : 1));
            read_named(word.substr(0, equals), name,
                       equals == word.npos ? std::nullopt : std::optional{word.substr(equals + 1)});
        }
    }

    void read_named(std::string_view spelled, std::string_view name,
                    std::optional<std::string_view> value) {
        if (const auto* row = command_option(name)) {
            result_.command_options[std::string{row->name}] = value_of(*row, spelled, value);
            return;
        }
        const auto* row = catalogue_.find_option(name);
        if (row == nullptr)
            throw OptionError{
                fmt::format("Unknown option: '{}'{}", spelled, catalogue_.similar_options(name))};
        auto& values = values_[row];
        if (!values.empty() && row->kind != ValueKind::list)
            throw OptionError{
                fmt::format("Option '--{}' should be specified only once", row->name)};
        values.push_back(value_of(*row, spelled, value));
    }

    std::string value_of(const OptionRow& row, std::string_view spelled,
                         std::optional<std::string_view> value) {
        if (value) return std::string{*value};
        if (row.kind == ValueKind::flag) return "true";
        if (rest_.empty() || rest_.front().starts_with("--"))
            throw OptionError{fmt::format("Missing required parameter for option '{}'", spelled)};
        return std::string{take()};
    }

    /// An option of the subcommand, once its words are complete.
    const OptionRow* command_option(std::string_view name) {
        const auto* command = catalogue_.find_command(words_);
        if (command == nullptr) return nullptr;
        const auto found = std::ranges::find(command->rows, name, &OptionRow::name);
        return found == command->rows.end() ? nullptr : &*found;
    }

    void read_word(std::string_view word) {
        if (catalogue_.find_command(words_) != nullptr && !leads_to_command(word)) {
            result_.positional.emplace_back(word);
            return;
        }
        if (!leads_to_command(word))
            throw OptionError{
                fmt::format("Unmatched argument at index {}: '{}'{}", words_count_, word,
                            words_.empty() ? catalogue_.similar_options(word) : std::string{})};
        words_ = joined(word);
        ++words_count_;
    }

    [[nodiscard]] std::string joined(std::string_view word) const {
        return words_.empty() ? std::string{word} : fmt::format("{} {}", words_, word);
    }

    [[nodiscard]] bool leads_to_command(std::string_view word) const {
        const auto longer = joined(word);
        return std::ranges::any_of(catalogue_.commands, [&](const CommandRow& row) {
            return row.words == longer || row.other_words == longer ||
                   row.words.starts_with(longer + " ") || row.other_words.starts_with(longer + " ");
        });
    }

    void require_command() {
        if (words_.empty()) return;
        result_.command = catalogue_.find_command(words_);
        if (result_.command == nullptr && !result_.help)
            throw OptionError{fmt::format("Missing required subcommand of '{}'", words_)};
    }

    const Catalogue& catalogue_;
    std::vector<std::string_view> rest_;
    std::string words_;
    std::size_t words_count_ = 0;
    std::map<const OptionRow*, std::vector<std::string>> values_;
    Arguments result_;
};

}  // namespace

Arguments read_arguments(std::span<const char* const> arguments, Settings& settings) {
    return ArgumentReader{settings.catalogue(), arguments}.read(settings);
}

}  // namespace meta138::options
