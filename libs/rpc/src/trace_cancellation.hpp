// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/evm/tracer.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

namespace meta138::rpc {

/// So much JSON may one trace be in all: more would not fit into many clients, and is better asked
/// for in parts.
inline constexpr std::size_t max_trace_bytes = std::size_t{512} << 20;
/// So much of a trace may be held in memory: by a tracer of one transaction, or by an answer that
/// does not leave in pieces.
inline constexpr std::size_t max_held_trace_bytes = std::size_t{64} << 20;

/// "Trace result is larger than ...": what to do about it.
[[nodiscard]] RpcError trace_too_large(std::size_t limit);

/// Between two pieces of a trace: lets what is written leave. Fails when that was too much, or
/// nobody reads it.
[[nodiscard]] RpcResult<void> pass_on(const Request& request);

/// Nobody waits for what is being traced any more, or it is too large: thrown through the machine,
/// which has no other way to stop in the middle of a transaction.
struct TraceCancelled final : std::exception {
    explicit TraceCancelled(RpcError given) : why{std::move(given)} {}
    [[nodiscard]] const char* what() const noexcept override { return "the trace was cancelled"; }

    RpcError why;
};

/// Lets what a tracer writes leave, and throws TraceCancelled when its request is cancelled, for
/// which it looks every few thousand instructions.
class CancellationGuard final : public evm::Tracer {
public:
    /// `request` outlives this object.
    explicit CancellationGuard(const Request& request) : request_{request} {}

    void on_step(const evm::Step& /*step*/) override {
        constexpr std::uint64_t interval = 4096;
        if (++steps_ % interval == 0 && request_.is_cancelled())
            throw TraceCancelled{error::timeout};
        if (request_.answer.text().size() < Answer::piece_bytes) return;
        if (auto passed = pass_on(request_); !passed)
            throw TraceCancelled{std::move(passed).error()};
    }

private:
    const Request& request_;
    std::uint64_t steps_ = 0;
};

/// A method that fails when one of its guards throws.
template <typename... P>
std::function<RpcResult<void>(const Request&, P...)> cancellable(
    RpcResult<void> (*method)(const Request&, P...)) {
    return [method](const Request& request, P... parameters) -> RpcResult<void> {
        try {
            return method(request, std::forward<P>(parameters)...);
        } catch (TraceCancelled& cancelled) {
            return std::unexpected{std::move(cancelled.why)};
        }
    };
}

}  // namespace meta138::rpc
