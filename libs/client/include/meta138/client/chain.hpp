// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/client/call.hpp"
#include "meta138/client/calls.hpp"
#include "meta138/client/failover.hpp"
#include "meta138/http/client.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::client {

struct EndpointOptions {
    std::string url = {};  ///< `http://` or `https://`
    /// `ws://` or `wss://` of the same node, for subscriptions; empty: heads are polled.
    std::string websocket_url = {};
    /// For logs, metrics and errors; empty: host and port of the URL.
    std::string name = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
};

/// How an endpoint does.
struct EndpointStatus {
    std::string name = {};
    EndpointHealth health = EndpointHealth::healthy;
    std::optional<std::uint64_t> head = {};
    std::uint64_t answers = 0;
    std::uint64_t failures = 0;
    std::string last_error = {};  ///< empty if it has not failed yet
};

struct ChainOptions {
    /// In the order of preference.
    std::vector<EndpointOptions> endpoints = {};
    FailoverOptions failover = {};
    /// For one endpoint; then the next is asked.
    std::chrono::milliseconds request_timeout{10'000};
    /// How often heads are asked for where no WebSocket tells them.
    std::chrono::milliseconds poll_interval{500};
    http::ClientOptions http = {};
    /// An endpoint that became better or worse: to be logged. Called on any thread of the chain's;
    /// must return soon.
    std::function<void(const EndpointStatus&)> on_health = {};
};

/// What a call may be told.
struct CallOptions {
    std::optional<std::chrono::milliseconds> timeout = {};  ///< for one endpoint
    /// Index of the only endpoint to ask; absent: failover chooses.
    std::optional<std::size_t> endpoint = {};
    std::stop_token stop = {};  ///< waiting forms only: ends with `cancelled`
};

/// One call of a batch.
struct BatchCall {
    std::string method = {};
    std::string params = "[]";
};

/// One result of a batch: its JSON.
using BatchResult = Result<std::string>;

/// A subscription to heads: lasts as long as this object lives.
class HeadWatch {
public:
    HeadWatch() = default;
    ~HeadWatch();
    HeadWatch(HeadWatch&&) noexcept;
    HeadWatch& operator=(HeadWatch&&) noexcept;

    struct State;
    explicit HeadWatch(std::shared_ptr<State> state) noexcept;

private:
    std::shared_ptr<State> state_;
};

/// A chain, seen through one or several JSON-RPC endpoints.
///
/// All functions may be called from any thread; callbacks run on a thread of the chain's, one at a
/// time, must return soon and must not use the waiting forms.
class Chain {
public:
    /// @throws http::ConfigurationError for no endpoint, a bad URL, or unusable TLS files
    explicit Chain(ChainOptions options);
    /// A single endpoint with default options.
    explicit Chain(std::string url);
    /// Cancels what is under way and calls its callbacks. Not from a callback.
    ~Chain();
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    /// Asks and waits: `chain.ask(client::block_number())`.
    template <class T>
    [[nodiscard]] Result<T> ask(const Call<T>& call, const CallOptions& options = {}) {
        Result<T> result = std::unexpected{CallError{.kind = CallErrorKind::cancelled}};
        ask_raw(call.method, call.params, call.repeatable, options,
                [&](Result<RawResult> raw) { result = decode(call.decode, std::move(raw)); });
        return result;
    }

    /// Asks; `done` is called exactly once, with a Result<T>.
    template <class T>
    http::PendingRequest send(Call<T> call, std::move_only_function<void(Result<T>)> done,
                              const CallOptions& options = {}) {
        return send_raw(
            call.method, call.params, call.repeatable, options,
            [decoder = std::move(call.decode), done = std::move(done)](
                Result<RawResult> raw) mutable { done(decode(decoder, std::move(raw))); });
    }

    /// Several calls in one request. The outer error is of the request as a whole; a batch goes to
    /// one endpoint, and to the next only if `repeatable`.
    [[nodiscard]] Result<std::vector<BatchResult>> ask_batch(const std::vector<BatchCall>& calls,
                                                             bool repeatable = true,
                                                             const CallOptions& options = {});
    http::PendingRequest send_batch(
        const std::vector<BatchCall>& calls,
        std::move_only_function<void(Result<std::vector<BatchResult>>)> done,
        bool repeatable = true, const CallOptions& options = {});

    /// Tells each new head, through newHeads of the preferred healthy endpoint that has a
    /// WebSocket, else by polling. Numbers ascend; a gap means that several blocks came at once, a
    /// number that returns means a reorganisation. Polled and pushed heads may differ in
    /// `transactions`.
    [[nodiscard]] HeadWatch watch_heads(std::function<void(const Head&)> on_head);

    /// One for each endpoint, in the order of the options.
    [[nodiscard]] std::vector<EndpointStatus> endpoints() const;
    /// Name of the endpoint that the next call would go to.
    [[nodiscard]] std::string current_endpoint() const;

    struct State;

private:
    using RawCallback = std::move_only_function<void(Result<RawResult>)>;

    template <class T>
    static Result<T> decode(
        const std::function<std::expected<T, std::string>(const RawResult&)>& decoder,
        Result<RawResult> raw) {
        if (!raw) return std::unexpected{std::move(raw).error()};
        auto value = decoder(*raw);
        if (!value) return std::unexpected{malformed(std::move(value).error(), raw->endpoint)};
        return *std::move(value);
    }
    [[nodiscard]] static CallError malformed(std::string why, std::string_view endpoint);

    /// Waits until `done` has run, on the chain's thread.
    void ask_raw(std::string_view method, std::string_view params, bool repeatable,
                 const CallOptions& options, RawCallback done);
    http::PendingRequest send_raw(std::string_view method, std::string_view params, bool repeatable,
                                  const CallOptions& options, RawCallback done);

    std::shared_ptr<State> state_;
};

}  // namespace meta138::client
