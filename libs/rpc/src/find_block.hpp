// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/rpc/error.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/state/state_view.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace meta138::rpc {

/// The number of the canonical block that is meant; absent when there is none, which most methods
/// answer with null. `pending` is the head. A tag that this chain does not have is -39001, a hash
/// off the canonical chain that must be on it -32000.
[[nodiscard]] RpcResult<std::optional<std::uint64_t>> find_block(const Request& request,
                                                                 const BlockNumberParameter& block);
[[nodiscard]] RpcResult<std::optional<std::uint64_t>> find_block(const Request& request,
                                                                 const BlockParameter& block);

/// The state after the block that is meant; null when there is no such block, or its state is not
/// retained. Lives as long as the request's view.
[[nodiscard]] RpcResult<std::unique_ptr<state::StateView>> find_state(const Request& request,
                                                                      const BlockParameter& block);

/// Fails with "Pruned history unavailable" for blocks whose body is no longer retained.
[[nodiscard]] RpcResult<void> require_body(const Request& request, std::uint64_t number);

}  // namespace meta138::rpc
