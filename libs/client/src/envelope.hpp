// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/client/call.hpp"
#include "meta138/codec/json/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::client {

/// `{"jsonrpc":"2.0","id":...}`; `params` is JSON.
void append_request(std::string& out, std::uint64_t id, std::string_view method,
                    std::string_view params);

/// One answer, taken apart. Refers to the document and its text.
struct Envelope {
    std::optional<std::uint64_t> id = {};
    std::optional<RawResult> result = {};
    std::optional<CallError> error = {};  ///< of kind `rpc`
};

/// Takes an answer apart that `document` holds and `text` spells. Absent if it is no JSON-RPC.
[[nodiscard]] std::optional<Envelope> open_envelope(json::Value document, std::string_view text);

/// The texts of the elements of an array that is known to be valid JSON.
[[nodiscard]] std::vector<std::string_view> split_array(std::string_view text);

/// The text of a member of an object that `text` spells; the last of that name, empty if there is
/// none.
[[nodiscard]] std::string_view member_text(json::Value object, std::string_view text,
                                           std::string_view name);

}  // namespace meta138::client
