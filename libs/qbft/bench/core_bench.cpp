// SPDX-License-Identifier: Apache-2.0
// What consensus itself costs a validator: one core decides blocks with messages that were signed
// beforehand.
#include "../test/core_keys.hpp"

#include "meta138/qbft/core.hpp"
#include "meta138/qbft/validators.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace meta138;
using namespace meta138::qbft;
using namespace meta138::qbft::test;
using namespace std::chrono_literals;

struct Message {
    MessageCode code{};
    Bytes payload;
    Address from;
};

// Block 1, which the last of `count` validators sees decided in round 0: each message comes from
// its author first, and then `copies` times from others.
class Decision {
public:
    explicit Decision(std::size_t count) : keys_{make_keys(count)} {
        const auto validators = addresses_of(keys_);
        const auto parent = genesis_header();
        const auto proposer_address = proposer(validators, parent.coinbase, 0);
        const auto block = std::make_shared<const Block>(
            make_block(parent, proposer_address, validators, parent.timestamp + 1));
        const auto digest = committed_seal_hash(block->header);
        height_ = {.parent = parent,
                   .parent_hash = on_chain_hash(parent),
                   .validators = validators,
                   .block_period = 1s,
                   .is_subsecond = false,
                   .empty_block_period = 0s,
                   .request_timeout = 1s};
        for (const auto& key : keys_) {
            if (key.address == keys_.back().address) continue;
            if (key.address == proposer_address)
                messages_.insert(
                    messages_.begin(),
                    {MessageCode::proposal,
                     encode_proposal(
                         {.proposal = sign_proposal(
                              {.sequence = 1, .round = 0, .block = block, .block_access_list = {}},
                              key.sign, key.address),
                          .round_changes = {},
                          .prepares = {}}),
                     key.address});
            messages_.push_back(
                {MessageCode::prepare,
                 encode_prepare(sign_prepare({.sequence = 1, .round = 0, .digest = digest},
                                             key.sign, key.address)),
                 key.address});
            messages_.push_back(
                {MessageCode::commit,
                 encode_commit(sign_commit(
                     {.sequence = 1, .round = 0, .digest = digest, .commit_seal = key.sign(digest)},
                     key.sign, key.address)),
                 key.address});
        }
        std::ranges::sort(messages_, {}, &Message::code);
    }

    // Returns whether the block was decided.
    bool run(std::size_t copies) {
        Instant now{.wall = std::chrono::seconds{1'700'000'001}, .steady = 1h};
        Core core{{.local = keys_.back().address, .sign = keys_.back().sign}, std::nullopt};
        bool is_decided = false;
        const auto carry_out = [&](const Actions& actions) {
            for (const auto& action : actions) {
                if (const auto* const question = std::get_if<ValidateBlock>(&action))
                    benchmark::DoNotOptimize(core.on_validated(question->hash, true, now));
                if (std::holds_alternative<ImportBlock>(action)) is_decided = true;
            }
        };
        carry_out(core.start_height(height_, now));
        for (const auto& message : messages_) {
            carry_out(core.on_message(message.code, message.payload, message.from, now));
            for (std::size_t i = 0; i < copies; ++i)
                carry_out(core.on_message(message.code, message.payload, message.from, now));
        }
        return is_decided;
    }
    std::size_t messages() const { return messages_.size(); }

    // The same messages, to a core that decides the block before theirs.
    std::size_t run_early(std::size_t copies) {
        const Instant now{.wall = std::chrono::seconds{1'700'000'001}, .steady = 1h};
        Core core{{.local = keys_.back().address, .sign = keys_.back().sign}, std::nullopt};
        benchmark::DoNotOptimize(core.start_height(height_, now));
        core.stop();
        for (const auto& message : messages_)
            for (std::size_t i = 0; i <= copies; ++i)
                benchmark::DoNotOptimize(
                    core.on_message(message.code, message.payload, message.from, now));
        return core.status().future_messages;
    }

private:
    std::vector<Key> keys_;
    HeightSettings height_;
    std::vector<Message> messages_;
};

void decide(benchmark::State& state, bool is_gossiped) {
    const auto validators = static_cast<std::size_t>(state.range(0));
    Decision decision{validators};
    const auto copies = is_gossiped ? validators - 2 : 0;
    for (auto _ : state)
        if (!decision.run(copies)) state.SkipWithError("not decided");
    const auto messages = decision.messages() * (1 + copies);
    state.counters["messages/s"] = benchmark::Counter(
        static_cast<double>(messages), benchmark::Counter::kIsIterationInvariantRate);
}

/// One copy of each message.
void decide_a_block(benchmark::State& state) {
    decide(state, false);
}
BENCHMARK(decide_a_block)->Arg(4)->Arg(7)->Arg(13)->Arg(31)->Unit(benchmark::kMicrosecond);

/// All gossip all about a block that is not decided here yet: a validator that lags.
void keep_messages_for_later(benchmark::State& state) {
    const auto validators = static_cast<std::size_t>(state.range(0));
    Decision decision{validators};
    for (auto _ : state)
        if (decision.run_early(validators - 2) != decision.messages())
            state.SkipWithError("not kept");
}
BENCHMARK(keep_messages_for_later)->Arg(4)->Arg(31)->Unit(benchmark::kMicrosecond);

/// A copy from every other validator too: all gossip all.
void decide_a_block_with_gossip(benchmark::State& state) {
    decide(state, true);
}
BENCHMARK(decide_a_block_with_gossip)->Arg(4)->Arg(31)->Unit(benchmark::kMicrosecond);

}  // namespace
