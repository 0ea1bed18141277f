// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/rpc/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace meta138::rpc {

// What stands around every method: JSON-RPC 2.0, 4 and 5.

/// A number, a text, null or nothing.
[[nodiscard]] bool has_valid_id(json::Value id);

/// Params of a request: an array; what is absent, null or [null] counts as none. Nothing: they are
/// of another kind.
[[nodiscard]] std::optional<json::Value> find_parameters(json::Value request);

/// Begins `{"jsonrpc":"2.0","id":…,`.
void open_answer(json::Writer& out, json::Value id);

/// Appends a whole answer with that error.
void write_failure(std::string& text, json::Value id, const RpcError& error);

/// The name of an error in metrics; Besu has its enumerators there.
[[nodiscard]] std::string_view error_type(int code);

}  // namespace meta138::rpc
