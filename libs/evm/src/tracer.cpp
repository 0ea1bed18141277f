// SPDX-License-Identifier: Apache-2.0
#include "meta138/evm/tracer.hpp"

namespace meta138::evm {

void Tracer::on_frame_begin(const Message& /*message*/, ByteView /*code*/) {}
void Tracer::on_step(const Step& /*step*/) {}
void Tracer::on_step_charged(std::int64_t /*gas_cost*/, Status /*status*/) {}
void Tracer::on_log(const Log& /*log*/) {}
void Tracer::on_selfdestruct(const Address& /*address*/, const Address& /*beneficiary*/,
                             const uint256& /*balance*/) {}
void Tracer::on_frame_end(const Message& /*message*/, Status /*status*/, std::int64_t /*gas_left*/,
                          ByteView /*output*/) {}

}  // namespace meta138::evm
