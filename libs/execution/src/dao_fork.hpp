// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/state/state.hpp"

#include <cstdint>
#include <string_view>

namespace meta138::execution {

/// EIP-779: blocks from the fork's on that carry DAO_EXTRA_DATA.
inline constexpr std::uint64_t DAO_EXTRA_RANGE = 10;
inline constexpr std::string_view DAO_EXTRA_DATA = "dao-hard-fork";

/// EIP-779: moves what the DAO and its children hold to the contract that refunds it.
void apply_dao_fork(state::State& state);

}  // namespace meta138::execution
