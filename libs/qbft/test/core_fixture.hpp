// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core_network.hpp"

#include "meta138/qbft/extra_data.hpp"
#include "meta138/qbft/validators.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace meta138::qbft::test {

using namespace std::chrono_literals;

/// One core of four validators, decides block 1; the others are played by the test. The proposers
/// of the rounds are 0, 1, 2, 3, 0, ...; the core's validator is number 3.
class CoreTest : public ::testing::Test {
protected:
    CoreTest() { restart(std::nullopt); }

    static constexpr std::size_t self = 3;
    static constexpr std::uint64_t genesis_time = 1'700'000'000;

    void restart(std::optional<SafetyRecord> record) {
        settings.local = keys[self].address;
        settings.sign = keys[self].sign;
        core = std::make_unique<Core>(settings, std::move(record));
    }
    std::vector<Address> validators() const {
        std::vector<Address> addresses;
        for (const auto& key : keys) addresses.push_back(key.address);
        return addresses;
    }
    HeightSettings height(std::uint64_t number = 1) const {
        auto parent = genesis_header();
        parent.number = number - 1;
        parent.timestamp = genesis_time;
        return {.parent = parent,
                .parent_hash = on_chain_hash(parent),
                .validators = validators(),
                .block_period = period,
                .is_subsecond = false,
                .empty_block_period = empty_period,
                .request_timeout = 1s};
    }
    std::shared_ptr<const Block> block(std::uint32_t round, std::size_t builder,
                                       std::uint8_t salt = 0) const {
        const auto parent = genesis_header();
        return std::make_shared<const Block>(
            make_block(parent, keys[builder].address, validators(), genesis_time + 1, round, salt));
    }
    static Hash32 digest(const std::shared_ptr<const Block>& block) {
        return committed_seal_hash(block->header);
    }
    static std::shared_ptr<const Block> in_round(const std::shared_ptr<const Block>& block,
                                                 std::uint32_t round) {
        auto changed = std::make_shared<Block>(*block);
        changed->header = with_round(block->header, round);
        return changed;
    }

    Prepare prepare(std::size_t i, std::uint32_t round, const Hash32& of) const {
        return sign_prepare({.sequence = 1, .round = round, .digest = of}, keys[i].sign,
                            keys[i].address);
    }
    Commit commit(std::size_t i, std::uint32_t round,
                  const std::shared_ptr<const Block>& block) const {
        return sign_commit({.sequence = 1,
                            .round = round,
                            .digest = digest(block),
                            .commit_seal = keys[i].sign(committed_seal_hash(block->header, round))},
                           keys[i].sign, keys[i].address);
    }
    RoundChange round_change(std::size_t i, std::uint32_t round,
                             const std::optional<PreparedCertificate>& certificate = {}) const {
        RoundChange message;
        RoundChangePayload payload{.sequence = 1, .round = round};
        if (certificate) {
            payload.prepared = PreparedMetadata{.prepared_round = certificate->round,
                                                .prepared_block_hash = digest(certificate->block)};
            message.block = certificate->block;
            message.prepares = certificate->prepares;
        }
        message.round_change = sign_round_change(payload, keys[i].sign, keys[i].address);
        return message;
    }
    PreparedCertificate certificate(std::uint32_t round,
                                    const std::shared_ptr<const Block>& block) const {
        PreparedCertificate certificate{.round = round, .block = block};
        for (const std::size_t i : {0U, 1U, 2U})
            certificate.prepares.push_back(prepare(i, round, digest(block)));
        return certificate;
    }
    Proposal proposal(std::size_t i, std::uint32_t round, std::shared_ptr<const Block> block,
                      const std::vector<RoundChange>& round_changes = {},
                      std::vector<SignedPrepare> prepares = {}) const {
        Proposal message{
            .proposal = sign_proposal(
                {.sequence = 1, .round = round, .block = std::move(block), .block_access_list = {}},
                keys[i].sign, keys[i].address),
            .prepares = std::move(prepares)};
        for (const auto& change : round_changes)
            message.round_changes.push_back(change.round_change);
        return message;
    }
    /// From validators 0, 1, 2: a new block may be proposed.
    std::vector<RoundChange> quorum_of_changes(std::uint32_t round) const {
        return {round_change(0, round), round_change(1, round), round_change(2, round)};
    }

