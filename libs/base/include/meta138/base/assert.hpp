// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace meta138 {

/// Prints the broken invariant to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace meta138

/// An invariant of our own code. On in every build: a validator that stops is better than one that
/// forks. Never for input from outside.
#define META138_ASSERT(condition)       \
    ((condition) ? static_cast<void>(0) \
                 : ::meta138::assertion_failed(#condition, __FILE__, __LINE__))
