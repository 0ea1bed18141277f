// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace meta138::simulation {

/// Every node of a run checks every signature, and that takes most of a run's time: here the second
/// to ask gets the first one's answer, and who signs knows whose signature it is. Calls of
/// crypto::sign, recover_address and recover_addresses come here by the linker's --wrap
/// (CMakeLists.txt). Off, they go through: to measure what they cost.
void set_signature_memo(bool is_on) noexcept;

}  // namespace meta138::simulation