    // What happens to the core. Answers its questions: blocks are valid unless `is_valid` says no.
    void start(std::uint64_t number = 1) { run(core->start_height(height(number), now)); }
    void wait(milliseconds duration) {
        now.wall += duration;
        now.steady += duration;
        run(core->on_time(now));
    }
    /// Until the period is over: the core is in round 0.
    void begin() {
        start();
        wait(period);
    }
    void deliver(MessageCode code, const Bytes& payload, const Address& from) {
        run(core->on_message(code, payload, from, now));
    }
    void deliver(const Proposal& message) {
        deliver(MessageCode::proposal, encode_proposal(message), *message.proposal.author);
    }
    void deliver(const Prepare& message) {
        deliver(MessageCode::prepare, encode_prepare(message), *message.author);
    }
    void deliver(const Commit& message) {
        deliver(MessageCode::commit, encode_commit(message), *message.author);
    }
    void deliver(const RoundChange& message) {
        deliver(MessageCode::round_change, encode_round_change(message),
                *message.round_change.author);
    }
    void run(const Actions& actions) {
        for (const auto& action : actions) {
            log.push_back(action);
            if (const auto* const persist = std::get_if<Persist>(&action)) disk = persist->record;
            if (const auto* const ask = std::get_if<ValidateBlock>(&action)) {
                if (answers) run(core->on_validated(ask->hash, is_valid, now));
            }
        }
    }
    /// A round 0 that ends with a quorum of Prepares seen here.
    std::shared_ptr<const Block> prepare_round_0() {
        const auto proposed = block(0, 0);
        deliver(proposal(0, 0, proposed));
        for (const std::size_t i : {0U, 1U}) deliver(prepare(i, 0, digest(proposed)));
        return proposed;
    }

    // What it did.
    template <typename T>
    std::vector<T> all() const {
        std::vector<T> found;
        for (const auto& action : log)
            if (const auto* const it = std::get_if<T>(&action)) found.push_back(*it);
        return found;
    }
    /// Own messages of a kind, with repetitions.
    std::vector<Send> sent(MessageCode code) const {
        std::vector<Send> found;
        for (const auto& message : all<Send>())
            if (message.code == code && !message.not_to) found.push_back(message);
        return found;
    }
    std::vector<Send> gossiped() const {
        std::vector<Send> found;
        for (const auto& message : all<Send>())
            if (message.not_to) found.push_back(message);
        return found;
    }
    std::size_t count(Observation::Kind kind) const {
        return static_cast<std::size_t>(std::ranges::count(
            all<Observation>(), kind, [](const Observation& seen) { return seen.kind; }));
    }
    std::optional<Observation> last(Observation::Kind kind) const {
        std::optional<Observation> found;
        for (const auto& seen : all<Observation>())
            if (seen.kind == kind) found = seen;
        return found;
    }
    RoundChange last_round_change() const {
        return *decode_round_change(*sent(MessageCode::round_change).back().payload);
    }
    std::uint32_t round() const { return core->status().round; }

    std::vector<Key> keys = make_keys(4);
    CoreSettings settings;
    milliseconds period{1000};
    milliseconds empty_period{0};
    Instant now{.wall = std::chrono::seconds{genesis_time}, .steady = 1h};
    std::unique_ptr<Core> core;
    std::optional<SafetyRecord> disk;
    Actions log;
    bool answers = true;  ///< ValidateBlock is answered at once.
    bool is_valid = true;
};

}  // namespace meta138::qbft::test
