// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"

#include <boost/intrusive/set.hpp>

#include <cstdint>
#include <optional>

namespace meta138::txpool {

struct Sender;

/// Wei a gas. What is 2^128 or more, which nobody owns, counts as the largest.
using Price = detail::uint128;

[[nodiscard]] inline Price to_price(const uint256& wei) noexcept {
    if ((wei.limbs[2] | wei.limbs[3]) != 0) return ~Price{0};
    return Price{wei.limbs[1]} << 64 | wei.limbs[0];
}

/// What one transaction, or each of several, offers.
struct Offer {
    Price max_fee = 0;
    Price max_tip = 0;  ///< Max priority fee; at most max_fee.

    friend bool operator==(const Offer&, const Offer&) = default;
};

/// EIP-1559: what is left for the coinbase; none when the offer does not cover the base fee.
[[nodiscard]] inline std::optional<Price> effective_tip(const Offer& offer,
                                                        Price base_fee) noexcept {
    if (offer.max_fee < base_fee) return std::nullopt;
    const auto left = offer.max_fee - base_fee;
    return left < offer.max_tip ? left : offer.max_tip;
}

/// Where something stands among others: higher ranks first, then higher tips, then earlier arrival.
struct Standing {
    std::uint32_t rank = 0;
    Price tip = 0;
    std::uint64_t arrival = 0;
};
[[nodiscard]] inline bool is_better(const Standing& a, const Standing& b) noexcept {
    if (a.rank != b.rank) return a.rank > b.rank;
    if (a.tip != b.tip) return a.tip > b.tip;
    return a.arrival < b.arrival;
}

/// A sender's place in one FeeIndex. Its values do not change while it is linked.
struct FeeSlot {
    using Hook = boost::intrusive::set_member_hook<boost::intrusive::optimize_size<true>>;

    /// What limits the tip at the base fee of the index.
    enum class Regime : std::uint8_t {
        tip_bound,   ///< The max tip: the max fee leaves room for all of it.
        fee_bound,   ///< The max fee less the base fee.
        below_base,  ///< It does not cover the base fee.
    };

    Hook order;
    Hook rising;
    Hook falling;
    Offer offer;
    std::uint64_t arrival = 0;
    Sender* sender = nullptr;
    std::uint32_t rank = 0;
    Regime regime = Regime::tip_bound;
    bool is_linked = false;
};

/// Offers ordered by their effective tip at a base fee that moves.
///
/// The order within each regime does not depend on the base fee, so when it moves, only those are
/// touched that change their regime; two more orders, by the base fees at which that happens, find
/// them. Everything costs the logarithm of the size.
class FeeIndex {
public:
    void insert(FeeSlot& slot);
    void erase(FeeSlot& slot);
    void set_base_fee(Price base_fee);

    /// The best that covers the base fee and stands behind `after`, or null.
    [[nodiscard]] const FeeSlot* best(const std::optional<Standing>& after) const;
    /// The last, those below the base fee first, or null. For slots of one rank.
    [[nodiscard]] FeeSlot* worst();
    [[nodiscard]] Standing standing_of(const FeeSlot& slot) const noexcept;
    /// Which of two slots, of this index or another of the same base fee, is worth less.
    [[nodiscard]] bool is_worse(const FeeSlot& a, const FeeSlot& b) const noexcept;

private:
    struct BestFirst {
        bool operator()(const FeeSlot& a, const FeeSlot& b) const noexcept;
        bool operator()(const FeeSlot& a, const Standing& b) const noexcept;
        bool operator()(const Standing& a, const FeeSlot& b) const noexcept;
    };
    struct ByUpperEnd {
        bool operator()(const FeeSlot& a, const FeeSlot& b) const noexcept;
    };
    struct ByLowerEnd {
        bool operator()(const FeeSlot& a, const FeeSlot& b) const noexcept;
    };
    template <FeeSlot::Hook FeeSlot::* hook, class Compare>
    using Set = boost::intrusive::multiset<
        FeeSlot, boost::intrusive::member_hook<FeeSlot, FeeSlot::Hook, hook>,
        boost::intrusive::compare<Compare>, boost::intrusive::constant_time_size<false>>;
    using Order = Set<&FeeSlot::order, BestFirst>;

    [[nodiscard]] Order& order_of(FeeSlot::Regime regime) noexcept;
    void link(FeeSlot& slot);
    void unlink(FeeSlot& slot);

    Price base_fee_ = 0;
    Order tip_bound_;
    Order fee_bound_;
    Order below_base_;
    Set<&FeeSlot::rising, ByUpperEnd> rising_;    ///< Those that a higher base fee can move.
    Set<&FeeSlot::falling, ByLowerEnd> falling_;  ///< Those that a lower base fee can move.
};

}  // namespace meta138::txpool
