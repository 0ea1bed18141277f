// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/core.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace meta138::qbft {

/// Besu 26.8 takes a RoundChange for a higher round to be invalid (besu#11102); none of ours goes
/// beyond it either.
inline constexpr std::uint32_t max_round = 1000;

/// What does not change while a block is decided: who takes part, and who proposes when.
class Height {
public:
    explicit Height(HeightSettings settings);

    [[nodiscard]] std::uint64_t number() const noexcept { return settings_.parent.number + 1; }
    [[nodiscard]] const HeightSettings& settings() const noexcept { return settings_; }
    /// Ascending.
    [[nodiscard]] std::span<const Address> validators() const noexcept {
        return settings_.validators;
    }
    [[nodiscard]] bool is_validator(const Address& address) const noexcept;
    [[nodiscard]] std::size_t quorum() const noexcept;
    /// One more than may be faulty.
    [[nodiscard]] std::size_t honest_minority() const noexcept;
    [[nodiscard]] Address proposer(std::uint32_t round) const;

private:
    HeightSettings settings_;
};

}  // namespace meta138::qbft
