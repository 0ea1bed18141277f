// SPDX-License-Identifier: Apache-2.0
#include "network/eventually.hpp"

#include <thread>

namespace meta138::op {

bool eventually(std::chrono::milliseconds patience, const std::function<bool()>& condition) {
    constexpr std::chrono::milliseconds between_looks{50};
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(between_looks);
    }
    return true;
}

}  // namespace meta138::op
