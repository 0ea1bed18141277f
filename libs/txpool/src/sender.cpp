// SPDX-License-Identifier: Apache-2.0
#include "sender.hpp"

#include <algorithm>

namespace meta138::txpool {
namespace {

uint256 saturated_sum(const uint256& a, const uint256& b) noexcept {
    return checked_add(a, b).value_or(uint256::max());
}

/// What the allocator takes for an object: a word of its own, in steps of 16 bytes (glibc).
constexpr std::size_t allocated(std::size_t size) noexcept {
    if (size == 0) return 0;
    return std::max<std::size_t>(32, (size + 8 + 15) / 16 * 16);
}

template <class T>
std::size_t allocated(const std::vector<T>& values) noexcept {
    return allocated(values.capacity() * sizeof(T));
}

constexpr std::size_t control_block = 16;    ///< Of a shared_ptr.
constexpr std::size_t node_of_table = 16;    ///< A link and a stored hash.
constexpr std::size_t bucket_of_table = 16;  ///< A pointer, tables being half full on average.
constexpr std::size_t place_in_vector = 16;  ///< A pointer, vectors being half full.

}  // namespace

std::size_t memory_of(const PoolTransaction& transaction) noexcept {
    const auto& fields = transaction.transaction;
    auto size = allocated(control_block + sizeof(PoolTransaction)) + allocated(fields.data) +
                allocated(fields.access_list) + allocated(fields.blob_versioned_hashes) +
                allocated(fields.authorization_list);
    for (const auto& item : fields.access_list) size += allocated(item.storage_keys);
    return size + allocated(sizeof(std::pair<const Hash32, Entry>) + node_of_table) +
           bucket_of_table + place_in_vector;
}

std::size_t blob_memory_of(const PoolTransaction& transaction) noexcept {
    if (!transaction.sidecar) return 0;
    const auto& sidecar = *transaction.sidecar;
    auto size =
        allocated(sidecar.blobs) + allocated(sidecar.commitments) + allocated(sidecar.proofs);
    for (const auto& blob : sidecar.blobs) size += allocated(blob);
    return size;
}

std::size_t memory_of_sender() noexcept {
    return allocated(sizeof(std::pair<const Address, Sender>) + node_of_table) + bucket_of_table;
}

std::size_t Sender::position_of(std::uint64_t nonce) const noexcept {
    if (entries.empty() || nonce > entries.back()->nonce()) return entries.size();
    const auto at = std::ranges::lower_bound(entries, nonce, {}, &Entry::nonce);
    return static_cast<std::size_t>(at - entries.begin());
}

Entry* Sender::find(std::uint64_t nonce) const noexcept {
    const auto at = position_of(nonce);
    return at != entries.size() && entries[at]->nonce() == nonce ? entries[at] : nullptr;
}

void Sender::recompute(std::size_t from, bool is_cumulative) {
    auto at = std::min(from, contiguous);
    for (; at != entries.size() && entries[at]->nonce() == account.nonce + at; ++at) {
        auto& entry = *entries[at];
        entry.needed = entry.cost;
        entry.offer = offer_of(entry.transaction->transaction);
        if (at == 0) continue;
        const auto& before = *entries[at - 1];
        entry.needed = is_cumulative ? saturated_sum(before.needed, entry.cost)
                                     : std::max(before.needed, entry.cost);
        entry.offer.max_fee = std::min(entry.offer.max_fee, before.offer.max_fee);
        entry.offer.max_tip = std::min(entry.offer.max_tip, before.offer.max_tip);
    }
    contiguous = at;
    const auto run = std::span{entries}.first(contiguous);
    const auto unpaid = std::ranges::partition_point(
        run, [this](const Entry* entry) { return entry->needed <= account.balance; });
    pending = static_cast<std::size_t>(unpaid - run.begin());
}

}  // namespace meta138::txpool
