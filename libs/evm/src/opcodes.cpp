// SPDX-License-Identifier: Apache-2.0
#include "meta138/evm/opcodes.hpp"

#include "opcode_table.hpp"

namespace meta138::evm {

const OpcodeInfo& info_of(std::uint8_t opcode) noexcept {
    return opcode_table[opcode];
}

}  // namespace meta138::evm
