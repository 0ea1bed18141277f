// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compression.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace meta138::http {

enum class InflateError : std::uint8_t { malformed, too_large };

/// The body that was compressed; `coding` is not identity. Bytes behind its end are refused.
[[nodiscard]] std::expected<std::string, InflateError> decompress(std::string_view body,
                                                                  ContentCoding coding,
                                                                  std::size_t max_size);

}  // namespace meta138::http
