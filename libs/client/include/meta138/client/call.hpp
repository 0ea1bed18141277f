// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/json/reader.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace meta138::client {

/// Why a call has no result.
enum class CallErrorKind : std::uint8_t {
    rpc,          ///< the node answered with an error: CallError::code, message, data
    unreachable,  ///< no connection: nothing was sent
    timed_out,
    closed,       ///< the connection ended before the answer was whole
    http_status,  ///< an HTTP status other than 200 without a JSON-RPC answer
    malformed,    ///< no JSON-RPC answer, or a result that is not what the method gives
    too_large,
    cancelled,
};
[[nodiscard]] std::string_view to_string(CallErrorKind kind) noexcept;

struct CallError {
    CallErrorKind kind = CallErrorKind::unreachable;
    /// JSON-RPC's code of `rpc` (3: reverted, as geth and Besu have it), the status of
    /// `http_status`, else 0.
    std::int64_t code = 0;
    /// For people; of `rpc` the node's text.
    std::string message = {};
    /// error.data of `rpc`: the content of a string (`0x08c379a0...`), else its JSON; or empty.
    std::string data = {};
    /// Name of the endpoint that was tried last; empty if none was.
    std::string endpoint = {};
    /// A node may have carried the call out all the same.
    bool may_have_arrived = false;
};
/// `rpc-1: nonce too low (-32001)`.
[[nodiscard]] std::string to_string(const CallError& error);

template <class T>
using Result = std::expected<T, CallError>;

/// The result of a call as it arrived. Valid while a callback or decoder runs.
struct RawResult {
    json::Value value = {};
    std::string_view text = {};      ///< its JSON
    std::string_view endpoint = {};  ///< name of the one that answered
};

/// A call of one method, and how its result is read. calls.hpp makes them:
/// `chain.ask(client::block_number())`.
template <class T>
struct Call {
    std::string method = {};
    std::string params = "[]";  ///< JSON
    /// The error says what is wrong with the result.
    std::function<std::expected<T, std::string>(const RawResult&)> decode = {};
    /// Carrying it out twice does no harm: after a failure that may have reached one node, the next
    /// endpoint is asked.
    bool repeatable = true;
};

/// Any method; the result as JSON text.
[[nodiscard]] Call<std::string> raw_call(std::string method, std::string params = "[]",
                                         bool repeatable = true);

}  // namespace meta138::client
