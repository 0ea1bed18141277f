// SPDX-License-Identifier: Apache-2.0
#include "heard.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace meta138::qbft {

void Heard::hear(const Address& validator, std::uint64_t number) {
    auto& highest = numbers_[validator];
    highest = std::max(highest, number);
}

std::optional<std::uint64_t> Heard::from(const Address& validator) const {
    const auto it = numbers_.find(validator);
    if (it == numbers_.end()) return std::nullopt;
    return it->second;
}

std::size_t Heard::count_from(std::uint64_t number) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(numbers_, [=](const auto& entry) { return entry.second >= number; }));
}

std::optional<std::uint64_t> Heard::reached_by(std::size_t count) const {
    META138_ASSERT(count > 0);
    if (numbers_.size() < count) return std::nullopt;
    std::vector<std::uint64_t> numbers;
    for (const auto& [validator, number] : numbers_) numbers.push_back(number);
    const auto nth = numbers.begin() + static_cast<std::ptrdiff_t>(count - 1);
    std::ranges::nth_element(numbers, nth, std::greater{});
    return *nth;
}

}  // namespace meta138::qbft
