// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fee_index.hpp"
#include "seeded_hash.hpp"
#include "sender.hpp"

#include "meta138/txpool/pool.hpp"

#include <boost/intrusive/set.hpp>

#include <array>
#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace meta138::txpool {

class Pool::Implementation {
public:
    Implementation(const PoolConfig& config, const PoolHead& head);
    ~Implementation();
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    std::expected<SharedTransaction, PoolError> add(PoolTransaction transaction,
                                                    const AccountState& account, Time now);
    void on_head(const HeadUpdate& update);
    void expire(Time now);
    bool remove(const Hash32& hash, Removal removal);
    std::size_t remove_sender(const Address& address, Removal removal);
    std::size_t clear(Removal removal);
    void penalize(const Hash32& hash);

    SharedTransaction next(Cursor::State& cursor) const;
    void take(Cursor::State& cursor) const;

    [[nodiscard]] SenderContent content_of(const Sender& sender) const;
    [[nodiscard]] std::vector<PoolEntry> content(std::uint64_t after, std::size_t limit) const;
    [[nodiscard]] Overdue overdue(std::uint64_t after, std::size_t limit, Time until) const;
    /// What entry `position` of its sender waits for.
    [[nodiscard]] Waiting waiting_of(const Sender& sender, std::size_t position) const;
    [[nodiscard]] PoolEntry to_pool_entry(const Entry& entry) const;
    [[nodiscard]] const Entry* find(const Hash32& hash) const;
    [[nodiscard]] const Sender* find_sender(const Address& address) const;

    void check_invariants() const;

    PoolConfig config_;
    PoolHead head_;
    PoolStatus status_;
    std::vector<PoolEvent> events_;

private:
    using Included = std::unordered_set<Hash32, SeededHash>;

    struct Arrival {
        using type = std::uint64_t;
        std::uint64_t operator()(const Entry& entry) const noexcept {
            return entry.transaction->arrival;
        }
    };
    using ByArrival = boost::intrusive::set<
        Entry,
        boost::intrusive::member_hook<Entry, decltype(Entry::by_arrival), &Entry::by_arrival>,
        boost::intrusive::key_of_value<Arrival>, boost::intrusive::constant_time_size<false>>;

    /// In the order in which senders lose transactions when the pool is full.
    enum class Rank : std::uint8_t { gapped, executable, gapped_priority, executable_priority };
    static constexpr std::size_t rank_count = 4;
    /// Senders by the logarithm of their share of the pool.
    static constexpr std::size_t size_count = 33;
    using Tails = std::array<FeeIndex, size_count>;

    // What adding checks and does, in this order.
    [[nodiscard]] std::optional<PoolError> check_account(const PoolTransaction& transaction,
                                                         const uint256& cost,
                                                         const AccountState& account) const;
    [[nodiscard]] bool replaces(const Transaction& fresh, const Transaction& old) const;
    [[nodiscard]] std::optional<PoolError> make_room_in_share(const Sender& sender,
                                                              const PoolTransaction& transaction,
                                                              const Entry* replaced,
                                                              std::size_t memory);
    /// Puts a transaction in, in place of another with its nonce, if there is one.
    SharedTransaction link(Sender& sender, Entry* replaced, PoolTransaction transaction,
                           const uint256& cost);
    /// Takes the entry out of everything but its sender's list, and says so.
    void unlink(Entry& entry, Removal removal);
    /// Takes entries first ... last - 1 of the sender out; the sender goes too if none remain.
    void remove_range(Sender& sender, std::size_t first, std::size_t last, Removal removal);
    void remove_entry(Entry& entry, Removal removal);

    /// Evicts until the limits hold.
    void make_room();
    [[nodiscard]] Entry& worst();
    [[nodiscard]] Entry& worst_with_blobs();

    void apply_account(Sender& sender, const AccountState& account, const Included& included);
    void set_base_fee();
    /// Remembers the sidecar of a transaction that went into a block.
    void keep_sidecar(const SharedTransaction& transaction, std::size_t memory);
    void take_back(PoolTransaction transaction, const AccountState& account);

    /// After a change of the sender's account, or of its entries from position `from` on.
    void refresh(Sender& sender, std::size_t from);
    void place_head(Sender& sender);
    void place_tail(Sender& sender);
    void forget(Sender& sender);
    [[nodiscard]] FeeIndex& tails_of(const Sender& sender);
    [[nodiscard]] static Rank eviction_rank(const Sender& sender, std::size_t position);
    [[nodiscard]] std::uint32_t rank_of(const Entry& entry) const noexcept;
    [[nodiscard]] Waiting own_reason(const Entry& entry) const;
    [[nodiscard]] Standing standing_of(const Entry& entry) const;

    SeededHash hash_;
    std::unordered_map<Hash32, Entry, SeededHash> by_hash_;
    std::unordered_map<Address, Sender, SeededHash> senders_;
    std::vector<Sender*> blob_senders_;   ///< Few: bounded by max_blob_bytes.
    std::deque<SharedTransaction> kept_;  ///< With sidecars, from recent blocks, oldest first.
    ByArrival by_arrival_;
    FeeIndex heads_;
    std::array<Tails, rank_count> tails_;
    std::uint64_t next_arrival_ = 1;
};

/// What a walk remembers.
struct Cursor::State {
    struct Candidate {
        Standing standing;
        SharedTransaction transaction;
    };

    std::optional<Standing> position;     ///< In the index of heads.
    std::vector<Candidate> successors;    ///< Of what was taken: a heap, the best first.
    std::unordered_set<Address> visited;  ///< Senders that were offered.
    SharedTransaction last;
};

}  // namespace meta138::txpool
