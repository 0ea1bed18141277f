// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "schema.hpp"

#include "meta138/types/receipt.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace meta138::storage {

/// Calls `on_key` with each key that a block's logs have in the log index, once.
void for_each_log_key(std::uint64_t number, std::span<const Receipt> receipts,
                      const std::function<void(ByteView)>& on_key);

}  // namespace meta138::storage
