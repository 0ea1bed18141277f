// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_spec.hpp"
#include "disk.hpp"
#include "packet.hpp"
#include "pool.hpp"
#include "time.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/consensus/qbft_consensus.hpp"
#include "meta138/consensus/validator.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/sync/qbft_relay.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::simulation {

class Attacker;
class World;

void add(consensus::ValidatorCounters& sum, const consensus::ValidatorCounters& other);

enum class Role : std::uint8_t {
    validator,  ///< Or a candidate: takes part once it is voted in.
    sentry,     ///< Relays.
};

/// What one machine costs now.
struct Costs {
    Time write{};      ///< Of the safety record.
    Time execution{};  ///< Of a block: building, validating, importing.
    Time message{};    ///< Of a consensus message.
};

/// A machine: a disk, a clock, and most of the time a process with the real chain and the real
/// validator. What of the node is not the real thing is the transaction pool, and eth: blocks are
/// announced to all, and what is missing is asked of whoever has more.
class Node final : public consensus::ValidatorHost {
public:
    Node(World& world, std::size_t index, const Identity& identity, Role role);
    ~Node() override;

    // --- The machine

    void start();
    /// Kills the process. Its disk stays, unless lost.
    void crash(bool loses_disk);
    /// The last blocks were not on the disk yet; what was signed is.
    void lose_tail(std::size_t blocks);
    [[nodiscard]] bool is_up() const noexcept { return validator_.has_value(); }
    /// Dies at the so-manieth thing that it asks of its surroundings.
    void crash_in(unsigned calls) { calls_to_live_ = calls; }
    void freeze_until(Time until) { busy_until_ = std::max(busy_until_, until); }
    void jump_clock(Time by);
    [[nodiscard]] Clock& clock() noexcept { return clock_; }
    [[nodiscard]] Costs& costs() noexcept { return costs_; }
    [[nodiscard]] Time busy_until() const noexcept { return busy_until_; }

    // --- What reaches it, while it is up and not busy

    void on_packet(std::size_t from, const Packet& packet);
    void on_connected(std::size_t peer);
    void on_wake(std::uint64_t token);
    void on_transaction(const Candidate& transaction);
    void propose(const qbft::Vote& vote);
    void discard(const Address& recipient);

    // --- What others look at

    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    [[nodiscard]] const Identity& identity() const noexcept { return identity_; }
    [[nodiscard]] const Address& address() const noexcept { return identity_.address; }
    [[nodiscard]] Role role() const noexcept { return role_; }
    [[nodiscard]] std::uint64_t head() const noexcept { return blocks_.size() - 1; }
    [[nodiscard]] const SharedBlock& block(std::uint64_t number) const { return blocks_[number]; }
    [[nodiscard]] consensus::Validator& validator() { return *validator_; }
    [[nodiscard]] const std::vector<Address>& next_validators() const { return next_validators_; }
    /// Processor time of its own work, when costs are measured.
    [[nodiscard]] std::chrono::nanoseconds measured() const noexcept { return measured_; }
    /// Of all its processes.
    [[nodiscard]] consensus::ValidatorCounters counters() const;

    /// As fast and exact as in calm.
    void set_calm();

    /// Its disk is so new that it does not know whether it has signed for the next height.
    [[nodiscard]] bool has_no_past() const;

    bool is_byzantine = false;
    Time calm_skew{};
    Attacker* attacker = nullptr;
    std::chrono::milliseconds unknown_past_wait{10'000};

    // --- consensus::ValidatorHost

    [[nodiscard]] qbft::Instant now() override;
    [[nodiscard]] std::chrono::microseconds stopwatch() override;
    void send(const qbft::Send& message) override;
    [[nodiscard]] std::unique_ptr<blockchain::TransactionSource> candidates() override;
    [[nodiscard]] consensus::BuildOptions build_options() override;
    void behind(std::uint64_t number) override;
    void announce(std::shared_ptr<const blockchain::ExecutedBlock> block) override;
    void observed(const qbft::Observation& observation) override;
    void noticed(const consensus::ValidatorNotice& notice) override;

private:
    /// Runs `work` at this moment, with what it costs; afterwards the node is busy for as long, and
    /// wakes up when its validator wants to.
    template <typename Work>
    void at_work(Work&& work);
    void spend(Time time) {
        if (!measures_) cursor_ += time;
    }
    /// Adds the processor time since the last look, when it counts.
    void spend_measured();
    /// The simulator's own work since the last look does not count.
    void begin_measuring();
    void maybe_die();
    void arrange_wake();
    void on_head(const blockchain::HeadEvent& event);

    void on_consensus(std::size_t from, const Packet& packet);
    void relay(std::size_t from, const Packet& packet);
    void forward(const sync::QbftRelay::Relayed& relayed);
    [[nodiscard]] sync::QbftRelay::Time relay_time();
    void on_new_block(std::size_t from, const SharedBlock& block);
    void on_blocks(std::size_t from, const Packet& packet);
    void on_status(std::size_t from, std::uint64_t number);
    [[nodiscard]] bool import(const SharedBlock& block);
    void broadcast(const SharedBlock& block, std::optional<std::size_t> except);
    void ask(std::size_t peer);
    void answer(std::size_t to, std::uint64_t from);
    void learn_validators();
    void send_packet(std::size_t to, const std::shared_ptr<const Packet>& packet);

    World& world_;
    const std::size_t index_;
    const Identity& identity_;
    const Role role_;
    Clock clock_;
    Costs costs_;
    Time cursor_{};
    const bool measures_;
    std::chrono::nanoseconds mark_{};  // of the processor's time
    std::chrono::nanoseconds unspent_{};
    std::chrono::nanoseconds measured_{};
    Time busy_until_{};
    std::uint64_t wake_token_ = 0;
    std::optional<Time> wake_at_;
    Time last_wake_{};
    int wakes_ = 0;
    std::optional<unsigned> calls_to_live_;
    bool has_lost_a_disk_ = false;
    /// It decides a height for which it may have signed with the lost disk: the first one, or one
    /// that nobody has decided for too long. Then it is one of the f that may be faulty.
    bool has_no_past_ = false;

    // The disk.
    std::unique_ptr<Disk> disk_;
    std::unique_ptr<storage::Database> database_;
    std::vector<SharedBlock> blocks_;  // canonical, with the seals that this node has

    // The process.
    std::unique_ptr<consensus::QbftConsensus> rules_;
    std::unique_ptr<blockchain::Chain> chain_;
    std::optional<consensus::Validator> validator_;
    std::vector<Address> next_validators_;
    Pool pool_;
    std::optional<Time> asked_at_;
    std::optional<sync::QbftRelay> relay_;

    consensus::ValidatorCounters former_counters_;  // of processes that have ended
};

}  // namespace meta138::simulation
