// SPDX-License-Identifier: Apache-2.0
#include "chain_state.hpp"

#include "attempt.hpp"

#include "meta138/http/server.hpp"
#include "meta138/http/url.hpp"

#include <algorithm>
#include <utility>

namespace meta138::client {

Chain::State::State(ChainOptions given)
    : options{std::move(given)},
      failover_{std::max<std::size_t>(options.endpoints.size(), 1), options.failover, now()},
      records_(options.endpoints.size()) {
    if (options.endpoints.empty())
        throw http::ConfigurationError{"No JSON-RPC endpoint is configured"};
    for (const auto& endpoint : options.endpoints) {
        const auto url = http::parse_url(endpoint.url);
        if (!url)
            throw http::ConfigurationError{"The URL of an endpoint " +
                                           std::string{http::to_string(url.error())}};
        if (url->scheme != http::Scheme::http && url->scheme != http::Scheme::https)
            throw http::ConfigurationError{"The endpoint " + url->origin() +
                                           " is neither http:// nor https://"};
        if (const auto& socket = endpoint.websocket_url; !socket.empty()) {
            const auto parsed = http::parse_url(socket);
            if (!parsed ||
                (parsed->scheme != http::Scheme::ws && parsed->scheme != http::Scheme::wss))
                throw http::ConfigurationError{"The WebSocket URL of the endpoint " +
                                               url->origin() + " is neither ws:// nor wss://"};
        }
        names.push_back(endpoint.name.empty() ? url->authority() : endpoint.name);
    }
    http = std::make_unique<http::Client>(options.http);
    timer_ = std::jthread{[this](const std::stop_token& stop) { run_timer(stop); }};
}

Chain::State::~State() {
    {
        const MutexLock lock{mutex_};
        timer_.request_stop();
    }
    changed_.notify_all();
    timer_.join();
}

Failover::Time Chain::State::now() {
    return std::chrono::duration_cast<Failover::Time>(Clock::now().time_since_epoch());
}

std::vector<std::size_t> Chain::State::order(const CallOptions& call) const {
    if (call.endpoint) return {*call.endpoint};
    const MutexLock lock{mutex_};
    return failover_.order(now());
}

http::ClientRequest Chain::State::request(std::size_t endpoint, const std::string& body,
                                          const CallOptions& call, bool repeatable) const {
    auto headers = options.endpoints[endpoint].headers;
    headers.emplace_back("Content-Type", "application/json");
    return {.method = "POST",
            .url = options.endpoints[endpoint].url,
            .headers = std::move(headers),
            .body = body,
            .timeout = call.timeout.value_or(options.request_timeout),
            .repeatable = repeatable};
}

http::PendingRequest Chain::State::send(std::string body, bool repeatable, const CallOptions& call,
                                        std::unique_ptr<Reply> reply) {
    const auto attempt =
        std::make_shared<Attempt>(*this, std::move(body), repeatable, call, std::move(reply));
    attempt->start();
    return http::PendingRequest{attempt};
}

EndpointStatus Chain::State::status(std::size_t endpoint) const {
    const auto& record = records_[endpoint];
    return {.name = names[endpoint],
            .health = failover_.health(endpoint, now()),
            .head = failover_.head(endpoint),
            .answers = record.answers,
            .failures = record.failures,
            .last_error = record.last_error};
}

std::vector<EndpointStatus> Chain::State::statuses() const {
    const MutexLock lock{mutex_};
    std::vector<EndpointStatus> result;
    for (std::size_t i = 0; i < names.size(); ++i) result.push_back(status(i));
    return result;
}

std::vector<EndpointStatus> Chain::State::take_changes() {
    std::vector<EndpointStatus> changes;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto health = failover_.health(i, now());
        if (std::exchange(records_[i].reported, health) != health) changes.push_back(status(i));
    }
    return changes;
}

void Chain::State::tell(const std::vector<EndpointStatus>& changes) const {
    if (!options.on_health) return;
    for (const auto& change : changes) options.on_health(change);
}

void Chain::State::note_answer(std::size_t endpoint) {
    std::vector<EndpointStatus> changes;
    {
        const MutexLock lock{mutex_};
        ++records_[endpoint].answers;
        failover_.on_success(endpoint);
        changes = take_changes();
    }
    tell(changes);
}

void Chain::State::note_failure(std::size_t endpoint, const CallError& error) {
    std::vector<EndpointStatus> changes;
    {
        const MutexLock lock{mutex_};
        ++records_[endpoint].failures;
        records_[endpoint].last_error = error.message;
        failover_.on_failure(endpoint, now());
        changes = take_changes();
    }
    tell(changes);
}

void Chain::State::note_head(std::size_t endpoint, std::uint64_t number) {
    std::vector<EndpointStatus> changes;
    {
        const MutexLock lock{mutex_};
        failover_.on_head(endpoint, number, now());
        changes = take_changes();
    }
    tell(changes);
}

}  // namespace meta138::client
