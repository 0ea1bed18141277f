// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/block_builder.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/consensus/safety_store.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/qbft/core.hpp"
#include "meta138/qbft/extra_data.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::consensus {

class ValidatorSets;  // validator_sets.hpp

/// What is fixed for the whole run of a node.
struct ValidatorSettings {
    Address local;  ///< Of the node key.
    /// Signs a hash with the node key, low s.
    std::function<crypto::Signature(const Hash32&)> sign;
    /// --poa-block-txs-selection-max-time: how much of the block period the choice of transactions
    /// may take.
    unsigned selection_max_time_percent = 75;
    /// Build the block of this node's turn ahead of its time, while the period runs.
    bool builds_ahead = true;
    std::chrono::milliseconds max_round_timeout{60'000};
    bool early_round_change = true;
    std::optional<bool> legacy_encoding;  ///< As qbft::CoreSettings::legacy_encoding.
    /// With a store younger than the head: how long to wait for a block that the others decide
    /// without this validator, which may have signed for this height with a lost disk, before it
    /// takes part (docs/formats/consensus-state.md).
    std::chrono::milliseconds unknown_past_wait{10'000};
};

/// What the operator may change while the node runs.
struct BuildOptions {
    Bytes extra_data;  ///< At most 32 bytes: the vanity.
    std::optional<std::uint64_t> target_gas_limit;
    std::uint64_t min_gas_price = 0;     ///< Wei.
    std::uint64_t min_priority_fee = 0;  ///< Wei.

    friend bool operator==(const BuildOptions&, const BuildOptions&) = default;
};

/// What an operator is told, beyond the core's observations.
struct ValidatorNotice {
    enum class Kind : std::uint8_t {
        block_built,         ///< `report` says what is in it; `took`
        not_built,           ///< `text` says why: this node's turn is lost
        proposal_refused,    ///< `text` says why: a block of a proposal is not valid
        proposal_too_early,  ///< Its time is ahead of this clock by `took`: looked at again then
        imported,            ///< A block that consensus decided is the head; `took` since proposal
        import_failed,       ///< `text` says why
        waits_for_past,      ///< unknown_past_wait begins
        joins_without_past,  ///< It is over, and nobody has decided this height meanwhile
        no_validators,       ///< `text` says why the validators of the next block are not known
    };
    Kind kind{};
    std::uint64_t number = 0;
    std::uint32_t round = 0;
    std::shared_ptr<const blockchain::ExecutedBlock> block{};
    std::optional<blockchain::BuildReport> report{};
    std::chrono::microseconds took{};
    std::string text{};
};

/// What a validator asks of the node it runs in, or of a simulator. Called on the chain's thread,
/// from within the validator's functions: must not call back into it.
class ValidatorHost {
public:
    virtual ~ValidatorHost() = default;

    [[nodiscard]] virtual qbft::Instant now() = 0;
    /// For measuring only: steady, and finer than now().
    [[nodiscard]] virtual std::chrono::microseconds stopwatch() = 0;
    /// To those of `to` who can be reached, but for `not_to` and who the message came from. Does
    /// not wait; what is lost is lost.
    virtual void send(const qbft::Send& message) = 0;
    /// What the pool has for a block on the head, best first. Not null.
    [[nodiscard]] virtual std::unique_ptr<blockchain::TransactionSource> candidates() = 0;
    [[nodiscard]] virtual BuildOptions build_options() = 0;
    /// Others speak of that height: this node may have to synchronise.
    virtual void behind(std::uint64_t number) = 0;
    /// A block that this validator made the head: to be announced to all peers (NewBlock).
    virtual void announce(std::shared_ptr<const blockchain::ExecutedBlock> block) = 0;
    virtual void observed(const qbft::Observation& observation) = 0;
    virtual void noticed(const ValidatorNotice& notice) = 0;
};

/// Since the start, for metrics.
struct ValidatorCounters {
    std::uint64_t rounds = 0;         ///< Begun, round 0 of each height included.
    std::uint64_t round_changes = 0;  ///< Rounds above 0 begun.
    std::uint64_t round_timeouts = 0;
    std::uint64_t blocks_built = 0;    ///< For the core, which proposes them unless they are empty.
    std::uint64_t blocks_decided = 0;  ///< Imported from consensus, not from peers.
    std::uint64_t blocks_executed = 0;  ///< Of others, to validate them.
    std::uint64_t built_ahead_used = 0;
    std::uint64_t built_ahead_wasted = 0;
    std::uint64_t proposals_refused = 0;
    std::uint64_t equivocations = 0;  ///< Of others, seen.
    std::uint64_t safety_writes = 0;
    /// By code - 0x12: Proposal, Prepare, Commit, RoundChange.
    std::array<std::uint64_t, 4> received{};
    std::array<std::uint64_t, 4> sent{};  ///< Messages, whatever the number of receivers.
    std::array<std::uint64_t, 4> ignored{};
    std::array<std::uint64_t, 4> invalid{};
    std::chrono::microseconds last_proposal_to_commit{};  ///< Of the last block decided.
    std::chrono::microseconds last_build{};
    std::chrono::microseconds last_validation{};
    std::chrono::microseconds last_import{};
    std::chrono::microseconds last_safety_write{};
};

/// One validator of a QBFT chain: carries out what qbft::Core wants on a chain.
///
/// Runs on the chain's thread and has no thread, clock or socket of its own. It is paused at first.
/// Each function may build, execute, write to disk and send before it returns. Throws
/// storage::IoError: then nothing more was sent or written, and the node must stop.
class Validator {
public:
    /// All references outlive the validator. `config` and `sets` are those of the chain.
    Validator(ValidatorSettings settings, const qbft::Config& config, blockchain::Chain& chain,
              const ValidatorSets& sets, SafetyStore& store, ValidatorHost& host);
    ~Validator();
    Validator(const Validator&) = delete;
    Validator& operator=(const Validator&) = delete;

    /// Leaves consensus: this node synchronises. What was signed stays remembered.
    void pause();
    /// Enters consensus on the head, at once: with or without peers.
    void resume();
    [[nodiscard]] bool is_paused() const noexcept;

    /// A message of istanbul/100, and who it was received from (the relayer, not the author). Kept
    /// within limits while paused.
    void on_message(qbft::MessageCode code, ByteView payload, const Address& from);
    /// That validator, or a sentry, can be reached again.
    void on_connected(const Address& peer);
    /// The pool has got transactions. Cheap: call it for each, or for a batch.
    void on_transactions();
    /// Something is due. Early calls do no harm.
    void on_time();
    /// How long until on_time has something to do; absent: until another event.
    [[nodiscard]] std::optional<std::chrono::milliseconds> due_in() const;

    /// A vote for the blocks of this validator, until discarded: also after it took effect, as Besu
    /// has it. Not kept over a restart.
    void propose(const qbft::Vote& vote);
    void discard(const Address& recipient);
    [[nodiscard]] const std::map<Address, bool>& proposed_votes() const noexcept;

    struct Status {
        bool is_paused = true;
        bool waits_for_past = false;  ///< See ValidatorSettings::unknown_past_wait.
        qbft::Core::Status core;
    };
    [[nodiscard]] Status status() const;
    [[nodiscard]] const ValidatorCounters& counters() const noexcept;
    /// An operator's cure for long time-outs, see qbft::Core.
    void reset_round_timer();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::consensus
