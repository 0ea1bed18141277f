// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"

#include <utility>

namespace meta138::client {
namespace {

CallErrorKind kind_of(http::ClientErrorKind kind) {
    using http::ClientErrorKind;
    switch (kind) {
        case ClientErrorKind::timed_out: return CallErrorKind::timed_out;
        case ClientErrorKind::closed: return CallErrorKind::closed;
        case ClientErrorKind::too_large: return CallErrorKind::too_large;
        case ClientErrorKind::malformed: return CallErrorKind::malformed;
        case ClientErrorKind::cancelled: return CallErrorKind::cancelled;
        case ClientErrorKind::invalid_request:
        case ClientErrorKind::resolve:
        case ClientErrorKind::connect:
        case ClientErrorKind::proxy:
        case ClientErrorKind::tls:
        case ClientErrorKind::busy: return CallErrorKind::unreachable;
    }
    return CallErrorKind::unreachable;
}

/// Whether another endpoint could do better.
bool is_endpoints_fault(http::ClientErrorKind kind) {
    return kind != http::ClientErrorKind::cancelled && kind != http::ClientErrorKind::too_large &&
           kind != http::ClientErrorKind::busy && kind != http::ClientErrorKind::invalid_request;
}

}  // namespace

Attempt::Attempt(Chain::State& state, std::string body, bool repeatable, const CallOptions& options,
                 std::unique_ptr<Reply> reply)
    : state_{state},
      body_{std::move(body)},
      repeatable_{repeatable},
      options_{options},
      reply_{std::move(reply)},
      order_{state.order(options)} {}

void Attempt::start() {
    auto request = state_.request(order_[at_], body_, options_, repeatable_);
    // Under the lock: who cancels finds the request, or is found by the check.
    const MutexLock lock{mutex_};
    pending_ = state_.http->send(std::move(request),
                                 [self = shared_from_this()](http::ClientResult result) {
                                     self->on_result(std::move(result));
                                 });
    if (cancelled_) pending_.cancel();
}

void Attempt::cancel() {
    const MutexLock lock{mutex_};
    cancelled_ = true;
    pending_.cancel();
}

bool Attempt::is_cancelled() const {
    const MutexLock lock{mutex_};
    return cancelled_;
}

void Attempt::on_result(http::ClientResult result) {
    const auto endpoint = order_[at_];
    if (!result) {
        CallError error{.kind = kind_of(result.error().kind),
                        .message = std::move(result.error().text),
                        .endpoint = state_.names[endpoint],
                        .may_have_arrived = result.error().may_have_arrived};
        if (!is_endpoints_fault(result.error().kind)) return reply_->fail(std::move(error));
        state_.note_failure(endpoint, error);
        return give_up_or_go_on(std::move(error));
    }
    auto fault = reply_->answer(state_.names[endpoint], *result, state_.parser);
    if (!fault) return state_.note_answer(endpoint);
    state_.note_failure(endpoint, *fault);
    give_up_or_go_on(*std::move(fault));
}

void Attempt::give_up_or_go_on(CallError error) {
    const bool must_not_repeat = error.may_have_arrived && !repeatable_;
    if (must_not_repeat || at_ + 1 == order_.size() || is_cancelled())
        return reply_->fail(std::move(error));
    ++at_;
    start();
}

}  // namespace meta138::client
