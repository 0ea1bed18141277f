// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/fork.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace meta138 {
namespace {

// The names of the fixtures: EIP150 is Tangerine Whistle, EIP158 Spurious Dragon, ConstantinopleFix
// Petersburg.
constexpr std::array fork_rows = std::to_array<ForkRow>({
    {Fork::frontier, "Frontier", "Frontier", "", false},
    {Fork::homestead, "Homestead", "Homestead", "homesteadBlock", false},
    {Fork::tangerine_whistle, "Tangerine Whistle", "EIP150", "eip150Block", false},
    {Fork::spurious_dragon, "Spurious Dragon", "EIP158", "eip158Block", false},
    {Fork::byzantium, "Byzantium", "Byzantium", "byzantiumBlock", false},
    {Fork::constantinople, "Constantinople", "Constantinople", "constantinopleBlock", false},
    {Fork::petersburg, "Petersburg", "ConstantinopleFix", "petersburgBlock", false},
    {Fork::istanbul, "Istanbul", "Istanbul", "istanbulBlock", false},
    {Fork::berlin, "Berlin", "Berlin", "berlinBlock", false},
    {Fork::london, "London", "London", "londonBlock", false},
    {Fork::paris, "Paris", "Paris", "mergeNetsplitBlock", false},
    {Fork::shanghai, "Shanghai", "Shanghai", "shanghaiTime", true},
    {Fork::cancun, "Cancun", "Cancun", "cancunTime", true},
    {Fork::prague, "Prague", "Prague", "pragueTime", true},
    {Fork::osaka, "Osaka", "Osaka", "osakaTime", true},
});

constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < fork_rows.size(); ++i) {
        if (std::to_underlying(fork_rows[i].fork) != i) return false;
    }
    return true;
}
static_assert(fork_rows.size() == fork_count && rows_are_in_order());

constexpr char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

constexpr bool is_separator(char letter) noexcept {
    return letter == ' ' || letter == '_';
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    std::size_t i = 0;
    std::size_t j = 0;
    while (true) {
        while (i < a.size() && is_separator(a[i])) ++i;
        while (j < b.size() && is_separator(b[j])) ++j;
        if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
        if (lower(a[i++]) != lower(b[j++])) return false;
    }
}

}  // namespace

std::span<const ForkRow> forks() noexcept {
    return fork_rows;
}

const ForkRow& row_of(Fork fork) noexcept {
    return fork_rows[std::to_underlying(fork)];
}

std::optional<Fork> find_fork(std::string_view name) noexcept {
    for (const auto& row : fork_rows) {
        if (same_name(name, row.name) || same_name(name, row.fixture_name)) return row.fork;
    }
    return std::nullopt;
}

}  // namespace meta138
