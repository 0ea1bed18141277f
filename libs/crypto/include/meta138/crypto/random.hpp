// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace meta138::crypto {

/// Fills `out` from the operating system's random source, fit for keys and nonces; throws
/// std::system_error if it has none.
void fill_random(std::span<std::uint8_t> out);

}  // namespace meta138::crypto
