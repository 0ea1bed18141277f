// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_state.hpp"
#include "reply.hpp"

#include "meta138/base/mutex.hpp"

#include <memory>
#include <string>
#include <vector>

namespace meta138::client {

/// One call on its way from endpoint to endpoint. start() on any thread, the rest on the io thread
/// but for cancel().
class Attempt : public http::Cancellable, public std::enable_shared_from_this<Attempt> {
public:
    Attempt(Chain::State& state, std::string body, bool repeatable, const CallOptions& options,
            std::unique_ptr<Reply> reply);

    void start() META138_EXCLUDES(mutex_);
    void cancel() override META138_EXCLUDES(mutex_);

private:
    void on_result(http::ClientResult result);
    void give_up_or_go_on(CallError error);
    [[nodiscard]] bool is_cancelled() const META138_EXCLUDES(mutex_);

    Chain::State& state_;
    const std::string body_;
    const bool repeatable_;
    const CallOptions options_;
    const std::unique_ptr<Reply> reply_;
    const std::vector<std::size_t> order_;
    std::size_t at_ = 0;  // of order_

    mutable Mutex mutex_;
    http::PendingRequest pending_ META138_GUARDED_BY(mutex_);
    bool cancelled_ META138_GUARDED_BY(mutex_) = false;
};

}  // namespace meta138::client
