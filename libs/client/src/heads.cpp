// SPDX-License-Identifier: Apache-2.0
// What a chain does by itself: probes of its endpoints, and heads for those who watch.
#include "chain_state.hpp"
#include "envelope.hpp"

#include "meta138/client/calls.hpp"

#include <algorithm>
#include <utility>

namespace meta138::client {
namespace {

/// So many polls does a working stream save of one.
constexpr int polls_spared = 10;

template <class T>
std::string body_of(const Call<T>& call) {
    std::string body;
    append_request(body, 1, call.method, call.params);
    return body;
}

/// A reply that decodes; what cannot be decoded is absent.
template <class T>
std::unique_ptr<Reply> reply_to(const Call<T>& call,
                                std::move_only_function<void(std::optional<T>)> done) {
    return std::make_unique<SingleReply>(
        [decode = call.decode, done = std::move(done)](Result<RawResult> raw) mutable {
            if (!raw) return done(std::nullopt);
            auto value = decode(*raw);
            done(value ? std::optional<T>{*std::move(value)} : std::nullopt);
        });
}

}  // namespace

void Chain::State::run_timer(const std::stop_token& stop) {
    while (true) {
        std::vector<std::size_t> probes;
        bool polls = false;
        {
            const MutexLock lock{mutex_};
            if (stop.stop_requested()) return;
            probes = failover_.take_due_probes(now());
            std::erase_if(watches_, [](const auto& watch) { return watch.expired(); });
            polls = !watches_.empty() && !is_polling_ && now() >= poll_at_;
            if (polls) {
                is_polling_ = true;
                // A stream that is silent may be dead: polls go on, but more rarely.
                poll_at_ = now() + options.poll_interval * (is_streaming_ ? polls_spared : 1);
            }
        }
        for (const auto endpoint : probes) probe(endpoint);
        if (polls) poll_number();
        tend_stream();
        const MutexLock lock{mutex_};
        if (stop.stop_requested()) return;
        auto next = failover_.next_probe();
        if (!watches_.empty()) next = std::min(next, now() + options.poll_interval);
        if (!watches_.empty() && !is_polling_) next = std::min(next, poll_at_);
        if (next == Failover::Time::max())
            changed_.wait(mutex_);
        else
            changed_.wait_until(mutex_, Clock::time_point{next});
    }
}

void Chain::State::probe(std::size_t endpoint) {
    const auto call = block_number();
    send(body_of(call), true, {.endpoint = endpoint},
         reply_to<std::uint64_t>(call, [this, endpoint](std::optional<std::uint64_t> number) {
             if (number) note_head(endpoint, *number);
         }));
}

/// The number first: a block with all its hashes may be large, and is asked for once only.
void Chain::State::poll_number() {
    const auto call = block_number();
    send(body_of(call), true, {},
         reply_to<std::uint64_t>(call, [this](std::optional<std::uint64_t> number) {
             const bool is_new = [&] {
                 const MutexLock lock{mutex_};
                 return number && polled_number_ != *number;
             }();
             if (is_new)
                 poll_head();
             else
                 finish_poll();
         }));
}

void Chain::State::poll_head() {
    const auto call = head();
    send(body_of(call), true, {},
         reply_to<std::optional<Head>>(call, [this](std::optional<std::optional<Head>> found) {
             if (found && *found) on_polled(**found);
             finish_poll();
         }));
}

void Chain::State::finish_poll() {
    {
        const MutexLock lock{mutex_};
        is_polling_ = false;
    }
    changed_.notify_all();
}

void Chain::State::on_polled(const Head& head) {
    {
        const MutexLock lock{mutex_};
        polled_number_ = head.number;
        // The stream was faster: this is no reorganisation.
        if (is_streaming_ && head.number < last_number_) return;
    }
    tell_watchers(head);
}

void Chain::State::tell_watchers(const Head& head) {
    std::vector<std::shared_ptr<HeadWatch::State>> watches;
    {
        const MutexLock lock{mutex_};
        if (std::exchange(last_head_, head.hash) == head.hash) return;
        last_number_ = head.number;
        for (const auto& weak : watches_)
            if (auto watch = weak.lock()) watches.push_back(std::move(watch));
    }
    for (const auto& watch : watches) watch->tell(head);
}

void Chain::State::add_watch(const std::shared_ptr<HeadWatch::State>& watch) {
    {
        const MutexLock lock{mutex_};
        watches_.push_back(watch);
        last_head_ = {};  // the new one has not seen it
        polled_number_.reset();
        poll_at_ = now();
    }
    changed_.notify_all();
}

std::optional<std::size_t> Chain::State::choose_stream() const {
    if (watches_.empty()) return std::nullopt;
    for (const auto endpoint : failover_.order(now()))
        if (!options.endpoints[endpoint].websocket_url.empty() &&
            failover_.health(endpoint, now()) == EndpointHealth::healthy)
            return endpoint;
    return std::nullopt;
}

void Chain::State::tend_stream() {
    std::optional<std::size_t> wanted;
    bool ended = false;
    {
        const MutexLock lock{mutex_};
        wanted = choose_stream();
        ended = stream_has_ended_;
        if (stream_ && (ended || wanted != stream_endpoint_)) {
            is_streaming_ = false;
            stream_has_ended_ = false;
            if (ended) {
                stream_backoff_ = std::clamp(2 * stream_backoff_, options.failover.backoff,
                                             options.failover.max_backoff);
                stream_at_ = now() + stream_backoff_;
            }
        } else if (stream_ || !wanted || now() < stream_at_) {
            return;
        }
    }
    // Outside the lock: the stream waits for a callback that runs.
    stream_.reset();
    stream_endpoint_.reset();
    if (wanted && !ended) open_stream(*wanted);
}

void Chain::State::open_stream(std::size_t endpoint) {
    stream_endpoint_ = endpoint;
    stream_ = std::make_unique<HeadStream>(
        *http, options.endpoints[endpoint].websocket_url, options.endpoints[endpoint].headers,
        [this, endpoint](const Head& head) {
            {
                const MutexLock lock{mutex_};
                is_streaming_ = true;
                stream_backoff_ = {};
            }
            note_head(endpoint, head.number);
            tell_watchers(head);
        },
        [this] {
            {
                const MutexLock lock{mutex_};
                stream_has_ended_ = true;
            }
            changed_.notify_all();
        });
}

}  // namespace meta138::client
