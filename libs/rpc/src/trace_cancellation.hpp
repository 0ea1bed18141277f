// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/evm/tracer.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

namespace meta138::rpc {

/// Nobody waits for what is being traced any more: thrown through the machine, which has no other
/// way to stop in the middle of a transaction.
struct TraceCancelled final : std::exception {
    [[nodiscard]] const char* what() const noexcept override { return "the trace was cancelled"; }
};

/// Throws TraceCancelled when its request is cancelled; it looks every few thousand instructions.
class CancellationGuard final : public evm::Tracer {
public:
    /// `request` outlives this object.
    explicit CancellationGuard(const Request& request) : request_{request} {}

    void on_step(const evm::Step& /*step*/) override {
        constexpr std::uint64_t interval = 4096;
        if (++steps_ % interval == 0 && request_.is_cancelled()) throw TraceCancelled{};
    }

private:
    const Request& request_;
    std::uint64_t steps_ = 0;
};

/// A method that answers error::timeout when one of its guards throws.
template <typename... P>
std::function<RpcResult<void>(const Request&, P...)> cancellable(
    RpcResult<void> (*method)(const Request&, P...)) {
    return [method](const Request& request, P... parameters) -> RpcResult<void> {
        try {
            return method(request, std::forward<P>(parameters)...);
        } catch (const TraceCancelled&) {
            return fail(error::timeout);
        }
    };
}

}  // namespace meta138::rpc
