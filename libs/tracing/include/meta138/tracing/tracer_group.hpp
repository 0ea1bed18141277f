// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/evm/tracer.hpp"

#include <vector>

namespace meta138::tracing {

/// Shows everything to several tracers, in turn.
class TracerGroup final : public evm::Tracer {
public:
    /// `tracer` outlives this object.
    void add(evm::Tracer& tracer) { tracers_.push_back(&tracer); }
    [[nodiscard]] bool empty() const noexcept { return tracers_.empty(); }

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;
    void on_log(const Log& log) override;
    void on_selfdestruct(const Address& address, const Address& beneficiary,
                         const uint256& balance) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    std::vector<evm::Tracer*> tracers_;
};

}  // namespace meta138::tracing
