// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <string>

namespace meta138::tracing {

/// The text of Solidity's Error(string), or what its Panic(uint256) means in go-ethereum's words;
/// empty for any other revert data.
[[nodiscard]] std::string revert_reason(ByteView output);

}  // namespace meta138::tracing
