// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace meta138 {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
    std::abort();
}

}  // namespace meta138
