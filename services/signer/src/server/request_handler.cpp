// SPDX-License-Identifier: Apache-2.0
#include "server/request_handler.hpp"

#include "server/caller.hpp"
#include "server/proxy_headers.hpp"

#include "meta138/codec/json/reader.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <utility>

namespace meta138::signer {
namespace {

http::Response response_of_answer(RpcAnswer answer) {
    return {.status = answer.status,
            .content_type = "application/json",
            .body = std::move(answer.body),
            .headers = {}};
}

http::Response not_found() {
    return {.status = 404,
            .content_type = "text/plain; charset=utf-8",
            .body = "Resource not found",
            .headers = {}};
}

/// Says in the log what a request was answered.
class AccessLogSink final : public http::ResponseSink {
public:
    AccessLogSink(http::Responder inner, const http::Request& request, telemetry::Logger log)
        : inner_{std::move(inner)},
          log_{std::move(log)},
          line_{fmt::format("{} {} {}", request.remote_address, request.method, request.target)} {}

    void respond(http::Response response) override {
        const auto duration = std::chrono::steady_clock::now() - start_;
        log_.info("{} {} {} bytes {:.1f} ms", line_, response.status, response.body.size(),
                  std::chrono::duration<double, std::milli>{duration}.count());
        inner_.respond(std::move(response));
    }
    bool is_abandoned() const noexcept override { return inner_.is_abandoned(); }
    std::string take_buffer() override { return inner_.take_buffer(); }
    std::shared_ptr<http::BodySink> begin(http::Response) override { return nullptr; }

private:
    http::Responder inner_;
    telemetry::Logger log_;
    const std::string line_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

/// One body with requests that are answered apart.
struct RequestHandler::Exchange {
    Exchange(http::Responder to, std::size_t size)
        : responder{std::move(to)}, answers(size), left{size} {}

    http::Responder responder;
    std::vector<std::string> answers;  // by place; empty: a notification
    std::atomic<std::size_t> left;

    void set(std::size_t index, std::string answer) {
        answers[index] = std::move(answer);
        if (left.fetch_sub(1) != 1) return;
        std::string body = "[";
        for (const auto& each : answers) {
            if (each.empty()) continue;
            if (body.size() > 1) body += ',';
            body += each;
        }
        body += ']';
        responder.respond({.status = 200, .body = std::move(body), .headers = {}});
    }
};

void RequestHandler::on_request(const http::Request& request, http::Responder responder) {
    auto shared = parts_.logs_access
                      ? std::make_shared<http::Responder>(std::make_shared<AccessLogSink>(
                            std::move(responder), request, parts_.log))
                      : std::make_shared<http::Responder>(std::move(responder));
    // The request's views live until it is answered, so the task may keep them.
    http::WorkerThreads::Task task = [this, request, shared] {
        answer(request, std::move(*shared));
    };
    if (parts_.workers.post(task)) return;
    shared->respond({.status = 503,
                     .content_type = "text/plain; charset=utf-8",
                     .body = "Too many requests wait",
                     .headers = {}});
}

void RequestHandler::answer(const http::Request& request, http::Responder responder) {
    if (Rest::has(request)) return parts_.rest.answer(request, std::move(responder));
    const auto target = target_of(request.path());
    if (request.method != "POST" || target.chain == nullptr) return responder.respond(not_found());
    answer_rpc(request, target, std::move(responder));
}

RequestHandler::Target RequestHandler::target_of(std::string_view path) const {
    constexpr std::string_view prefix = "/chains/";
    Target target{.chain = parts_.default_chain, .path = std::string{path == "/" ? "" : path}};
    if (!path.starts_with(prefix)) return target;
    const auto rest = path.substr(prefix.size());
    const auto digits = rest.substr(0, rest.find('/'));
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    const auto found = parts_.chains.find(id);
    if (error != std::errc{} || end != digits.data() + digits.size() ||
        found == parts_.chains.end())
        return {};
    target.chain = found->second;
    target.path = rest.substr(digits.size());
    if (target.path == "/") target.path.clear();
    return target;
}

void RequestHandler::answer_rpc(const http::Request& request, const Target& target,
                                http::Responder responder) {
    json::Parser parser;
    const auto body = decode_body(parser, request.body, parts_.max_batch_size);
    if (!body) {
        // Besides the root only JSON-RPC has a meaning.
        if (!target.path.empty()) return responder.respond(not_found());
        return responder.respond(response_of_answer(body.error()));
    }
    const bool has_local = std::ranges::any_of(
        body->requests, [](const RpcRequest& each) { return Methods::has(each.method); });
    if (!has_local) return pass_on(request, *body, target, std::move(responder));
    const MethodContext context{
        .chain = target.chain, .caller = caller_of(request), .headers = headers_to_node(request)};
    if (body->is_batch)
        return answer_mixed(std::make_shared<Exchange>(std::move(responder), body->requests.size()),
                            *body, context, target.path);
    parts_.methods.call(body->requests.front(), context,
                        [responder = std::move(responder)](RpcAnswer answer) mutable {
                            responder.respond(response_of_answer(std::move(answer)));
                        });
}

void RequestHandler::pass_on(const http::Request& request, const RpcBody& body,
                             const Target& target, http::Responder responder) {
    for (std::size_t i = 0; i < body.requests.size(); ++i) parts_.metrics.count_request("proxied");
    const bool repeatable = std::ranges::all_of(
        body.requests, [](const RpcRequest& each) { return is_repeatable(each.method); });
    const auto id = body.is_batch ? std::string{"null"} : body.requests.front().id;
    target.chain->downstream->post(
        target.path, headers_to_node(request), std::string{request.body}, repeatable,
        [id, responder = std::move(responder)](http::ClientResult result) mutable {
            responder.respond(result ? response_of(*std::move(result))
                                     : response_of_answer(unreachable_answer(id, result.error())));
        });
}

void RequestHandler::answer_mixed(const std::shared_ptr<Exchange>& exchange, const RpcBody& body,
                                  const MethodContext& context, const std::string& path) {
    for (std::size_t i = 0; i < body.requests.size(); ++i) {
        const auto& each = body.requests[i];
        if (Methods::has(each.method)) {
            parts_.methods.call(each, context, [exchange, i](RpcAnswer answer) {
                exchange->set(i, std::move(answer.body));
            });
            continue;
        }
        parts_.metrics.count_request("proxied");
        context.chain->downstream->post(
            path, context.headers, std::string{each.text}, is_repeatable(each.method),
            [exchange, i, id = each.id](http::ClientResult result) {
                if (!result) return exchange->set(i, unreachable_answer(id, result.error()).body);
                // A page of some gateway's is no element of a batch's answer.
                const bool fits = result->body.empty() || result->body.front() == '{';
                exchange->set(i,
                              fits ? std::move(result->body) : unreachable_answer(id, false).body);
            });
    }
}

}  // namespace meta138::signer
