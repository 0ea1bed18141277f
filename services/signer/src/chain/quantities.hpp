// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/reader.hpp"

#include <cstdint>
#include <optional>

namespace meta138::signer {

// Quantities as nodes write them: "0x1a". Absent when it is none, or does not fit.
[[nodiscard]] std::optional<std::uint64_t> read_quantity(json::Value value);
[[nodiscard]] std::optional<uint256> read_uint256(json::Value value);

}  // namespace meta138::signer
