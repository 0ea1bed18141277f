// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signing_gate.hpp"

#include "meta138/http/message.hpp"

namespace meta138::signer {

/// Who sent a request: the common name of the client's certificate, if it showed one.
[[nodiscard]] inline Caller caller_of(const http::Request& request) {
    Caller caller{.names = {}, .remote = std::string{request.remote_address}};
    if (!request.tls_client_name.empty()) caller.names.emplace_back(request.tls_client_name);
    return caller;
}

}  // namespace meta138::signer
