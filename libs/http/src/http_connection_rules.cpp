// SPDX-License-Identifier: Apache-2.0
// What an HTTP connection decides about a request before a handler sees it, and who calls.
#include "http_connection.hpp"
#include "text.hpp"
#include "websocket.hpp"
#include "worker.hpp"

#include <algorithm>
#include <utility>

namespace meta138::http {
namespace {

std::chrono::sys_seconds now_in_seconds() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

void HttpConnection::prepare_request() {
    const auto& head = reader_.head();
    endpoint_->requests.increment();
    keep_alive_ = head.keep_alive && !thread_->is_draining();
    allowed_origin_ = {};
    accepted_coding_ = head.accept_encoding.empty() ? ContentCoding::identity
                                                    : choose_coding(head.accept_encoding);
    coding_ = ContentCoding::identity;
    client_has_gone_.store(false, std::memory_order_relaxed);
    request_ = {.method = head.method,
                .target = head.target,
                .headers = reader_.headers(),
                .body = reader_.body(),
                .transport = Transport::http,
                .remote_address = remote_address_,
                .tls_client_name = peer_name_,
                .access = {}};
    exchange_.store(Exchange::dispatched, std::memory_order_relaxed);
}

/// What the endpoint answers itself, before any handler. True if it has.
bool HttpConnection::answer_by_rule() {
    const auto& head = reader_.head();
    const auto& options = endpoint_->options;
    if (!endpoint_->hosts.admits(head.host)) {
        endpoint_->count(Refusal::host);
        answer({.status = 403, .body = R"({"message":"Host not authorized."})", .headers = {}});
        return true;
    }
    if (head.upgrade_websocket && options.websocket) return answer_upgrade(head);
    if (answer_login()) return true;
    if (!options.http) {
        answer(text_response(400, "Websocket endpoint can't handle HTTP requests"));
        return true;
    }
    if (!head.origin.empty() && answer_origin(head)) return true;
    if (options.probe && head.method == "GET" && request_.path() == "/") {
        answer({.status = 201, .body = {}, .headers = {}});
        return true;
    }
    return false;
}

bool HttpConnection::answer_upgrade(const RequestHead& head) {
    if (head.method != "GET" || head.http_1_0 || !head.connection_upgrade ||
        !websocket::is_valid_key(head.websocket_key)) {
        endpoint_->count(Refusal::websocket);
        answer(text_response(400, "Not a WebSocket handshake"));
    } else if (head.websocket_version != "13") {
        endpoint_->count(Refusal::websocket);
        auto response = text_response(426, "WebSocket version 13 is required");
        response.headers.emplace_back("sec-websocket-version", "13");
        answer(std::move(response));
    } else {
        is_upgrade_ = true;
        return false;
    }
    return true;
}

/// Cross-origin requests of browsers (the Fetch standard's CORS protocol).
bool HttpConnection::answer_origin(const RequestHead& head) {
    if (is_same_origin(head.origin, head.host.value_or(""))) return false;
    allowed_origin_ = endpoint_->origins.allowed(head.origin);
    if (allowed_origin_.empty()) {
        endpoint_->count(Refusal::origin);
        answer(text_response(403, "CORS Rejected - Invalid origin"));
        return true;
    }
    if (head.method != "OPTIONS" || request_.header("access-control-request-method").empty())
        return false;
    answer({.status = 204,
            .body = {},
            .headers = {{"access-control-allow-methods", "GET, POST, OPTIONS"},
                        {"access-control-allow-headers", "*, content-type, authorization"},
                        {"access-control-max-age", "600"}}});
    return true;
}

bool HttpConnection::answer_login() {
    if (request_.method != "POST" || request_.path() != "/login" || !endpoint_->options.probe)
        return false;
    const auto& authenticator = endpoint_->options.authenticator;
    if (!authenticator) {
        if (!endpoint_->options.http) return false;
        answer(text_response(400, "Authentication not enabled"));
        return true;
    }
    auto job = [authenticator, body = request_.body,
                responder = Responder{shared_from_this()}]() mutable {
        responder.respond(authenticator->login(body, now_in_seconds()));
    };
    auto accepted = false;
    {
        Worker::Job task{std::move(job)};
        accepted = endpoint_->worker->post(std::move(task));
    }
    // The responder of a job that was not accepted has died with it, and answered 500.
    if (!accepted) answer(text_response(503, "Too many logins at a time"));
    return true;
}

/// Who calls. A password takes its time, on another thread. False if that has too much to do.
asio::awaitable<bool> HttpConnection::find_access() {
    const auto& authenticator = endpoint_->options.authenticator;
    if (!authenticator) co_return true;
    const auto authorization = reader_.head().authorization;
    if (authenticator->accepts_api_keys() && authorization.empty() && take_api_key())
        co_return true;
    if (!authenticator->is_slow(authorization, now_in_seconds())) {
        request_.access = authenticator->access(authorization, {}, now_in_seconds());
        co_return true;
    }
    access_found_ = false;
    auto job = [self = shared_from_this(), authorization = std::string{authorization}] {
        auto access =
            self->endpoint_->options.authenticator->access(authorization, {}, now_in_seconds());
        self->thread_->post([self, access = std::move(access)]() mutable {
            self->request_.access = std::move(access);
            self->access_found_ = true;
            self->wake_up_.wake();
        });
    };
    if (!endpoint_->worker->post(Worker::Job{std::move(job)})) co_return false;
    begin_deadline(endpoint_->options.limits.request_timeout);
    while (!access_found_ && !timed_out_ && !closing_) co_await wake_up_.sleep();
    deadline_ = Clock::time_point::max();
    co_return access_found_;
}

bool HttpConnection::take_api_key() {
    const auto path = request_.path();
    const auto end = std::min(path.find('/', 1), path.size());
    const auto key = path.substr(1, end - 1);
    if (key.empty()) return false;
    const auto& authenticator = *endpoint_->options.authenticator;
    const auto access = authenticator.access({}, key, now_in_seconds());
    if (!access.identity()) return false;
    request_.access = access;
    request_.target = end < request_.target.size() && request_.target[end] == '/'
                          ? request_.target.substr(end)
                          : std::string_view{"/"};
    return true;
}

void HttpConnection::call_handler() {
    try {
        endpoint_->handler.on_request(request_, Responder{shared_from_this()});
    } catch (const std::exception& error) {
        // The responder has died with the call, and answered 500.
        endpoint_->log.error("Error processing request to {}: {}", request_.path(), error.what());
    }
}

}  // namespace meta138::http
