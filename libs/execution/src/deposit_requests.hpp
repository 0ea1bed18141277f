// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/types/receipt.hpp"

#include <expected>
#include <span>

namespace meta138::execution {

/// A log of the deposit contract that is not laid out as its DepositEvent.
struct MalformedDepositEvent {};

/// The data of a block's deposit requests (EIP-6110): pubkey ++ withdrawal_credentials ++ amount ++
/// signature ++ index of each DepositEvent of `contract`, in order.
std::expected<Bytes, MalformedDepositEvent> deposit_requests(std::span<const Receipt> receipts,
                                                             const Address& contract);

}  // namespace meta138::execution
