// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../test/core_keys.hpp"
#include "../test/signing_watch.hpp"

#include "meta138/qbft/core.hpp"
#include "meta138/qbft/validators.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace meta138::qbft::test {

/// A walk of one core through events that bytes choose. The other three validators' keys are the
/// walker's, so what it sends is signed as it should be, or nearly. Checks what must hold for a
/// validator among any number of liars.
class CoreWalk {
public:
    explicit CoreWalk(ByteView choices) : choices_{choices} {}

    /// Empty: nothing was broken.
    std::string run() {
        restart();
        while (at_ < choices_.size() && broken_.empty()) {
            step();
            check_limits();
        }
        return broken_;
    }

private:
    using milliseconds = std::chrono::milliseconds;
    static constexpr std::size_t self = 3;
    static constexpr std::size_t stranger = 4;
    static constexpr std::size_t future_limit = 20;
    static constexpr std::size_t future_bytes = 20'000;

    std::uint8_t next() { return at_ < choices_.size() ? choices_[at_++] : 0; }
    std::size_t below(std::size_t limit) { return next() % limit; }
    bool one_in(std::size_t n) { return below(n) == n - 1; }
    void fail(std::string what) {
        if (broken_.empty()) broken_ = std::move(what);
    }

    void step() {
        switch (below(16)) {
            case 0: return deliver(MessageCode::proposal, encode_proposal(proposal()));
            case 1:
            case 2: return deliver(MessageCode::prepare, encode_prepare(prepare(author())));
            case 3:
            case 4: return deliver(MessageCode::commit, encode_commit(commit(author())));
            case 5:
            case 6:
                return deliver(
                    MessageCode::round_change,
                    encode_round_change(round_change(author(), number(), any_round()), form()));
            case 7: return consistent_round();
            case 8: return pass_time();
            case 9: return build();
            case 10: return validate();
            case 11: return import();
            case 12: return run(core_->on_connected(keys_[below(5)].address, now_));
            case 13: return run(core_->on_transactions(now_));
            case 14: return interrupt();
            case 15: return again();
        }
    }

    // What is said.

