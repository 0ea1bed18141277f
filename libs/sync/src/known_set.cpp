// SPDX-License-Identifier: Apache-2.0
#include "known_set.hpp"

#include "meta138/base/assert.hpp"

#include <cstring>
#include <utility>

namespace meta138::sync {

namespace {

constexpr std::size_t first_table_size = 16;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using uint128 = unsigned __int128;
    const auto product = uint128{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

KnownSet::KnownSet(std::size_t capacity, std::uint64_t seed)
    : capacity_{capacity}, seed_{mix(seed ^ 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)} {
    META138_ASSERT(capacity > 0);
}

std::uint64_t KnownSet::fingerprint(const Hash32& hash) const noexcept {
    std::uint64_t words[4];
    std::memcpy(words, hash.data(), sizeof(words));
    const auto print = mix(mix(words[0] ^ seed_, words[1] ^ 0xa0761d6478bd642f) ^ words[2],
                           words[3] ^ seed_ ^ 0xe7037ed1a0b428db);
    return print == 0 ? 1 : print;
}

// Where it is, or the free place where it would be.
std::size_t KnownSet::find(std::uint64_t print) const noexcept {
    const auto mask = table_.size() - 1;
    auto at = print & mask;
    while (table_[at] != 0 && table_[at] != print) at = (at + 1) & mask;
    return at;
}

bool KnownSet::contains(const Hash32& hash) const noexcept {
    return !table_.empty() && table_[find(fingerprint(hash))] != 0;
}

bool KnownSet::insert(const Hash32& hash) {
    const auto print = fingerprint(hash);
    if (2 * (ring_.size() + 1) > table_.size()) grow();
    if (table_[find(print)] != 0) return false;
    if (ring_.size() < capacity_) {
        ring_.push_back(print);
    } else {
        erase(std::exchange(ring_[oldest_], print));
        oldest_ = (oldest_ + 1) % capacity_;
    }
    table_[find(print)] = print;
    return true;
}

// Closes the gap, so that who was displaced by it is found again.
void KnownSet::erase(std::uint64_t print) noexcept {
    const auto mask = table_.size() - 1;
    auto gap = find(print);
    for (auto at = (gap + 1) & mask; table_[at] != 0; at = (at + 1) & mask) {
        const auto home = table_[at] & mask;
        if (((at - home) & mask) < ((at - gap) & mask)) continue;
        table_[gap] = table_[at];
        gap = at;
    }
    table_[gap] = 0;
}

void KnownSet::grow() {
    if (ring_.size() >= capacity_ && !table_.empty()) return;
    table_.assign(table_.empty() ? first_table_size : 2 * table_.size(), 0);
    for (const auto print : ring_) table_[find(print)] = print;
}

void KnownSet::clear() {
    ring_.clear();
    table_.clear();
    oldest_ = 0;
}

}  // namespace meta138::sync
