// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/compare_configs.hpp"

#include "meta138/qbft/config.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace meta138::consensus {
namespace {

using qbft::BlockConfig;
using qbft::Config;

/// What blocks depend on, from somewhere on.
struct Past {
    BlockConfig config;
    std::optional<std::vector<Address>> validators;
};

// The period counts where it is longer now: then old blocks are too close to each other.
bool concerns_blocks(const BlockConfig& stored, const BlockConfig& given) {
    return stored.block_reward != given.block_reward ||
           stored.mining_beneficiary != given.mining_beneficiary ||
           stored.validator_contract != given.validator_contract ||
           stored.transaction_gas_limit != given.transaction_gas_limit ||
           given.block_period > stored.block_period;
}

/// By where they begin: 0, and the transitions that the head has passed.
std::map<std::uint64_t, Past> past_of(const Config& config, const Header& head) {
    std::map<std::uint64_t, Past> past{{0, {.config = config.initial, .validators = {}}}};
    for (const auto& transition : config.transitions) {
        if ((transition.by_time ? head.timestamp : head.number) < transition.from) continue;
        past.emplace(transition.from,
                     Past{.config = transition.config, .validators = transition.validators});
    }
    return past;
}

class Comparison {
public:
    void compare(const Config& stored, const Config& given, const Header& head,
                 std::string_view name) {
        if (stored.epoch_length != given.epoch_length && !stored.initial.validator_contract)
            add("config.{}.epochlength: the database has {}, the file {}", name,
                stored.epoch_length, given.epoch_length);
        const auto before = past_of(stored, head);
        const auto after = past_of(given, head);
        for (const auto& [from, past] : before) {
            const auto now = after.find(from);
            if (now == after.end())
                add("config.transitions.{}: the transition at {} is missing", name, from);
            else if (past.validators != now->second.validators ||
                     concerns_blocks(past.config, now->second.config))
                add(from == 0 ? "config.{}: other rules from block {} on"
                              : "config.transitions.{}: another transition at {}",
                    name, from);
        }
        for (const auto& [from, past] : after) {
            if (!before.contains(from))
                add("config.transitions.{}: the transition at {} is new, but the head is at "
                    "block {}, time {}",
                    name, from, head.number, head.timestamp);
        }
    }

    template <typename... Args>
    void add(std::string_view format, const Args&... args) {
        differences_.push_back(fmt::format(fmt::runtime(format), args...));
    }
    [[nodiscard]] std::vector<std::string> take() { return std::move(differences_); }

private:
    std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> compare_qbft_configs(const Genesis& stored, const Genesis& given,
                                              const Header& head) {
    if (head.number == 0) return {};
    // The gas limit is the genesis block's, which is compared elsewhere.
    auto before = stored;
    before.gas_limit = given.gas_limit;
    const auto old_config = qbft::parse_config(before);
    const auto new_config = qbft::parse_config(given);
    if (!old_config || !new_config) return {};
    Comparison comparison;
    if (old_config->has_value() != new_config->has_value()) {
        comparison.add("config.qbft: the database was made {} it, the file is {} it",
                       *old_config ? "with" : "without", *new_config ? "with" : "without");
        return comparison.take();
    }
    if (!*old_config) return {};
    const auto& was = **old_config;
    const auto& is = **new_config;
    if (was.start_block != is.start_block &&
        (was.start_block <= head.number || is.start_block <= head.number))
        comparison.add("config.qbft.startblock: the database has {}, the file {}", was.start_block,
                       is.start_block);
    if (head.number >= was.start_block) comparison.compare(was, is, head, "qbft");
    if (was.predecessor && is.predecessor)
        comparison.compare(*was.predecessor, *is.predecessor, head,
                           was.predecessor->protocol == qbft::Protocol::ibft2 ? "ibft2" : "ibft");
    return comparison.take();
}

}  // namespace meta138::consensus
