// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/evm/message.hpp"
#include "meta138/state/state.hpp"

namespace meta138::execution {

/// A call of `address`, whose code may be that of another account (EIP-7702), which is then warm.
/// The rest is the caller's to fill in.
evm::Message message_to(const Address& address, state::State& state);

}  // namespace meta138::execution
