// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "random.hpp"
#include "time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::simulation {

/// What can go wrong for a while, and ends at the latest with the storm.
enum class Fault : std::uint8_t {
    crash,            ///< A process is killed, perhaps in the middle of a write; keeps its disk.
    crash_all,        ///< Every process is killed.
    outage,           ///< So many are down until the storm is over that no quorum is left.
    lose_disk,        ///< A machine is lost: killed, and comes back with an empty disk.
    lose_tail,        ///< A machine dies before its chain's last blocks are on its disk.
    freeze,           ///< SIGSTOP: what arrives waits.
    partition,        ///< The nodes fall into two groups.
    isolation,        ///< One node is cut off.
    one_way_cut,      ///< Some links lose everything in one direction.
    loss,             ///< Messages are lost everywhere.
    slow_network,     ///< All delays are many times longer.
    clock_jump,       ///< A wall clock jumps, and is set right later.
    slow_disk,        ///< Writing the safety record takes long.
    slow_execution,   ///< Building and validating blocks take long.
    vote,             ///< Validators vote one in, or out.
    contract_change,  ///< A transaction changes the contract's list of validators.
    transactions,     ///< A burst of transactions.
};
inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::transactions) + 1;
[[nodiscard]] std::string_view to_string(Fault fault);

/// What a byzantine validator does, besides taking part.
enum class Attack : std::uint8_t {
    silence,              ///< Sends nothing to anybody.
    silence_to_some,      ///< Leaves some validators out, others every time.
    twin,                 ///< Two honest programs with one key.
    equivocation,         ///< Two proposals for one round, each to half of the others.
    double_votes,         ///< Prepares and commits whatever is proposed, in every round.
    wrong_justification,  ///< Proposals and RoundChanges whose proof is missing, torn or forged.
    invalid_blocks,       ///< Proposes blocks that break a rule.
    replays,              ///< Sends what others sent, once more, later, to anybody.
    wrong_seals,          ///< Commits with a seal of something else.
    garbage,              ///< Bytes that are no message, and messages with bits turned over.
    huge_rounds,          ///< RoundChanges for rounds far away.
    flood,                ///< Thousands of messages for heights and rounds to come.
    amnesia,              ///< Forgets what it signed at every restart, and restarts often.
};
inline constexpr std::size_t attack_count = static_cast<std::size_t>(Attack::amnesia) + 1;
[[nodiscard]] std::string_view to_string(Attack attack);

enum class Topology : std::uint8_t {
    mesh,      ///< Everybody is connected with everybody.
    sentries,  ///< Validators with sentries only, sentries with each other and with validators.
};

/// What transitions of the genesis file change on the way.
enum class Change : std::uint8_t {
    nothing,
    period,    ///< The block period, rewards and who gets them.
    contract,  ///< A contract names the validators for some blocks.
    members,   ///< A transition replaces the list of validators.
};

/// A run, but for its chance events, which follow from the seed.
struct Scenario {
    std::string name;
    std::uint64_t seed = 0;
    std::uint64_t heights = 20;  ///< The run ends in the first calm after as many.

    std::size_t validators = 4;
    std::size_t candidates = 0;  ///< Full nodes with a key, that can be voted in.
    std::size_t sentries = 0;    ///< Full nodes that relay; needed by Topology::sentries.
    Topology topology = Topology::mesh;
    std::vector<Attack> attacks;  ///< One for each byzantine validator; at most f.

    // The chain.
    std::chrono::milliseconds block_period{1000};
    bool is_subsecond = false;
    std::chrono::milliseconds empty_block_period{0};
    std::chrono::milliseconds request_timeout{2000};
    std::uint64_t epoch_length = 30'000;
    bool by_contract = false;
    Change change = Change::nothing;
    std::uint64_t first_qbft_block = 0;  ///< Not 0: the blocks before it are of IBFT 2.
    double transactions_per_second = 0;

    // The program.
    std::chrono::milliseconds max_round_timeout{16'000};
    bool early_round_change = true;
    bool builds_ahead = true;

    // The network in calm.
    Time delay{10'000};           ///< Of the average link, one way.
    Time jitter{2'000};           ///< Mean of what comes on top, by chance, for each message.
    bool reorders = false;        ///< Otherwise a connection keeps the order.
    double duplicates = 0;        ///< Of messages.
    bool loses_silently = false;  ///< Otherwise a loss breaks the connection, which both sides see.
    // The machines in calm.
    Time write_time{500};        ///< Of the safety record.
    Time execution_time{1'000};  ///< Of a block: building, validating, importing.
    Time message_time{50};       ///< Of a consensus message.
    Time clock_skew{20'000};     ///< At most so far from the truth.
    double clock_drift = 0;      ///< At most so far from 1.

    /// Machines are busy for the processor time that their part of the run takes, and the two above
    /// do not count.
    bool measures_costs = false;
    std::size_t transactions_per_block = 0;  ///< Transfers, with a period of one second.

    Time start_spread{3'000'000};  ///< Machines start within so long.

    // Storms.
    std::vector<Fault> faults;  ///< That occur; one more than once: more often.
    double faults_per_second = 0;
    Time storm{20'000'000};  ///< On average.
    double storm_loss = 0.2;
    double storm_slowness = 20;

    // For tests of the simulator itself, which has to notice.
    bool disks_forget = false;  ///< Of honest machines, at each restart.

    [[nodiscard]] std::size_t max_faulty() const { return (validators - 1) / 3; }
    /// After a storm, as long as this may pass before all honest nodes have `calm_blocks` more
    /// blocks than any had when it ended (docs: tests/simulation/README.md).
    [[nodiscard]] Time recovery_bound() const;
};

/// Blocks that have to be made in a calm.
inline constexpr std::uint64_t calm_blocks = 3;

struct NamedScenario {
    std::string_view name;
    std::string_view about;
    Scenario (*make)(Random& random);
};
[[nodiscard]] std::span<const NamedScenario> scenarios();

/// The scenario of that name; "mixed": one of all, chosen by the seed. The name exists.
[[nodiscard]] Scenario make_scenario(std::string_view name, std::uint64_t seed);
/// "validators=4 period=1000ms ..."
[[nodiscard]] std::string describe(const Scenario& scenario);

}  // namespace meta138::simulation
