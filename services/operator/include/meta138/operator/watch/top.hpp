// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/watch/observer.hpp"

#include <chrono>

namespace meta138::op {

/// Shows the screen until q is pressed or a signal comes; draws it once when standard output is no
/// terminal. @throws NetworkError as Observer does.
void run_top(ObserverOptions options, std::chrono::milliseconds interval);

}  // namespace meta138::op
