// SPDX-License-Identifier: Apache-2.0
#include "message_to.hpp"

namespace meta138::execution {

evm::Message message_to(const Address& address, state::State& state) {
    evm::Message message;
    message.recipient = address;
    message.code_address = address;
    if (const auto delegate = state.delegate(address)) {
        message.code_address = *delegate;
        message.is_delegated = true;
        state.warm_account(*delegate);
    }
    return message;
}

}  // namespace meta138::execution
