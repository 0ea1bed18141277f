// SPDX-License-Identifier: Apache-2.0
#include "node.hpp"

#include <utility>

namespace meta138::client::test {
namespace {

http::EndpointOptions endpoint_options() {
    http::EndpointOptions options;
    options.websocket = true;
    options.probe = false;
    return options;
}

}  // namespace

Node::Node(Script script)
    : script_{std::move(script)},
      log_{telemetry::Log::open({.output = [](std::string_view) {}})},
      server_{{.io_threads = 1}, log_->logger("test.Node"), metrics_},
      port_{server_.listen(endpoint_options(), *this)} {
    server_.start();
}

Node::~Node() {
    server_.stop({});
}

void Node::on_request(const http::Request& request, http::Responder responder) {
    ++requests_;
    auto body = script_(request.body);
    if (body == "502")
        responder.respond({.status = 502, .content_type = "text/plain", .body = "bad gateway"});
    else
        responder.respond({.body = std::move(body)});
}

void Node::on_message(const std::shared_ptr<http::Session>& session, const http::Request& message,
                      http::Responder responder) {
    responder.respond({.body = script_(message.body)});
    if (message.body.contains("eth_subscribe"))
        if (auto pushed = script_("pushed"); !pushed.empty()) session->send(std::move(pushed));
}

std::string result(std::string_view json) {
    return R"({"jsonrpc":"2.0","id":1,"result":)" + std::string{json} + "}";
}

}  // namespace meta138::client::test
