// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/config.hpp"

#include <algorithm>
#include <ranges>

namespace meta138::qbft {
namespace {

const BlockConfig& config_after(const Config& config, std::size_t transitions) {
    return transitions == 0 ? config.initial : config.transitions[transitions - 1].config;
}

bool is_passed(const auto& milestone, std::uint64_t number, std::uint64_t timestamp) {
    return (milestone.by_time ? timestamp : number) >= milestone.from;
}

}  // namespace

const BlockConfig& Config::at(std::uint64_t number, std::uint64_t timestamp) const {
    for (const auto& transition : std::views::reverse(transitions)) {
        if (is_passed(transition, number, timestamp)) return transition.config;
    }
    return initial;
}

const BlockConfig& Config::rules_at(std::uint64_t number, std::uint64_t timestamp) const {
    for (const auto& milestone : std::views::reverse(milestones)) {
        if (is_passed(milestone, number, timestamp))
            return config_after(*this, milestone.transitions);
    }
    return initial;
}

const std::vector<Address>* Config::validators_from(std::uint64_t number) const {
    const auto transition = std::ranges::find(transitions, number, &Transition::from);
    if (transition == transitions.end() || !transition->validators) return nullptr;
    return &*transition->validators;
}

const Config& Config::of_block(std::uint64_t number) const {
    return predecessor != nullptr && number < start_block ? *predecessor : *this;
}

bool Config::is_epoch_block(std::uint64_t number) const {
    const auto first = start_block == 0 ? 0 : start_block - 1;
    return number >= first && (number - first) % epoch_length == 0;
}

}  // namespace meta138::qbft
