// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/evm/tracer.hpp"

namespace meta138::tracing {

/// Hands everything on to another tracer, or to none: for one transaction of a block that an
/// execution::BlockExecutor runs as a whole.
class SwitchedTracer final : public evm::Tracer {
public:
    /// Null: nobody. `target` lives until it is replaced.
    void set_target(evm::Tracer* target) noexcept { target_ = target; }

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;
    void on_log(const Log& log) override;
    void on_selfdestruct(const Address& address, const Address& beneficiary,
                         const uint256& balance) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    evm::Tracer* target_ = nullptr;
};

}  // namespace meta138::tracing
