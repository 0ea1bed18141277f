// SPDX-License-Identifier: Apache-2.0
// What a chain does by itself: probes of its endpoints, and heads for those who watch.
#include "chain_state.hpp"
#include "envelope.hpp"

#include "meta138/client/calls.hpp"

#include <algorithm>
#include <utility>

namespace meta138::client {
namespace {

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
                poll_at_ = now() + options.poll_interval;
            }
            if (probes.empty() && !polls) {
                auto next = failover_.next_probe();
                if (!watches_.empty() && !is_polling_) next = std::min(next, poll_at_);
                if (next == Failover::Time::max())
                    changed_.wait(mutex_);
                else
                    changed_.wait_until(mutex_, Clock::time_point{next});
                continue;
            }
        }
        for (const auto endpoint : probes) probe(endpoint);
        if (polls) poll_head();
    }
}

void Chain::State::probe(std::size_t endpoint) {
    const auto call = block_number();
    send(body_of(call), true, {.endpoint = endpoint},
         reply_to<std::uint64_t>(call, [this, endpoint](std::optional<std::uint64_t> number) {
             if (number) note_head(endpoint, *number);
         }));
}

void Chain::State::poll_head() {
    const auto call = head();
    send(body_of(call), true, {},
         reply_to<std::optional<Head>>(call, [this](std::optional<std::optional<Head>> found) {
             if (found && *found) tell_watchers(**found);
             {
                 const MutexLock lock{mutex_};
                 is_polling_ = false;
             }
             changed_.notify_all();
         }));
}

void Chain::State::tell_watchers(const Head& head) {
    std::vector<std::shared_ptr<HeadWatch::State>> watches;
    {
        const MutexLock lock{mutex_};
        if (std::exchange(last_head_, head.hash) == head.hash) return;
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
        poll_at_ = now();
    }
    changed_.notify_all();
}

}  // namespace meta138::client
