// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/json/writer.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"

namespace meta138::rpc {

/// eth_config (EIP-7910): the fork that holds now, the next one, and the last that is scheduled.
[[nodiscard]] RpcResult<void> write_fork_config(const Request& request, json::Writer& out);

}  // namespace meta138::rpc
