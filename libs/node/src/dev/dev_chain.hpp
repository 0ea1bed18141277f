// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_producer.hpp"
#include "chain_thread.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/node/options.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace meta138::node {

/// A development chain: when it seals, what time it is, what was changed by hand and how that is
/// undone.
///
/// On the chain's thread but for what says otherwise.
class DevChain {
public:
    /// All outlive it.
    DevChain(blockchain::Chain& chain, txpool::SharedPool& pool, BlockProducer& producer,
             ChainThread& thread, const DevOptions& options);
    ~DevChain();
    DevChain(const DevChain&) = delete;
    DevChain& operator=(const DevChain&) = delete;

    // Sealing.

    /// Seals at once whenever the pool has something to seal, or not. Any thread.
    void set_automine(bool on);
    [[nodiscard]] bool automine() const noexcept { return automine_; }
    /// Seals every so often; zero: not by time.
    void set_interval(std::chrono::milliseconds interval);
    /// Seals blocks, whether there are transactions or not, with `step` seconds between their times
    /// (absent: as the clock has it). Stops early if the chain allows no more.
    void mine(std::uint64_t blocks, std::optional<std::uint64_t> step);
    /// Seals what the pool holds if automine is on.
    void settle();

    // Time, in seconds.

    /// Moves the clock forward; returns by how much it is off.
    std::int64_t increase_time(std::uint64_t seconds);
    /// Of the next block; the clock goes on from there. False: not after the head's.
    bool set_next_timestamp(std::uint64_t timestamp);
    /// The clock says this now.
    void set_time(std::uint64_t timestamp);

    /// What the next block is to have; used up by it, but for the coinbase.
    BlockWishes& wishes() noexcept { return wishes_; }

    // Changes by hand.

    void set_balance(const Address& address, const uint256& balance);
    /// False: below what it is, and transactions of the account may be in blocks.
    void set_nonce(const Address& address, std::uint64_t nonce);
    void set_code(const Address& address, Bytes code);
    void set_storage(const Address& address, const uint256& key, const uint256& value);

    /// A mark to come back to.
    std::uint64_t snapshot();
    /// Takes back everything since; the mark, and those after it, are used up. False: no such mark,
    /// or what came after it is no longer retained.
    bool revert(std::uint64_t mark);
    /// Back to the genesis block. False: it is no longer retained.
    bool reset();

    // Impersonation. Any thread.

    void impersonate(const Address& address);
    bool stop_impersonating(const Address& address);
    void impersonate_all(bool on);
    [[nodiscard]] bool is_impersonated(const Address& address) const;

private:
    struct Mark {
        std::uint64_t id = 0;
        std::uint64_t number = 0;  ///< Of the head.
        std::size_t patches = 0;   ///< Made before it.
        std::int64_t clock_offset = 0;
    };
    /// A change by hand, by what takes it back.
    struct Patch {
        std::uint64_t number = 0;  ///< Of the head that it changed.
        state::StateDiff inverse;
    };

    void patch(state::AccountDiff account, std::vector<state::SharedBytecode> codes = {});
    [[nodiscard]] Account account(const Address& address) const;
    /// False: a block on the way is no longer retained.
    bool go_back_to(std::uint64_t number, std::size_t patches);
    std::shared_ptr<const blockchain::ExecutedBlock> produce(bool only_with_transactions);
    void arm_interval();

    blockchain::Chain& chain_;
    txpool::SharedPool& pool_;
    BlockProducer& producer_;
    ChainThread& thread_;
    std::size_t observer_ = 0;
    std::atomic<bool> automine_{true};
    std::atomic<bool> is_settling_{false};
    std::chrono::milliseconds interval_{0};
    std::uint64_t interval_number_ = 0;  // an alarm of an earlier setting does nothing
    BlockWishes wishes_;
    std::vector<Mark> marks_;
    std::vector<Patch> patches_;
    std::uint64_t next_mark_ = 1;

    mutable Mutex mutex_;
    std::set<Address> impersonated_ META138_GUARDED_BY(mutex_);
    bool impersonates_all_ META138_GUARDED_BY(mutex_) = false;
};

}  // namespace meta138::node
