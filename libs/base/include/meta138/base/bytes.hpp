// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace meta138 {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text, without a copy.
inline ByteView as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline Bytes to_bytes(ByteView view) {
    return {view.begin(), view.end()};
}

inline bool equal(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// N bytes as a value: zero when default-constructed, compared lexicographically.
template <std::size_t N>
struct FixedBytes {
    std::array<std::uint8_t, N> bytes{};

    /// Bytes of `view`, which must have exactly N of them.
    static constexpr FixedBytes from(std::span<const std::uint8_t, N> view) noexcept {
        FixedBytes result;
        std::ranges::copy(view, result.bytes.begin());
        return result;
    }

    static constexpr std::size_t size() noexcept { return N; }
    [[nodiscard]] constexpr const std::uint8_t* data() const noexcept { return bytes.data(); }
    [[nodiscard]] constexpr std::uint8_t* data() noexcept { return bytes.data(); }
    [[nodiscard]] constexpr auto begin() const noexcept { return bytes.begin(); }
    [[nodiscard]] constexpr auto begin() noexcept { return bytes.begin(); }
    [[nodiscard]] constexpr auto end() const noexcept { return bytes.end(); }
    [[nodiscard]] constexpr auto end() noexcept { return bytes.end(); }
    constexpr const std::uint8_t& operator[](std::size_t i) const noexcept { return bytes[i]; }
    constexpr std::uint8_t& operator[](std::size_t i) noexcept { return bytes[i]; }

    [[nodiscard]] constexpr bool is_zero() const noexcept {
        return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
    }

    friend constexpr bool operator==(const FixedBytes&, const FixedBytes&) noexcept = default;
    friend constexpr auto operator<=>(const FixedBytes&, const FixedBytes&) noexcept = default;
};

using Hash32 = FixedBytes<32>;   ///< A keccak-256 digest, or a storage word as bytes.
using Address = FixedBytes<20>;  ///< An account's address (Yellow Paper 4.1).

}  // namespace meta138

/// Hash tables keyed by addresses and slots: outsiders choose the keys, so every byte counts.
template <std::size_t N>
struct std::hash<meta138::FixedBytes<N>> {
    std::size_t operator()(const meta138::FixedBytes<N>& key) const noexcept {
        std::uint64_t state = 0x9e3779b97f4a7c15;
        std::size_t at = 0;
        const auto mix = [&state](std::uint64_t word) {
            __extension__ using uint128 = unsigned __int128;
            const uint128 product = uint128{state ^ word} * 0xd6e8feb86659fd93;
            state = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
        };
        for (; at + 8 <= N; at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, key.data() + at, 8);
            mix(word);
        }
        if constexpr (N % 8 != 0) {
            std::uint64_t word = 0;
            std::memcpy(&word, key.data() + at, N % 8);
            mix(word);
        }
        return state;
    }
};
