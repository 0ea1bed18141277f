// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <utility>

// Early return for std::expected, until the standard library at hand has and_then. The only macros
// without the project's prefix.

#define META138_CONCAT_(a, b) a##b
#define META138_CONCAT(a, b) META138_CONCAT_(a, b)

/// Evaluates an expected; returns its error from the enclosing function, if it has one.
#define TRY(...)                                                   \
    do {                                                           \
        if (auto try_result = (__VA_ARGS__); !try_result)          \
            return std::unexpected{std::move(try_result).error()}; \
    } while (false)

/// Declares a variable with an expected's value, or returns its error from the enclosing function:
/// TRY_LET(const auto header, decode_header(bytes));
#define TRY_LET(declaration, ...) \
    TRY_LET_(META138_CONCAT(try_result_, __COUNTER__), declaration, __VA_ARGS__)
#define TRY_LET_(temporary, declaration, ...)                             \
    auto temporary = (__VA_ARGS__);                                       \
    if (!temporary) return std::unexpected{std::move(temporary).error()}; \
    declaration = *std::move(temporary)
