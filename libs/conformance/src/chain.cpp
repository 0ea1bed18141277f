// SPDX-License-Identifier: Apache-2.0
#include "chain.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/validate_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace meta138::conformance {

namespace {

// A whole state as changes to the empty one.
state::StateDiff diff_of(const state::MapState& whole) {
    state::StateDiff diff;
    std::unordered_set<Hash32> codes;
    for (const auto& [address, entry] : whole.accounts()) {
        auto& account = diff.accounts.emplace_back();
        account.address = address;
        account.account = entry.account;
        for (const auto& [key, value] : entry.storage) account.storage.push_back({key, value});
        const auto& code_hash = entry.account.code_hash;
        if (code_hash != EMPTY_CODE_HASH && codes.insert(code_hash).second)
            diff.codes.push_back(whole.code(code_hash));
    }
    return diff;
}

}  // namespace

Hash32 Chain::Ancestors::block_hash(std::uint64_t number) const {
    auto hash = parent_;
    for (auto at = chain_.blocks_.find(hash); at != chain_.blocks_.end();
         at = chain_.blocks_.find(hash)) {
        const auto& header = at->second.block.header;
        if (header.number == number) return hash;
        if (header.number < number) break;
        hash = header.parent_hash;
    }
    return {};
}

Chain::Chain(ForkSchedule schedule, const Header& genesis, state::MapState genesis_state,
             evm::CodeCache& code_cache, state::State& state, AdaptRules adapt_rules)
    : schedule_{std::move(schedule)},
      adapt_rules_{std::move(adapt_rules)},
      code_cache_{code_cache},
      state_{state},
      genesis_{block_hash(genesis)},
      genesis_diff_{diff_of(genesis_state)},
      state_map_{std::move(genesis_state)},
      state_of_{genesis_},
      head_{genesis_} {
    Stored stored;
    stored.block.header = genesis;
    stored.total_difficulty = genesis.difficulty;
    blocks_.emplace(genesis_, std::move(stored));
}

std::expected<Chain::Imported, std::string> Chain::import_block(ByteView encoded) {
    const auto block = decode_block(encoded);
    if (!block) return std::unexpected{to_string(block.error())};
    return import_block(*block, encoded.size());
}

std::expected<Chain::Imported, std::string> Chain::import_block(const Block& block,
                                                                std::size_t encoded_size) {
    const auto& header = block.header;
    const auto parent = blocks_.find(header.parent_hash);
    if (parent == blocks_.end())
        return std::unexpected{
            fmt::format("the parent {} is unknown", to_hex(header.parent_hash.bytes))};
    const auto& parent_block = parent->second;
    const auto rules = rules_for(header, parent_block.total_difficulty);
    const auto refuse = [](const execution::InvalidBlock& error) {
        return std::unexpected{to_string(error)};
    };
    if (const auto valid = execution::validate_header(header, parent_block.block.header, rules);
        !valid)
        return refuse(valid.error());
    if (const auto valid = execution::validate_body(block, encoded_size, rules); !valid)
        return refuse(valid.error());
    if (!block.ommers.empty()) {
        const auto rules_of = [&](const Header& ommer) {
            return rules_for(ommer, parent_block.total_difficulty);
        };
        const auto valid =
            execution::validate_ommers(block, ancestors_of(header.parent_hash), rules_of);
        if (!valid) return refuse(valid.error());
    }
    const auto senders = execution::recover_senders(block.transactions, rules.fork);
    if (!senders) return refuse(senders.error());

    move_to(header.parent_hash);
    state_.reset(state_map_);
    const Ancestors hashes{*this, header.parent_hash};
    auto result = execution::execute_block(
        block, *senders, rules,
        {.state = state_, .block_hashes = hashes, .code_cache = code_cache_}, state_map_);
    state_.reset();
    if (!result) return refuse(result.error());

    const auto hash = block_hash(header);
    state_map_.apply(result->diff);
    state_of_ = hash;
    Stored stored;
    stored.block.header = header;
    stored.block.ommers = block.ommers;
    stored.total_difficulty = parent_block.total_difficulty + header.difficulty;
    stored.diff = std::move(result->diff);
    blocks_.emplace(hash, std::move(stored));
    choose_head(hash, rules.fork);
    return Imported{hash, std::move(result->receipts)};
}

std::expected<Chain::Timing, std::string> Chain::time_block(const Block& block) {
    const auto& header = block.header;
    const auto parent = blocks_.find(header.parent_hash);
    if (parent == blocks_.end()) return std::unexpected{std::string{"the parent is unknown"}};
    const auto rules = rules_for(header, parent->second.total_difficulty);
    const auto senders = execution::recover_senders(block.transactions, rules.fork);
    if (!senders) return std::unexpected{to_string(senders.error())};
    move_to(header.parent_hash);
    state_.reset(state_map_);
    const Ancestors hashes{*this, header.parent_hash};
    execution::BlockExecutor executor{
        {.state = state_, .block_hashes = hashes, .code_cache = code_cache_},
        rules,
        execution::environment_of(header, rules)};
    executor.begin();
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        const auto done = executor.execute(block.transactions[i], (*senders)[i]);
        if (!done) return std::unexpected{std::string{to_string(done.error())}};
    }
    const auto time = std::chrono::steady_clock::now() - start;
    const Timing timing{executor.used().gas, time};
    state_.reset();
    return timing;
}

state::MapState& Chain::head_state() {
    move_to(head_);
    return state_map_;
}

execution::BlockRules Chain::rules_for(const Header& header,
                                       const uint256& parent_total_difficulty) const {
    const auto fork = schedule_.fork_at(header.number, header.timestamp, parent_total_difficulty);
    auto rules = execution::rules_of(schedule_, fork, header.number, header.timestamp);
    if (adapt_rules_) adapt_rules_(rules);
    return rules;
}

std::vector<Block> Chain::ancestors_of(const Hash32& parent) const {
    std::vector<Block> ancestors;
    auto hash = parent;
    while (ancestors.size() <= execution::MAX_OMMER_DEPTH) {
        const auto at = blocks_.find(hash);
        if (at == blocks_.end()) break;
        ancestors.push_back(at->second.block);
        hash = at->second.block.header.parent_hash;
    }
    return ancestors;
}

void Chain::move_to(const Hash32& block) {
    if (state_of_ == block) return;
    // Another branch: from the genesis block on, which the short chains of fixtures allow.
    std::vector<const Stored*> path;
    for (auto hash = block; hash != genesis_;) {
        const auto& stored = blocks_.at(hash);
        path.push_back(&stored);
        hash = stored.block.header.parent_hash;
    }
    state_map_ = state::MapState{};
    state_map_.apply(genesis_diff_);
    for (auto at = path.rbegin(); at != path.rend(); ++at) state_map_.apply((*at)->diff);
    state_of_ = block;
}

void Chain::choose_head(const Hash32& imported, Fork fork) {
    const auto& candidate = blocks_.at(imported);
    if (fork >= Fork::paris || candidate.total_difficulty > blocks_.at(head_).total_difficulty)
        head_ = imported;
}

}  // namespace meta138::conformance
