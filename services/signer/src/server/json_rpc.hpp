// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/json/reader.hpp"
#include "meta138/http/message.hpp"
#include "meta138/signer/nonce_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// JSON-RPC 2.0, as far as a proxy needs it.
namespace meta138::signer {

namespace rpc_code {
inline constexpr std::int64_t parse_error = -32700;
inline constexpr std::int64_t invalid_request = -32600;
inline constexpr std::int64_t invalid_params = -32602;
inline constexpr std::int64_t internal_error = -32603;
inline constexpr std::int64_t server_error = -32000;
inline constexpr std::int64_t limit_exceeded = -32005;
/// What a policy denies. (-32003 is `transaction rejected` in EIP-1474.)
inline constexpr std::int64_t denied = -32003;
}  // namespace rpc_code

/// An answer: a result or an error, and the HTTP status that Web3Signer gives with it.
struct RpcAnswer {
    unsigned status = 200;
    /// The whole answer object; empty for a notification.
    std::string body;
};

[[nodiscard]] RpcAnswer result_answer(std::string_view id, std::string_view result_json);
[[nodiscard]] RpcAnswer error_answer(std::string_view id, const NodeError& error,
                                     unsigned status = 200);

/// One request that may be answered here. Its views live as long as the body and its parser.
struct RpcRequest {
    std::string_view text;    ///< The whole object, as sent.
    std::string id = "null";  ///< JSON.
    std::string_view method;
    json::Value params;
};

/// The body of a request: one object, or several.
struct RpcBody {
    bool is_batch = false;
    std::vector<RpcRequest> requests;
};

/// What a body holds. An error is its answer. `body` outlives what is returned, and so does the
/// parser until it is used again. An element that is no request has an empty method.
[[nodiscard]] std::expected<RpcBody, RpcAnswer> decode_body(json::Parser& parser,
                                                            std::string_view body,
                                                            std::size_t max_batch_size);

/// The text of each element of a JSON array that is well-formed.
[[nodiscard]] std::vector<std::string_view> split_array(std::string_view text);

/// Names of methods that a node may be asked twice for the same: those that only read, and
/// eth_sendRawTransaction, which it knows by its hash.
[[nodiscard]] bool is_repeatable(std::string_view method) noexcept;

}  // namespace meta138::signer
