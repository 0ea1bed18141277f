// SPDX-License-Identifier: Apache-2.0
#include "height.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/qbft/validators.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace meta138::qbft {

Height::Height(HeightSettings settings) : settings_{std::move(settings)} {
    META138_ASSERT(!settings_.validators.empty());
    META138_ASSERT(std::ranges::is_sorted(settings_.validators, std::less_equal{}));  // strictly
}

bool Height::is_validator(const Address& address) const noexcept {
    return std::ranges::binary_search(settings_.validators, address);
}

std::size_t Height::quorum() const noexcept {
    return qbft::quorum(settings_.validators.size());
}

std::size_t Height::honest_minority() const noexcept {
    return qbft::honest_minority(settings_.validators.size());
}

Address Height::proposer(std::uint32_t round) const {
    return qbft::proposer(settings_.validators, settings_.parent.coinbase, round);
}

}  // namespace meta138::qbft
