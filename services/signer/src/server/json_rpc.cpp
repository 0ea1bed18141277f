// SPDX-License-Identifier: Apache-2.0
#include "server/json_rpc.hpp"

#include "meta138/codec/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace meta138::signer {
namespace {

std::string id_text(json::Value id) {
    std::string text;
    json::Writer out{text};
    switch (id.type()) {
        case json::Type::string: out.string(*id.string()); break;
        case json::Type::integer:
            if (const auto number = id.signed_integer())
                out.number(*number);
            else
                out.number(id.unsigned_integer().value_or(0));
            break;
        case json::Type::number: out.number(id.number().value_or(0)); break;
        default: out.null();
    }
    return text;
}

RpcRequest read_request(json::Value object, std::string_view text) {
    return {.text = text,
            .id = id_text(object.find("id")),
            .method = object.find("method").string().value_or(""),
            .params = object.find("params")};
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

}  // namespace

RpcAnswer result_answer(std::string_view id, std::string_view result_json) {
    return {.status = 200,
            .body = fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result_json)};
}

RpcAnswer error_answer(std::string_view id, const NodeError& error, unsigned status) {
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("jsonrpc").string("2.0");
    out.key("id").raw(id);
    out.key("error").open_object();
    out.key("code").number(error.code);
    out.key("message").string(error.message);
    if (!error.data.empty()) out.key("data").raw(error.data);
    out.close_object().close_object();
    return {.status = status, .body = std::move(text)};
}

std::vector<std::string_view> split_array(std::string_view text) {
    std::vector<std::string_view> parts;
    text = trimmed(text);
    if (text.size() < 2) return parts;
    text = text.substr(1, text.size() - 2);
    std::size_t depth = 0;
    std::size_t begin = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (c == ',' && depth == 0) {
            parts.push_back(trimmed(text.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    if (const auto last = trimmed(text.substr(begin)); !last.empty()) parts.push_back(last);
    return parts;
}

std::expected<RpcBody, RpcAnswer> decode_body(json::Parser& parser, std::string_view body,
                                              std::size_t max_batch_size) {
    const auto root = parser.parse(body);
    if (!root || !(root->is_object() || root->is_array()))
        return std::unexpected{
            error_answer("null", {rpc_code::parse_error, "Parse error", {}}, 400)};
    RpcBody result;
    if (root->is_object()) {
        result.requests.push_back(read_request(*root, body));
        return result;
    }
    result.is_batch = true;
    const auto size = root->size();
    if (size == 0)
        return std::unexpected{
            error_answer("null", {rpc_code::invalid_request, "Invalid Request", {}}, 400)};
    if (size > max_batch_size)
        return std::unexpected{
            error_answer("null",
                         {rpc_code::limit_exceeded,
                          fmt::format("A batch may have {} requests, not {}", max_batch_size, size),
                          {}},
                         413)};
    const auto texts = split_array(body);
    result.requests.reserve(size);
    for (std::size_t i = 0; const auto element : root->elements())
        result.requests.push_back(read_request(element, i < texts.size() ? texts[i++] : "null"));
    return result;
}

bool is_repeatable(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 6> readers{"eth_",   "net_",   "web3_",
                                                      "debug_", "trace_", "txpool_"};
    constexpr std::array<std::string_view, 3> others{"eth_submit", "eth_new", "eth_getFilterChang"};
    const auto starts = [&](std::string_view prefix) { return method.starts_with(prefix); };
    if (method == "eth_sendRawTransaction") return true;
    return std::ranges::any_of(readers, starts) && !method.starts_with("eth_send") &&
           std::ranges::none_of(others, starts);
}

}  // namespace meta138::signer
