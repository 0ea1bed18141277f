// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/state/state.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace meta138::execution {

/// Carries out the authorizations that are valid, in order (EIP-7702, "Behavior"). Returns the
/// refund. `authorities`, which may be fewer, stand in place of those who have signed.
std::int64_t set_delegations(state::State& state, std::span<const Authorization> authorizations,
                             std::span<const std::optional<Address>> authorities,
                             std::uint64_t chain_id);

}  // namespace meta138::execution
