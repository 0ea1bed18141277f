// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/switched_tracer.hpp"

namespace meta138::tracing {

void SwitchedTracer::on_frame_begin(const evm::Message& message, ByteView code) {
    if (target_ != nullptr) target_->on_frame_begin(message, code);
}

void SwitchedTracer::on_step(const evm::Step& step) {
    if (target_ != nullptr) target_->on_step(step);
}

void SwitchedTracer::on_step_charged(std::int64_t gas_cost, evm::Status status) {
    if (target_ != nullptr) target_->on_step_charged(gas_cost, status);
}

void SwitchedTracer::on_log(const Log& log) {
    if (target_ != nullptr) target_->on_log(log);
}

void SwitchedTracer::on_selfdestruct(const Address& address, const Address& beneficiary,
                                     const uint256& balance) {
    if (target_ != nullptr) target_->on_selfdestruct(address, beneficiary, balance);
}

void SwitchedTracer::on_frame_end(const evm::Message& message, evm::Status status,
                                  std::int64_t gas_left, ByteView output) {
    if (target_ != nullptr) target_->on_frame_end(message, status, gas_left, output);
}

}  // namespace meta138::tracing
