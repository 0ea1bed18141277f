// SPDX-License-Identifier: Apache-2.0
#include "rpc_handler.hpp"

#include "pretty_json.hpp"

#include <charconv>
#include <utility>
#include <vector>

namespace meta138::node {
namespace {

/// A WebSocket or IPC connection as JSON-RPC sees it.
class SessionSink final : public rpc::NotificationSink {
public:
    explicit SessionSink(std::weak_ptr<http::Session> session, std::uint64_t id)
        : session_{std::move(session)}, id_{id} {}

    [[nodiscard]] std::uint64_t id() const noexcept override { return id_; }
    bool send(std::string message) override {
        const auto session = session_.lock();
        return session && session->send(std::move(message));
    }

private:
    std::weak_ptr<http::Session> session_;  // which owns us, as its context
    std::uint64_t id_;
};

rpc::Transport transport_of(http::Transport transport) {
    switch (transport) {
        case http::Transport::http: return rpc::Transport::http;
        case http::Transport::websocket: return rpc::Transport::websocket;
        case http::Transport::ipc: return rpc::Transport::ipc;
    }
    return rpc::Transport::http;
}

http::Response plain(unsigned status, std::string body = {}) {
    return {.status = status,
            .content_type = "application/json",
            .body = std::move(body),
            .headers = {}};
}

constexpr auto up = "{\n  \"status\" : \"UP\"\n}";
constexpr auto down = "{\n  \"status\" : \"DOWN\"\n}";
constexpr auto busy =
    R"({"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"Too many requests wait"}})";

/// A query parameter that may be absent; nothing when it is no number.
std::optional<std::uint64_t> number_of(std::string_view text, std::uint64_t otherwise) {
    if (text.empty()) return otherwise;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

RpcHandler::RpcHandler(rpc::Server& server, RequestThreads& threads, rpc::ApiSelection apis,
                       const AnswerOptions& options, std::function<Readiness()> readiness,
                       telemetry::Metrics& metrics)
    : server_{server},
      threads_{threads},
      apis_{std::move(apis)},
      options_{options},
      readiness_{std::move(readiness)},
      refused_{metrics.counter(telemetry::Category::meta138, "rpc_requests_refused",
                               "Heavy requests refused because too many waited")} {}

void RpcHandler::on_request(const http::Request& request, http::Responder responder) {
    const auto path = request.path();
    if (request.method == "GET" && path == "/liveness") {
        responder.respond(plain(200, up));
    } else if (request.method == "GET" && path == "/readiness") {
        responder.respond(readiness_of(request));
    } else if (path != "/" && !path.empty()) {
        responder.respond(plain(404));
    } else if (request.method != "POST") {
        responder.respond(plain(405));
    } else {
        answer(request,
               {.transport = rpc::Transport::http,
                .access = request.access,
                .apis = &apis_,
                .sink = nullptr,
                .is_abandoned = {},
                .timeout = options_.timeout},
               std::move(responder));
    }
}

void RpcHandler::on_open(const std::shared_ptr<http::Session>& session) {
    session->context = std::make_shared<SessionSink>(session, session->id());
}

void RpcHandler::on_message(const std::shared_ptr<http::Session>& session,
                            const http::Request& message, http::Responder responder) {
    answer(message,
           {.transport = transport_of(message.transport),
            .access = message.access,
            .apis = &apis_,
            .sink = std::static_pointer_cast<SessionSink>(session->context),
            .is_abandoned = {},
            .timeout = options_.timeout},
           std::move(responder));
}

void RpcHandler::on_close(const std::shared_ptr<http::Session>& session) {
    server_.closed(session->id());
}

void RpcHandler::answer(const http::Request& request, rpc::Caller caller,
                        http::Responder responder) {
    const auto cost = server_.cost_of(request.body);
    if (cost == rpc::Cost::cheap) {
        handle(request, caller, responder);
        return;
    }
    const bool is_trace = cost == rpc::Cost::trace;
    // The request lives until its responder has answered.
    auto shared = std::make_shared<http::Responder>(std::move(responder));
    http::WorkerThreads::Task task = [this, &request, caller = std::move(caller), shared,
                                      is_trace]() mutable {
        if (is_trace) return handle_trace(request, caller, *shared);
        caller.is_abandoned = [&shared] { return shared->is_abandoned(); };
        handle(request, caller, *shared);
    };
    if ((is_trace ? threads_.traces : threads_.requests).post(task)) return;
    refused_.increment();
    shared->respond(plain(503, busy));
}

void RpcHandler::handle(const http::Request& request, rpc::Caller& caller,
                        http::Responder& responder) {
    auto body = responder.take_buffer();
    const auto status = server_.handle(request.body, caller, body);
    responder.respond(in_shape(caller, plain(static_cast<unsigned>(status), std::move(body))));
    if (caller.sink) server_.answered(caller);
}

/// As the endpoint's operator wants whole answers.
http::Response RpcHandler::in_shape(const rpc::Caller& caller, http::Response response) const {
    if (options_.pretty_print && caller.transport == rpc::Transport::http &&
        response.body.starts_with('{'))
        response.body = pretty_json(response.body);
    return response;
}

void RpcHandler::handle_trace(const http::Request& request, rpc::Caller& caller,
                              http::Responder& responder) {
    std::optional<http::BodyStream> stream;
    const auto send = [&](std::string_view piece) {
        if (stream) return stream->write(piece);
        stream.emplace(std::move(responder).begin(plain(200, std::string{piece})));
        return true;
    };
    caller.is_abandoned = [&] { return !stream && responder.is_abandoned(); };
    auto body = responder.take_buffer();
    rpc::Answer answer{body, [&](std::string_view piece) {
                           threads_.turns.release();
                           const bool is_read = send(piece);
                           threads_.turns.acquire();
                           return is_read;
                       }};
    threads_.turns.acquire();
    const auto status = server_.handle(request.body, caller, answer);
    threads_.turns.release();
    if (!stream) {
        responder.respond(in_shape(caller, plain(static_cast<unsigned>(status), std::move(body))));
    } else if (!answer.is_broken_off() && stream->write(body)) {
        stream->finish();
    }  // else it dies unfinished
    if (caller.sink) server_.answered(caller);
}

http::Response RpcHandler::readiness_of(const http::Request& request) const {
    const auto min_peers = number_of(request.query("minPeers"), 1);
    const auto max_behind = number_of(request.query("maxBlocksBehind"), 2);
    const auto now = readiness_();
    const bool is_ready = min_peers && max_behind && (!now.peers || *now.peers >= *min_peers) &&
                          now.blocks_behind <= *max_behind;
    return plain(is_ready ? 200 : 503, is_ready ? up : down);
}

void MetricsHandler::on_request(const http::Request& request, http::Responder responder) {
    if (request.path() != "/metrics" || request.method != "GET") {
        responder.respond(plain(404));
        return;
    }
    std::vector<std::string> names;
    if (const auto name = request.query("name[]"); !name.empty()) names.emplace_back(name);
    auto shared = std::make_shared<http::Responder>(std::move(responder));
    http::WorkerThreads::Task task = [this, names = std::move(names), shared] {
        shared->respond({.status = 200,
                         .content_type = telemetry::Metrics::text_content_type,
                         .body = metrics_.expose(names),
                         .headers = {}});
    };
    if (!threads_.post(task)) shared->respond(plain(503));
}

}  // namespace meta138::node
