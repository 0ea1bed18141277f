// SPDX-License-Identifier: Apache-2.0
#include "template.hpp"

#include <algorithm>

namespace meta138::oracle {

namespace {

constexpr std::size_t max_symbol_size = 64;
constexpr std::string_view symbols_mark = "{symbols}";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

}  // namespace

bool is_symbol(std::string_view text) noexcept {
    return !text.empty() && text.size() <= max_symbol_size && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{" _./:-@"}.find(c) != std::string_view::npos;
    });
}

std::string render(std::string_view pattern, std::string_view symbol) {
    std::string low{symbol};
    std::string high{symbol};
    std::ranges::transform(low, low.begin(), lower);
    std::ranges::transform(high, high.begin(), upper);
    auto text = replace_all(std::string{pattern}, "{symbol}", symbol);
    text = replace_all(std::move(text), "{symbol:lower}", low);
    return replace_all(std::move(text), "{symbol:upper}", high);
}

std::vector<std::string> render_subscriptions(const StreamDialect& dialect,
                                              std::span<const std::string> symbols) {
    std::vector<std::string> messages;
    if (dialect.subscribe.empty()) return messages;
    if (dialect.subscribe.find(symbols_mark) == std::string::npos) {
        for (const auto& symbol : symbols) messages.push_back(render(dialect.subscribe, symbol));
        return messages;
    }
    std::string list;
    for (const auto& symbol : symbols) {
        if (!list.empty()) list += ',';
        list += '"' + render(dialect.subscribe_symbol, symbol) + '"';
    }
    messages.push_back(replace_all(dialect.subscribe, symbols_mark, list));
    return messages;
}

}  // namespace meta138::oracle
