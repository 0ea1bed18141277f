// SPDX-License-Identifier: Apache-2.0
#include "rpc_test_service.hpp"

#include <stdexcept>
#include <string_view>

namespace meta138::conformance {

namespace {

using rpc::Arguments;
using rpc::Request;
using rpc::RpcResult;

constexpr rpc::ErrorKind missing_value{-32602, "missing value for required argument"};
constexpr rpc::ErrorKind invalid_argument{-32602, "invalid argument"};

// test_echo(string, int, object?)
RpcResult<void> echo(const Request&, Arguments arguments, json::Writer& out) {
    const auto text = arguments.values.at(0);
    const auto number = arguments.values.at(1);
    if (text.is_missing() || number.is_missing()) return rpc::fail(missing_value);
    if (!text.string() || !number.signed_integer()) return rpc::fail(invalid_argument);
    out.open_object();
    out.key("String").string(*text.string());
    out.key("Int").number(*number.signed_integer());
    const auto rest = arguments.values.at(2);
    out.key("Args");
    if (rest.is_object()) {
        out.open_object();
        out.key("S").string(rest.find("S").string().value_or(""));
        out.close_object();
    } else {
        out.null();
    }
    out.close_object();
    return {};
}

RpcResult<void> nothing(const Request&, Arguments, json::Writer& out) {
    out.null();
    return {};
}

RpcResult<void> text(const Request&, Arguments, json::Writer& out) {
    out.string("");
    return {};
}

RpcResult<void> return_error(const Request&, Arguments, json::Writer&) {
    return std::unexpected{rpc::RpcError{444, "testError", "\"testError data\""}};
}

RpcResult<void> crash(const Request&, Arguments, json::Writer&) {
    throw std::runtime_error{"method handler crashed"};
}

RpcResult<void> echo_any(const Request&, Arguments arguments, json::Writer& out) {
    const auto number = arguments.values.at(0).signed_integer();
    if (!number) return rpc::fail(missing_value);
    out.number(*number);
    return {};
}

}  // namespace

void add_test_service(rpc::MethodTable& methods) {
    constexpr auto group = rpc::Group::rpc;
    constexpr auto cost = rpc::Cost::cheap;
    methods.add("test_echo", group, cost, echo);
    methods.add("test_echoWithCtx", group, cost, echo);
    methods.add("test_noArgsRets", group, cost, nothing);
    methods.add("test_null", group, cost, nothing);
    methods.add("test_rets", group, cost, text);
    methods.add("test_returnError", group, cost, return_error);
    methods.add("test_panic", group, cost, crash);
    methods.add("nftest_echo", group, cost, echo_any);
}

}  // namespace meta138::conformance
