// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace meta138::state {

/// Objects at fixed addresses, allocated in chunks that clear() keeps for later use.
template <typename T>
class Pool {
public:
    /// A fresh object.
    T& emplace() {
        if (size_ == chunk_size * chunks_.size())
            chunks_.push_back(std::make_unique<std::array<T, chunk_size>>());
        auto& object = (*this)[size_++];
        object = T{};
        return object;
    }
    [[nodiscard]] T& operator[](std::size_t i) {
        return (*chunks_[i / chunk_size])[i % chunk_size];
    }
    [[nodiscard]] const T& operator[](std::size_t i) const {
        return (*chunks_[i / chunk_size])[i % chunk_size];
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void clear() noexcept { size_ = 0; }

private:
    static constexpr std::size_t chunk_size = 64;
    std::vector<std::unique_ptr<std::array<T, chunk_size>>> chunks_;
    std::size_t size_ = 0;
};

/// Finds objects of a Pool by a hash of their key: open addressing with linear probing. Nothing is
/// removed but by clear(), which keeps the memory.
template <typename T>
class FlatTable {
public:
    /// The object with this hash for which `is_it` holds, or null.
    template <typename Predicate>
    [[nodiscard]] T* find(std::uint64_t hash, Predicate&& is_it) const {
        if (cells_.empty()) return nullptr;
        for (auto at = hash & mask_;; at = (at + 1) & mask_) {
            const auto& cell = cells_[at];
            if (cell.object == nullptr) return nullptr;
            if (cell.hash == hash && is_it(*cell.object)) return cell.object;
        }
    }
    /// Adds an object that find() does not find.
    void insert(std::uint64_t hash, T& object) {
        if (2 * (size_ + 1) > cells_.size()) grow();
        place({hash, &object});
        ++size_;
    }
    void clear() noexcept {
        if (size_ != 0) std::ranges::fill(cells_, Cell{});
        size_ = 0;
    }

private:
    struct Cell {
        std::uint64_t hash = 0;
        T* object = nullptr;
    };

    void place(const Cell& cell) {
        auto at = cell.hash & mask_;
        while (cells_[at].object != nullptr) at = (at + 1) & mask_;
        cells_[at] = cell;
    }
    void grow() {
        std::vector<Cell> old(std::max<std::size_t>(64, 2 * cells_.size()));
        old.swap(cells_);
        mask_ = cells_.size() - 1;
        for (const auto& cell : old)
            if (cell.object != nullptr) place(cell);
    }

    std::vector<Cell> cells_;
    std::size_t mask_ = 0;
    std::size_t size_ = 0;
};

/// Hashes addresses and storage keys with a secret seed: whoever sends transactions chooses the
/// keys, and must not be able to choose ones that collide.
class KeyHash {
public:
    /// With the seed of this process.
    KeyHash() noexcept;

    [[nodiscard]] std::uint64_t operator()(const Address& address) const noexcept {
        std::uint64_t low = 0;
        std::uint64_t middle = 0;
        std::uint32_t high = 0;
        std::memcpy(&low, address.data(), 8);
        std::memcpy(&middle, address.data() + 8, 8);
        std::memcpy(&high, address.data() + 16, 4);
        return mix(mix(low ^ seed_[0], middle ^ seed_[1]) ^ high, seed_[2]);
    }
    /// Of a key in the storage of one account.
    [[nodiscard]] std::uint64_t operator()(std::uint32_t account,
                                           const uint256& key) const noexcept {
        const auto low = mix(key.limbs[0] ^ seed_[0], key.limbs[1] ^ seed_[1]);
        const auto high = mix(key.limbs[2] ^ seed_[2], key.limbs[3] ^ seed_[3]);
        return mix(low ^ account, high ^ seed_[1]);
    }

private:
    static std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
        const auto product = detail::uint128{a} * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }

    std::array<std::uint64_t, 4> seed_;
};

}  // namespace meta138::state
