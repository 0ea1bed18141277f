// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain/downstream.hpp"

#include "meta138/http/client.hpp"
#include "meta138/http/message.hpp"

namespace meta138::signer {

/// What of a caller's headers goes to the node: all, but for those of the connection, of the body's
/// form and Origin; Host as X-Forwarded-Host.
[[nodiscard]] Headers headers_to_node(const http::Request& request);

/// A node's answer with its status and headers, but for those of its connection and CORS.
[[nodiscard]] http::Response response_of(http::ClientResponse answer);

/// What a caller is told when no node answers: Web3Signer's status, code and words.
[[nodiscard]] RpcAnswer unreachable_answer(std::string_view id, const http::ClientError& error);
[[nodiscard]] RpcAnswer unreachable_answer(std::string_view id, bool timed_out);

}  // namespace meta138::signer