    std::size_t author() { return one_in(16) ? stranger : below(3); }
    std::uint64_t number() { return one_in(8) ? number_ + below(14) - 1 : number_; }
    std::uint32_t any_round() {
        static constexpr std::array<std::uint32_t, 8> rounds{0, 1, 2, 3, 4, 7, 1000, 0xffffffff};
        return one_in(4) ? rounds.at(below(8)) : core_->status().round + (one_in(4) ? 1U : 0U);
    }
    MessageForm form() { return one_in(4) ? MessageForm::legacy : MessageForm::current; }
    std::shared_ptr<const Block> block(std::uint32_t round, std::size_t builder) {
        if (one_in(16)) ++round;
        auto block = make_block(parent(), keys_[builder].address, addresses_of(validators_),
                                parent().timestamp + 1, round,
                                static_cast<std::uint8_t>(one_in(4) ? below(3) : 0));
        if (one_in(4)) block.transactions.emplace_back();
        return std::make_shared<const Block>(std::move(block));
    }
    std::size_t proposer_of(std::uint32_t round) {
        const auto address = proposer(addresses_of(validators_), parent().coinbase, round);
        const auto it = std::ranges::find(validators_, address, &Key::address);
        return static_cast<std::size_t>(it - validators_.begin());
    }
    Hash32 any_digest() {
        if (blocks_.empty() || one_in(8)) return {};
        return committed_seal_hash(any_block()->header);
    }
    const std::shared_ptr<const Block>& any_block() {
        if (blocks_.empty()) remember(block(0, proposer_of(0)));
        return one_in(4) ? blocks_[below(blocks_.size())] : blocks_.back();
    }
    void remember(std::shared_ptr<const Block> block) {
        blocks_.push_back(std::move(block));
        if (blocks_.size() > 6) blocks_.pop_front();
    }
    Prepare prepare(std::size_t i) {
        return sign_prepare({.sequence = number(), .round = any_round(), .digest = any_digest()},
                            keys_[i].sign, keys_[i].address);
    }
    Commit commit(std::size_t i) {
        const auto& block = any_block();
        const auto round = any_round();
        const auto sealed = one_in(16) ? Hash32{} : committed_seal_hash(block->header, round);
        return sign_commit({.sequence = number(),
                            .round = round,
                            .digest = committed_seal_hash(block->header),
                            .commit_seal = keys_[i].sign(sealed)},
                           keys_[i].sign, keys_[i].address);
    }
    std::vector<SignedPrepare> prepares_for(const std::shared_ptr<const Block>& block,
                                            std::uint32_t round) {
        std::vector<SignedPrepare> prepares;
        const auto count = one_in(8) ? below(5) : 3;
        for (std::size_t i = 0; i < count; ++i)
            prepares.push_back(sign_prepare(
                {.sequence = number_, .round = round, .digest = committed_seal_hash(block->header)},
                keys_[i % 3].sign, keys_[i % 3].address));
        return prepares;
    }
    RoundChange round_change(std::size_t i, std::uint64_t number, std::uint32_t round) {
        RoundChange message;
        RoundChangePayload payload{.sequence = number, .round = round};
        if (one_in(2)) {
            message.block = any_block();
            const auto prepared = decode_extra_data(message.block->header.extra_data)->round;
            payload.prepared =
                PreparedMetadata{.prepared_round = prepared,
                                 .prepared_block_hash = committed_seal_hash(message.block->header)};
            message.prepares = prepares_for(message.block, prepared);
            if (one_in(16)) message.block.reset();
        }
        message.round_change = sign_round_change(payload, keys_[i].sign, keys_[i].address);
        return message;
    }
    Proposal proposal() {
        const auto round = any_round();
        const auto i = one_in(8) ? below(3) : std::min<std::size_t>(proposer_of(round), 2);
        Proposal message;
        auto proposed = block(round, i);
        if (round > 0) {
            const auto count = one_in(8) ? below(5) : 3;
            std::optional<PreparedMetadata> highest;
            for (std::size_t j = 0; j < count; ++j) {
                const auto change = round_change(j % 3, number_, round);
                message.round_changes.push_back(change.round_change);
                const auto& prepared = change.round_change.payload.prepared;
                if (!prepared || !change.block ||
                    (highest && highest->prepared_round >= prepared->prepared_round))
                    continue;
                highest = prepared;
                message.prepares = change.prepares;
                auto again = std::make_shared<Block>(*change.block);
                again->header = with_round(again->header, round);
                proposed = std::move(again);
            }
        }
        remember(proposed);
        message.proposal = sign_proposal(
            {.sequence = number(), .round = round, .block = proposed, .block_access_list = {}},
            keys_[i].sign, keys_[i].address, form());
        return message;
    }
    // Enough votes for the last block, in its round.
    void consistent_round() {
        const auto block = any_block();
        const auto round = decode_extra_data(block->header.extra_data)->round;
        const auto digest = committed_seal_hash(block->header);
        const bool commits = one_in(2);
        for (std::size_t i = 0; i < 3; ++i) {
            if (commits) {
                const auto seal = keys_[i].sign(digest);
                deliver(MessageCode::commit,
                        encode_commit(sign_commit({.sequence = number_,
                                                   .round = round,
                                                   .digest = digest,
                                                   .commit_seal = seal},
                                                  keys_[i].sign, keys_[i].address)));
            } else {
                deliver(MessageCode::prepare,
                        encode_prepare(
                            sign_prepare({.sequence = number_, .round = round, .digest = digest},
                                         keys_[i].sign, keys_[i].address)));
            }
        }
    }
    void deliver(MessageCode code, Bytes payload) {
        if (one_in(16) && !payload.empty())
            payload[(below(256) * 256 + below(256)) % payload.size()] ^=
                static_cast<std::uint8_t>(1U << below(8));
        if (one_in(32)) payload.resize(payload.size() / 2);
        if (one_in(32)) code = static_cast<MessageCode>(0x12 + below(4));
        said_.emplace_back(code, payload);
        if (said_.size() > 8) said_.pop_front();
        run(core_->on_message(code, payload, keys_[below(5)].address, now_));
    }
    void again() {
        if (said_.empty()) return;
        const auto [code, payload] = said_[below(said_.size())];
        run(core_->on_message(code, payload, keys_[below(5)].address, now_));
    }

    // What happens.

