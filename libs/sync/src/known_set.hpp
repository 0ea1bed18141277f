// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meta138::sync {

/// The hashes that somebody knows, the newest so many of them: when full, the oldest is forgotten.
///
/// Keeps 64 bits of each, mixed with a secret seed: that two hashes are taken for one is rarer than
/// a lost message, and nobody can bring it about. Three words of memory for each, taken as it
/// grows.
class KnownSet {
public:
    KnownSet(std::size_t capacity, std::uint64_t seed);

    /// False: it was known.
    bool insert(const Hash32& hash);
    [[nodiscard]] bool contains(const Hash32& hash) const noexcept;
    void clear();
    [[nodiscard]] std::size_t size() const noexcept { return ring_.size(); }
    [[nodiscard]] std::size_t memory() const noexcept {
        return (ring_.capacity() + table_.capacity()) * sizeof(std::uint64_t);
    }

private:
    [[nodiscard]] std::uint64_t fingerprint(const Hash32& hash) const noexcept;
    [[nodiscard]] std::size_t find(std::uint64_t print) const noexcept;
    void erase(std::uint64_t print) noexcept;
    void grow();

    std::size_t capacity_;
    std::uint64_t seed_;
    std::vector<std::uint64_t> ring_;   // fingerprints in the order of their coming
    std::size_t oldest_ = 0;            // in the ring, once it is full
    std::vector<std::uint64_t> table_;  // open addressing, a power of two; 0: free
};

}  // namespace meta138::sync
