// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/rpc/method_table.hpp"

namespace meta138::rpc {

// Parts of add_debug_methods().

void add_debug_trace_methods(MethodTable& table);  ///< debug_trace*, debug_standardTrace*
void add_debug_state_methods(MethodTable& table);  ///< debug_accountAt ... debug_storageRangeAt
void add_debug_chain_methods(MethodTable& table);  ///< debug_setHead ... debug_metrics

}  // namespace meta138::rpc
