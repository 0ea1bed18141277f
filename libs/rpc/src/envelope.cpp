// SPDX-License-Identifier: Apache-2.0
#include "envelope.hpp"

#include <utility>

namespace meta138::rpc {

namespace {

void write_id(json::Writer& out, json::Value id) {
    if (const auto text = id.string()) return out.string(*text);
    if (const auto number = id.unsigned_integer()) return out.number(*number);
    if (const auto number = id.signed_integer()) return out.number(*number);
    if (const auto number = id.number()) return out.number(*number);
    out.null();
}

void write_error(json::Writer& out, const RpcError& error) {
    out.key("error").open_object();
    out.key("code").number(error.code);
    out.key("message").string(error.message);
    if (!error.data.empty()) out.key("data").raw(error.data);
    out.close_object();
}

}  // namespace

bool has_valid_id(json::Value id) {
    switch (id.type()) {
        case json::Type::absent:
        case json::Type::null:
        case json::Type::integer:
        case json::Type::number:
        case json::Type::string: return true;
        case json::Type::boolean:
        case json::Type::array:
        case json::Type::object: return false;
    }
    std::unreachable();
}

std::optional<json::Value> find_parameters(json::Value request) {
    const auto parameters = request.find("params");
    if (parameters.is_missing()) return json::Value{};
    if (!parameters.is_array()) return std::nullopt;
    auto elements = parameters.elements();
    auto at = elements.begin();
    if (at != elements.end() && (*at).is_missing() && ++at == elements.end()) return json::Value{};
    return parameters;
}

void open_answer(json::Writer& out, json::Value id) {
    out.open_object();
    out.key("jsonrpc").raw(R"("2.0")");
    out.key("id");
    write_id(out, id);
}

void write_failure(std::string& text, json::Value id, const RpcError& error) {
    json::Writer out{text};
    open_answer(out, id);
    write_error(out, error);
    out.close_object();
}

std::string_view error_type(int code) {
    switch (code) {
        case -32700: return "PARSE_ERROR";
        case -32600: return "INVALID_REQUEST";
        case -32601: return "METHOD_NOT_FOUND";
        case -32602: return "INVALID_PARAMS";
        case -32603: return "INTERNAL_ERROR";
        case -32604: return "METHOD_NOT_ENABLED";
        case -32005: return "LIMIT_EXCEEDED";
        case -40100: return "UNAUTHORIZED";
        case 3: return "REVERT_ERROR";
        default: return "OTHER";
    }
}

}  // namespace meta138::rpc
