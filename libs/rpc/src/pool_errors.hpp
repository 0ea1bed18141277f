// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/rpc/error.hpp"
#include "meta138/txpool/pool_error.hpp"

namespace meta138::rpc {

/// What eth_sendRawTransaction answers when the pool refuses a transaction: Besu's code and text.
/// Where Besu has an internal error we say what was wrong, with the code of invalid parameters.
[[nodiscard]] RpcError to_rpc_error(txpool::PoolError error);

}  // namespace meta138::rpc
