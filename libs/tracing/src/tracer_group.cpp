// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/tracer_group.hpp"

namespace meta138::tracing {

void TracerGroup::on_frame_begin(const evm::Message& message, ByteView code) {
    for (auto* tracer : tracers_) tracer->on_frame_begin(message, code);
}

void TracerGroup::on_step(const evm::Step& step) {
    for (auto* tracer : tracers_) tracer->on_step(step);
}

void TracerGroup::on_step_charged(std::int64_t gas_cost, evm::Status status) {
    for (auto* tracer : tracers_) tracer->on_step_charged(gas_cost, status);
}

void TracerGroup::on_log(const Log& log) {
    for (auto* tracer : tracers_) tracer->on_log(log);
}

void TracerGroup::on_selfdestruct(const Address& address, const Address& beneficiary,
                                  const uint256& balance) {
    for (auto* tracer : tracers_) tracer->on_selfdestruct(address, beneficiary, balance);
}

void TracerGroup::on_frame_end(const evm::Message& message, evm::Status status,
                               std::int64_t gas_left, ByteView output) {
    for (auto* tracer : tracers_) tracer->on_frame_end(message, status, gas_left, output);
}

}  // namespace meta138::tracing
