// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/consensus/validator.hpp"
#include "meta138/consensus/validator_sets.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::consensus {

class Validator::Implementation {
public:
    using Executed = std::shared_ptr<const blockchain::ExecutedBlock>;
    using Microseconds = std::chrono::microseconds;
    using Milliseconds = std::chrono::milliseconds;

    Implementation(ValidatorSettings settings, const qbft::Config& config, blockchain::Chain& chain,
                   const ValidatorSets& sets, SafetyStore& store, ValidatorHost& host);
    ~Implementation();
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    void pause();
    void resume();
    void on_time();
    void on_transactions();
    [[nodiscard]] std::optional<Milliseconds> due_in() const;
    [[nodiscard]] Status status() const;

    /// Carries out actions and all that follows from them, in order.
    void run(qbft::Actions actions);

    [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }
    [[nodiscard]] qbft::Core& core() noexcept { return core_; }
    [[nodiscard]] ValidatorHost& host() noexcept { return host_; }
    [[nodiscard]] ValidatorCounters& counters() noexcept { return counters_; }
    [[nodiscard]] std::map<Address, bool>& votes() noexcept { return votes_; }

private:
    // --- Heights

    void on_head(const blockchain::HeadEvent& event);
    /// Takes part in the decision on the head's child, unless it has to wait.
    void enter();
    void leave();
    /// Whether this validator may have signed for the next height with a disk that it lost.
    [[nodiscard]] bool may_have_forgotten(const storage::StoredHeader& head) const;
    [[nodiscard]] std::optional<qbft::HeightSettings> next_height();

    // --- Actions

    void drain();
    void carry_out(const qbft::Persist& action);
    void carry_out(const qbft::Send& action);
    void carry_out(const qbft::BuildBlock& action);
    void carry_out(const qbft::ValidateBlock& action);
    void carry_out(const qbft::ImportBlock& action);
    void carry_out(const qbft::BehindNetwork& action);
    void carry_out(const qbft::Observation& action);
    void push(qbft::Actions actions);

    /// Empty: valid. Otherwise why not.
    [[nodiscard]] std::string validate(const Block& block, const Hash32& hash);
    void keep(Executed executed);
    [[nodiscard]] Executed find_executed(const Hash32& hash) const;
    void on_imported(const Executed& block, Microseconds started);

    // --- Building

    /// What a block that is built now would say; equal plans give blocks as good as each other.
    struct Plan {
        Hash32 parent;
        std::uint64_t number = 0;
        std::uint32_t round = 0;
        std::uint64_t timestamp = 0;
        Bytes extra_data;
        BuildOptions options;
        friend bool operator==(const Plan&, const Plan&) = default;
    };
    [[nodiscard]] Plan plan(std::uint32_t round, std::uint64_t timestamp) const;
    [[nodiscard]] std::optional<qbft::Vote> vote() const;
    [[nodiscard]] Executed build(const Plan& plan, Microseconds at_most = Microseconds::max());
    void build_ahead();
    /// When the block of our turn is to be built ahead, or again; absent: not now.
    [[nodiscard]] std::optional<Milliseconds> build_ahead_in() const;
    /// The time that the core will give to the block of round 0, which is due in so long.
    [[nodiscard]] std::uint64_t timestamp_in(Milliseconds due) const;
    void forget_built_ahead();

    [[nodiscard]] std::uint64_t next_number() const {
        return chain_.view()->head().header.number + 1;
    }
    void notice(ValidatorNotice notice) { host_.noticed(notice); }

    const ValidatorSettings settings_;
    const qbft::Config& config_;
    blockchain::Chain& chain_;
    const ValidatorSets& sets_;
    SafetyStore& store_;
    ValidatorHost& host_;
    qbft::Core core_;
    ValidatorCounters counters_;
    std::map<Address, bool> votes_;
    std::size_t listener_ = 0;

    bool is_paused_ = true;
    std::deque<qbft::Action> queue_;
    bool is_draining_ = false;

    // Of the height that is being decided.
    qbft::HeightSettings height_;
    std::optional<Milliseconds> waits_until_;  // steady; see ValidatorSettings::unknown_past_wait
    std::deque<Executed> executed_;            // newest last
    Executed newest_;                          // the head, as the chain has it
    struct Deferred {
        qbft::ValidateBlock action;
        Milliseconds due{};  // wall
    };
    std::vector<Deferred> deferred_;  // proposals from the near future
    std::optional<Microseconds> proposal_at_;
    std::uint32_t round_ = 0;

    // Building ahead.
    bool is_our_turn_ = false;  // round 0 is ours, and has not begun
    std::optional<std::pair<Plan, Executed>> built_ahead_;
    blockchain::BuildReport report_;  // of the last build
    bool pool_changed_ = false;
    Microseconds built_ahead_at_{};  // stopwatch
    Microseconds build_time_{};      // of late
    std::size_t vote_turn_ = 0;
};

}  // namespace meta138::consensus
