// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/rpc/method_table.hpp"

namespace meta138::rpc {

/// A part of add_trace_methods(): the ots_ methods that run transactions again.
void add_otterscan_trace_methods(MethodTable& table);

}  // namespace meta138::rpc
