// SPDX-License-Identifier: Apache-2.0
#include "translation.hpp"

#include "block_translator.hpp"
#include "opcode_table.hpp"
#include "operations.hpp"

namespace meta138::evm {
namespace {

/// Whether the instruction ends its block.
bool is_terminator(std::uint8_t opcode, Fork fork) noexcept {
    switch (opcode) {
        case OP_STOP:
        case OP_JUMP:
        case OP_JUMPI:
        case OP_RETURN:
        case OP_REVERT:
        case OP_SELFDESTRUCT: return true;
        default: return !is_defined(opcode, fork);
    }
}

/// Where the row of JUMPDESTs that begins at `pc` ends.
std::size_t end_of_row(const Code& code, std::size_t pc) noexcept {
    while (code.is_jumpdest(pc)) ++pc;
    return pc;
}

}  // namespace

Translation::Translation(const Code& code, Fork fork) : code_{code} {
    const auto jumpdest_count = code.size() == 0 ? 0 : code.jumpdests_before(code.size());
    jumpdest_operations_.resize(jumpdest_count);
    BlockTranslator translator{code, fork};

    std::size_t pc = 0;
    bool reachable = true;  // by falling through, or as the first instruction
    while (pc < code.size()) {
        if (!reachable && !code.is_jumpdest(pc)) {
            pc += 1 + immediate_size(code.begin()[pc]);
            continue;
        }
        const auto set_block_at = [&](std::size_t jumpdest, std::size_t operation) {
            jumpdest_operations_[code.jumpdests_before(jumpdest)] =
                static_cast<std::uint32_t>(operation);
        };
        const auto row_end = end_of_row(code, pc);
        for (; pc + 1 < row_end; ++pc)
            set_block_at(pc, translator.add_entrance(static_cast<std::uint32_t>(row_end - pc - 1)));
        const auto first = translator.begin_block();
        if (code.is_jumpdest(pc)) set_block_at(pc, first);
        bool open = true;
        while (open && pc < code.size()) {
            const auto opcode = code.begin()[pc];
            if (is_terminator(opcode, fork)) {
                translator.terminate(pc);
                reachable = opcode == OP_JUMPI;
                open = false;
            } else {
                translator.translate(pc);
            }
            pc += 1 + immediate_size(opcode);
            if (open && (pc >= code.size() || code.is_jumpdest(pc) || translator.is_full())) {
                if (pc < code.size())
                    translator.fall_through();
                else
                    translator.stop();
                reachable = true;
                open = false;
            }
        }
    }
    if (reachable) {  // code that ends without a halt, or is empty
        translator.begin_block();
        translator.stop();
    }
    translator.finish(operations_, constants_, jumpdest_operations_);
}

}  // namespace meta138::evm
