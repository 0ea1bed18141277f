// SPDX-License-Identifier: Apache-2.0
#include "code.hpp"

#include "meta138/evm/opcodes.hpp"

namespace meta138::evm {

Code::Code(ByteView code) : size_{code.size()} {
    padded_.reserve(size_ + padding);
    padded_.assign(code.begin(), code.end());
    padded_.resize(size_ + padding, OP_STOP);
    jumpdests_.resize(size_ / 64 + 1);
    for (std::size_t pc = 0; pc < size_; ++pc) {
        const auto opcode = padded_[pc];
        if (opcode == OP_JUMPDEST) {
            jumpdests_[pc / 64] |= std::uint64_t{1} << (pc % 64);
        } else {
            pc += immediate_size(opcode);
        }
    }
    jumpdests_before_word_.reserve(jumpdests_.size());
    std::uint32_t count = 0;
    for (const auto word : jumpdests_) {
        jumpdests_before_word_.push_back(count);
        count += static_cast<std::uint32_t>(std::popcount(word));
    }
}

}  // namespace meta138::evm
