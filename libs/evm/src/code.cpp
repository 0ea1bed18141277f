// SPDX-License-Identifier: Apache-2.0
#include "code.hpp"

#include "translation.hpp"

#include "meta138/evm/opcodes.hpp"

#include <memory>

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

Code::~Code() {
    for (auto& translation : translations_)
        const std::unique_ptr<const Translation> owned{translation.load(std::memory_order_relaxed)};
}

const Translation& Code::translate(Fork fork) const {
    auto& place = translations_[std::to_underlying(fork)];
    if (const auto* const done = place.load(std::memory_order_acquire)) return *done;
    auto made = std::make_unique<const Translation>(*this, fork);
    const Translation* first = nullptr;
    if (place.compare_exchange_strong(first, made.get(), std::memory_order_acq_rel))
        return *made.release();
    return *first;
}

}  // namespace meta138::evm
