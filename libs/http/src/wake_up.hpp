// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asio.hpp"

#include <functional>
#include <utility>

namespace meta138::http {

/// Where one coroutine of an io thread sleeps until someone on the same thread wakes it.
class WakeUp {
public:
    /// `co_await wake_up.sleep()`
    auto sleep() {
        return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
            [this](auto handler) { sleeper_ = std::move(handler); }, asio::use_awaitable);
    }

    /// Resumes the coroutine, if it sleeps, before returning.
    void wake() {
        if (auto sleeper = std::exchange(sleeper_, nullptr)) sleeper();
    }

    [[nodiscard]] bool is_sleeping() const noexcept { return static_cast<bool>(sleeper_); }

private:
    std::move_only_function<void()> sleeper_;
};

}  // namespace meta138::http
