// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

namespace meta138::op {

/// Asks every now and then until the condition holds; false when the patience is over.
[[nodiscard]] bool eventually(std::chrono::milliseconds patience,
                              const std::function<bool()>& condition);

}  // namespace meta138::op
