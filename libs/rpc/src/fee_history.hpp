// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/json/writer.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/rpc/request.hpp"

namespace meta138::rpc {

/// eth_feeHistory: number of blocks, the newest of them, and percentiles of priority fees.
[[nodiscard]] RpcResult<void> write_fee_history(const Request& request, json::Value count,
                                                json::Value newest, json::Value percentiles,
                                                json::Writer& out);

}  // namespace meta138::rpc
