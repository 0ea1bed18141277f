// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/rpc/method_table.hpp"

namespace meta138::conformance {

/// The `test` service that go-ethereum's transcripts call.
void add_test_service(rpc::MethodTable& methods);

}  // namespace meta138::conformance
