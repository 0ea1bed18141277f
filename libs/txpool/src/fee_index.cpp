// SPDX-License-Identifier: Apache-2.0
#include "fee_index.hpp"

#include "meta138/base/assert.hpp"

#include <iterator>

namespace meta138::txpool {
namespace {

using Regime = FeeSlot::Regime;

/// The highest base fee at which the whole tip is paid.
Price knee_of(const Offer& offer) noexcept {
    return offer.max_fee - offer.max_tip;
}

Regime regime_at(const Offer& offer, Price base_fee) noexcept {
    if (base_fee <= knee_of(offer)) return Regime::tip_bound;
    return base_fee <= offer.max_fee ? Regime::fee_bound : Regime::below_base;
}

/// What orders the slots of a regime.
Price price_of(const FeeSlot& slot) noexcept {
    return slot.regime == Regime::tip_bound ? slot.offer.max_tip : slot.offer.max_fee;
}

/// The highest base fee of the slot's regime, which is not below_base.
Price upper_end(const FeeSlot& slot) noexcept {
    return slot.regime == Regime::tip_bound ? knee_of(slot.offer) : slot.offer.max_fee;
}

/// The base fee below the lowest of the slot's regime, which is not tip_bound.
Price lower_end(const FeeSlot& slot) noexcept {
    return slot.regime == Regime::fee_bound ? knee_of(slot.offer) : slot.offer.max_fee;
}

Standing raw_standing(const FeeSlot& slot) noexcept {
    return {.rank = slot.rank, .tip = price_of(slot), .arrival = slot.arrival};
}

}  // namespace

bool FeeIndex::BestFirst::operator()(const FeeSlot& a, const FeeSlot& b) const noexcept {
    return is_better(raw_standing(a), raw_standing(b));
}
bool FeeIndex::BestFirst::operator()(const FeeSlot& a, const Standing& b) const noexcept {
    return is_better(raw_standing(a), b);
}
bool FeeIndex::BestFirst::operator()(const Standing& a, const FeeSlot& b) const noexcept {
    return is_better(a, raw_standing(b));
}
bool FeeIndex::ByUpperEnd::operator()(const FeeSlot& a, const FeeSlot& b) const noexcept {
    return upper_end(a) < upper_end(b);
}
bool FeeIndex::ByLowerEnd::operator()(const FeeSlot& a, const FeeSlot& b) const noexcept {
    return lower_end(a) > lower_end(b);
}

FeeIndex::Order& FeeIndex::order_of(Regime regime) noexcept {
    switch (regime) {
        case Regime::tip_bound: return tip_bound_;
        case Regime::fee_bound: return fee_bound_;
        case Regime::below_base: return below_base_;
    }
    return below_base_;
}

void FeeIndex::link(FeeSlot& slot) {
    slot.regime = regime_at(slot.offer, base_fee_);
    order_of(slot.regime).insert(slot);
    if (slot.regime != Regime::below_base) rising_.insert(slot);
    if (slot.regime != Regime::tip_bound) falling_.insert(slot);
}

void FeeIndex::unlink(FeeSlot& slot) {
    auto& order = order_of(slot.regime);
    order.erase(order.iterator_to(slot));
    if (slot.regime != Regime::below_base) rising_.erase(rising_.iterator_to(slot));
    if (slot.regime != Regime::tip_bound) falling_.erase(falling_.iterator_to(slot));
}

void FeeIndex::insert(FeeSlot& slot) {
    META138_ASSERT(!slot.is_linked && slot.offer.max_tip <= slot.offer.max_fee);
    link(slot);
    slot.is_linked = true;
}

void FeeIndex::erase(FeeSlot& slot) {
    META138_ASSERT(slot.is_linked);
    unlink(slot);
    slot.is_linked = false;
}

void FeeIndex::set_base_fee(Price base_fee) {
    base_fee_ = base_fee;
    while (!rising_.empty() && upper_end(*rising_.begin()) < base_fee) {
        auto& slot = *rising_.begin();
        unlink(slot);
        link(slot);
    }
    while (!falling_.empty() && lower_end(*falling_.begin()) >= base_fee) {
        auto& slot = *falling_.begin();
        unlink(slot);
        link(slot);
    }
}

Standing FeeIndex::standing_of(const FeeSlot& slot) const noexcept {
    auto standing = raw_standing(slot);
    if (slot.regime == Regime::fee_bound) standing.tip -= base_fee_;
    return standing;
}

const FeeSlot* FeeIndex::best(const std::optional<Standing>& after) const {
    const auto first = [&after](const Order& order, Price to_raw) -> const FeeSlot* {
        auto at = order.begin();
        if (after) {
            // What does not fit into the price is behind nothing in this order.
            Standing raw = *after;
            if (__builtin_add_overflow(raw.tip, to_raw, &raw.tip)) raw.tip = ~Price{0};
            at = order.upper_bound(raw, BestFirst{});
        }
        return at == order.end() ? nullptr : &*at;
    };
    const auto* by_tip = first(tip_bound_, 0);
    const auto* by_fee = first(fee_bound_, base_fee_);
    if (by_tip == nullptr || by_fee == nullptr) return by_tip == nullptr ? by_fee : by_tip;
    return is_better(standing_of(*by_tip), standing_of(*by_fee)) ? by_tip : by_fee;
}

bool FeeIndex::is_worse(const FeeSlot& a, const FeeSlot& b) const noexcept {
    const bool a_is_below = a.regime == Regime::below_base;
    const bool b_is_below = b.regime == Regime::below_base;
    if (a_is_below != b_is_below) return a_is_below;
    return is_better(standing_of(b), standing_of(a));
}

FeeSlot* FeeIndex::worst() {
    if (!below_base_.empty()) return &*below_base_.rbegin();
    if (tip_bound_.empty() || fee_bound_.empty()) {
        auto& order = tip_bound_.empty() ? fee_bound_ : tip_bound_;
        return order.empty() ? nullptr : &*order.rbegin();
    }
    auto& by_tip = *tip_bound_.rbegin();
    auto& by_fee = *fee_bound_.rbegin();
    return is_worse(by_tip, by_fee) ? &by_tip : &by_fee;
}

}  // namespace meta138::txpool
