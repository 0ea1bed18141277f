// SPDX-License-Identifier: Apache-2.0
#include "meta138/client/chain.hpp"

#include "chain_state.hpp"
#include "envelope.hpp"

#include "meta138/base/mutex.hpp"

#include <condition_variable>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace meta138::client {
namespace {

/// Where a waiting thread learns that its callback has run, or has been dropped.
struct Waiting {
    Mutex mutex;
    std::condition_variable_any changed;
    bool is_done META138_GUARDED_BY(mutex) = false;

    void set() META138_EXCLUDES(mutex) {
        {
            const MutexLock lock{mutex};
            is_done = true;
        }
        changed.notify_all();
    }
    void wait() META138_EXCLUDES(mutex) {
        const MutexLock lock{mutex};
        while (!is_done) changed.wait(mutex);
    }
};

/// Tells a waiting thread when it dies: after the callback that owns it.
struct Teller {
    std::shared_ptr<Waiting> waiting;

    explicit Teller(std::shared_ptr<Waiting> whom) : waiting{std::move(whom)} {}
    Teller(Teller&&) noexcept = default;
    Teller& operator=(Teller&&) = delete;
    ~Teller() {
        if (waiting) waiting->set();
    }
};

std::string single_body(std::string_view method, std::string_view params) {
    std::string body;
    append_request(body, 1, method, params);
    return body;
}

std::string batch_body(const std::vector<BatchCall>& calls) {
    std::string body = "[";
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (i) body += ',';
        append_request(body, i, calls[i].method, calls[i].params);
    }
    return body += ']';
}

ChainOptions one_endpoint(std::string url) {
    ChainOptions options;
    options.endpoints.push_back({.url = std::move(url)});
    return options;
}

}  // namespace

HeadWatch::HeadWatch(std::shared_ptr<State> state) noexcept : state_{std::move(state)} {}
HeadWatch::HeadWatch(HeadWatch&&) noexcept = default;

HeadWatch& HeadWatch::operator=(HeadWatch&& other) noexcept {
    if (this == &other) return *this;
    if (state_) state_->end();
    state_ = std::move(other.state_);
    return *this;
}

HeadWatch::~HeadWatch() {
    if (state_) state_->end();
}

Chain::Chain(ChainOptions options) : state_{std::make_shared<State>(std::move(options))} {}
Chain::Chain(std::string url) : Chain{one_endpoint(std::move(url))} {}
Chain::~Chain() = default;

CallError Chain::malformed(std::string why, std::string_view endpoint) {
    return {.kind = CallErrorKind::malformed,
            .message = std::move(why),
            .endpoint = std::string{endpoint},
            .may_have_arrived = true};
}

http::PendingRequest Chain::send_raw(std::string_view method, std::string_view params,
                                     bool repeatable, const CallOptions& options,
                                     RawCallback done) {
    return state_->send(single_body(method, params), repeatable, options,
                        std::make_unique<SingleReply>(std::move(done)));
}

void Chain::ask_raw(std::string_view method, std::string_view params, bool repeatable,
                    const CallOptions& options, RawCallback done) {
    const auto waiting = std::make_shared<Waiting>();
    const auto pending = send_raw(method, params, repeatable, options,
                                  [done = std::move(done), teller = Teller{waiting}](
                                      Result<RawResult> raw) mutable { done(std::move(raw)); });
    const std::stop_callback on_stop{options.stop, [&pending] { pending.cancel(); }};
    waiting->wait();
}

http::PendingRequest Chain::send_batch(
    const std::vector<BatchCall>& calls,
    std::move_only_function<void(Result<std::vector<BatchResult>>)> done, bool repeatable,
    const CallOptions& options) {
    return state_->send(batch_body(calls), repeatable, options,
                        std::make_unique<BatchReply>(calls.size(), std::move(done)));
}

Result<std::vector<BatchResult>> Chain::ask_batch(const std::vector<BatchCall>& calls,
                                                  bool repeatable, const CallOptions& options) {
    if (calls.empty()) return std::vector<BatchResult>{};
    const auto waiting = std::make_shared<Waiting>();
    Result<std::vector<BatchResult>> result =
        std::unexpected{CallError{.kind = CallErrorKind::cancelled}};
    const auto pending = send_batch(
        calls,
        [&result, teller = Teller{waiting}](Result<std::vector<BatchResult>> found) {
            result = std::move(found);
        },
        repeatable, options);
    const std::stop_callback on_stop{options.stop, [&pending] { pending.cancel(); }};
    waiting->wait();
    return result;
}

HeadWatch Chain::watch_heads(std::function<void(const Head&)> on_head) {
    auto watch = std::make_shared<HeadWatch::State>(std::move(on_head));
    state_->add_watch(watch);
    return HeadWatch{std::move(watch)};
}

std::vector<EndpointStatus> Chain::endpoints() const {
    return state_->statuses();
}

std::string Chain::current_endpoint() const {
    return state_->names[state_->order({}).front()];
}

}  // namespace meta138::client