    void pass_time() {
        const auto due = core_->due_in(now_);
        const milliseconds passed =
            due && !one_in(4) ? *due : milliseconds{std::int64_t{next()} * next()};
        now_.steady += passed;
        now_.wall += one_in(16) ? -100 * passed : passed;
        run(core_->on_time(now_));
        for (int i = 0; core_ && core_->due_in(now_) == milliseconds{0}; ++i) {
            if (i == 10) return fail("due at once without end");
            run(core_->on_time(now_));
        }
    }
    void build() {
        if (builds_.empty()) return;
        const auto order = builds_.front();
        builds_.pop_front();
        std::shared_ptr<const Block> built;
        if (!one_in(8)) built = block(order.round, self);
        if (built) remember(built);
        run(core_->on_built(order.number, order.round, built, now_));
    }
    void validate() {
        if (questions_.empty()) return;
        const auto hash = *questions_.begin();
        questions_.erase(hash);
        run(core_->on_validated(hash, !one_in(4), now_));
    }
    void import() {
        if (!import_) return;
        const auto block = *std::exchange(import_, {});
        if (one_in(4)) return run(core_->on_import_failed(block.hash, now_));
        head_ = block.block->header;
        start();
    }
    void interrupt() {
        switch (below(3)) {
            case 0: core_->stop(); return start();
            case 1: return restart();
            case 2: return run(core_->reset_round_timer(now_));
        }
    }
    void restart() {
        if (disk_) {
            const auto read = decode_safety_record(encode_safety_record(*disk_));
            if (!read || *read != *disk_) return fail("the record does not come back");
        }
        core_ = std::make_unique<Core>(CoreSettings{.local = keys_[self].address,
                                                    .sign = keys_[self].sign,
                                                    .future_messages_limit = future_limit,
                                                    .future_messages_max_bytes = future_bytes},
                                       disk_);
        start();
    }
    void start() {
        questions_.clear();
        builds_.clear();
        import_.reset();
        blocks_.clear();
        number_ = parent().number + 1;
        run(core_->start_height({.parent = parent(),
                                 .parent_hash = on_chain_hash(parent()),
                                 .validators = addresses_of(validators_),
                                 .block_period = milliseconds{1000},
                                 .is_subsecond = false,
                                 .empty_block_period = milliseconds{at_ % 2 == 0 ? 0 : 5000},
                                 .request_timeout = milliseconds{1000}},
                                now_));
    }
    const Header& parent() const { return head_; }

    // What the core wants.

    void run(const Actions& actions) {
        for (const auto& action : actions)
            std::visit([this](const auto& it) { carry_out(it); }, action);
    }
    void carry_out(const Persist& action) { disk_ = action.record; }
    void carry_out(const Send& action) {
        for (const auto& to : action.to)
            if (to == keys_[self].address || to == action.not_to) fail("sent to the wrong one");
        if (recover_author(action.code, *action.payload) != keys_[self].address) {
            if (!action.not_to) fail("sent another's message as its own");
            return;
        }
        if (auto fault = watch_.check(action, disk_); !fault.empty()) fail(std::move(fault));
    }
    void carry_out(const BuildBlock& action) {
        if (action.number != number_) fail("asked for a block of another height");
        builds_.push_back(action);
    }
    void carry_out(const ValidateBlock& action) {
        if (action.hash != on_chain_hash(action.block->header)) fail("asked with another hash");
        if (!questions_.insert(action.hash).second) fail("asked twice");
    }
    void carry_out(const ImportBlock& action) {
        if (import_) fail("imported twice");
        const auto& header = action.block->header;
        if (action.hash != on_chain_hash(header)) fail("imported with another hash");
        std::set<Address> sealers;
        for (const auto& seal : decode_extra_data(header.extra_data)->seals)
            sealers.insert(
                crypto::recover_address(committed_seal_hash(header), seal).value_or(Address{}));
        for (const auto& sealer : sealers)
            if (std::ranges::find(validators_, sealer, &Key::address) == validators_.end())
                fail("imported with a stranger's seal");
        if (sealers.size() < quorum(validators_.size())) fail("imported without a quorum");
        import_ = action;
    }
    void carry_out(const BehindNetwork& action) {
        if (action.number < number_) fail("behind what it has");
    }
    void carry_out(const Observation&) {}

    void check_limits() {
        const auto status = core_->status();
        if (status.future_messages > future_limit || status.future_bytes > future_bytes)
            fail("too much is kept for later");
        if (status.prepares > 4 || status.commits > 4) fail("counted too many votes");
    }

    ByteView choices_;
    std::size_t at_ = 0;
    std::string broken_;
    std::vector<Key> validators_ = make_keys(4);
    std::vector<Key> keys_ = [this] {
        auto keys = validators_;
        keys.push_back(make_key(99));
        return keys;
    }();
    Header head_ = genesis_header();
    std::uint64_t number_ = 1;
    Instant now_{.wall = std::chrono::seconds{1'700'000'000}, .steady = std::chrono::hours{1}};
    std::unique_ptr<Core> core_;
    std::optional<SafetyRecord> disk_;
    SigningWatch watch_;
    std::deque<std::shared_ptr<const Block>> blocks_;
    std::deque<std::pair<MessageCode, Bytes>> said_;
    std::deque<BuildBlock> builds_;
    std::set<Hash32> questions_;
    std::optional<ImportBlock> import_;
};

}  // namespace meta138::qbft::test
