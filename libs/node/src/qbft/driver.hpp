// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_producer.hpp"
#include "chain_thread.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/published.hpp"
#include "meta138/consensus/safety_store.hpp"
#include "meta138/consensus/validator.hpp"
#include "meta138/consensus/validator_sets.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::node {

/// Gives a consensus::Validator its thread, its clock, its messages and its words: the shell around
/// QBFT. Every node of a QBFT chain has one, for it may be voted in.
class QbftDriver final : public consensus::ValidatorHost {
public:
    /// What the driver stands on; all of it outlives the driver.
    struct Parts {
        blockchain::Chain& chain;
        const qbft::Config& config;
        const consensus::ValidatorSets& sets;
        ChainThread& thread;
        Address local;
        txpool::SharedPool& pool;
        const BlockProducer& producer;  ///< For what the operator wants of blocks.
        const std::function<bool(const Address&)>& is_permitted;
        telemetry::Metrics& metrics;
        telemetry::Logger log;
    };
    /// Where messages go and who is to know of what. Called on the chain's thread.
    struct Outlets {
        std::function<void(const qbft::Send&)> send;
        /// Others speak of that height.
        std::function<void(std::uint64_t number)> behind;
        /// The head, and the validators of the block after it.
        std::function<void(std::uint64_t head, std::vector<Address> validators)> position;
    };

    /// Without a `state_file` nothing is kept between runs. Throws storage::OpenError,
    /// storage::IoError: that file.
    QbftDriver(consensus::ValidatorSettings settings, const std::filesystem::path& state_file,
               std::chrono::milliseconds clock_offset, const Parts& parts, Outlets outlets);
    ~QbftDriver() override;
    QbftDriver(const QbftDriver&) = delete;
    QbftDriver& operator=(const QbftDriver&) = delete;

    /// Takes part from now on. Any thread.
    void start();
    /// On the chain's thread, before the driver goes.
    void stop();

    // Any thread; they post to the chain's and return.

    void on_message(qbft::MessageCode code, Bytes payload, const Address& from);
    void on_connected(const Address& peer);
    void on_transactions();
    /// A node that fetches old blocks takes no part.
    void set_syncing(bool is_syncing);

    /// On the chain's thread: a block was added, by consensus or from peers.
    void on_head();

    /// On the chain's thread: see consensus::Validator.
    void reset_round_timer();
    /// The validator, on the chain's thread.
    [[nodiscard]] consensus::Validator& validator() noexcept { return *validator_; }

    // consensus::ValidatorHost
    [[nodiscard]] qbft::Instant now() override;
    [[nodiscard]] std::chrono::microseconds stopwatch() override;
    void send(const qbft::Send& message) override { outlets_.send(message); }
    [[nodiscard]] std::unique_ptr<blockchain::TransactionSource> candidates() override;
    [[nodiscard]] consensus::BuildOptions build_options() override;
    void behind(std::uint64_t number) override { outlets_.behind(number); }
    void announce(std::shared_ptr<const blockchain::ExecutedBlock> block) override;
    void observed(const qbft::Observation& observation) override;
    void noticed(const consensus::ValidatorNotice& notice) override;

private:
    /// Runs `task` on the chain's thread, then looks when the validator wants to be woken.
    bool post(std::move_only_function<void(consensus::Validator&)> task);
    void arm();
    void tell_position();
    void add_metrics(telemetry::Metrics& metrics);

    Parts parts_;
    const Outlets outlets_;
    const std::chrono::milliseconds clock_offset_;
    const std::unique_ptr<consensus::SafetyStore> store_;
    std::unique_ptr<consensus::Validator> validator_;
    std::optional<std::chrono::steady_clock::time_point> armed_;  // the chain's thread
    std::atomic<std::size_t> waiting_messages_{0};
    std::atomic<bool> transactions_posted_{false};
    std::shared_ptr<std::atomic<bool>> is_alive_;  // for timers that outlive the driver
    telemetry::Counter& dropped_;
    telemetry::Summary& proposal_to_commit_;
    SelectionMetrics selection_;  // the chain's thread
    telemetry::Gauge& height_;
    telemetry::Gauge& round_;
    telemetry::Gauge& validators_;
    telemetry::Gauge& quorum_;
    Published<consensus::ValidatorCounters> counters_;
    std::vector<telemetry::Metrics::Registration> registrations_;
};

}  // namespace meta138::node
