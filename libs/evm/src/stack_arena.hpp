// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frame.hpp"

#include <cstddef>

namespace meta138::evm {

/// Stacks for every call depth in one reserved block of addresses; memory is used as they are
/// touched.
class StackArena {
public:
    /// Throws std::bad_alloc when the addresses cannot be had.
    explicit StackArena(std::size_t count);
    ~StackArena();
    StackArena(const StackArena&) = delete;
    StackArena& operator=(const StackArena&) = delete;

    /// How many stacks from the first on have been used at most: the others hold no memory.
    void set_used(std::size_t count) noexcept { used_ = count; }

    /// The bottom of the stack for a depth below `count`.
    [[nodiscard]] uint256* bottom(std::size_t depth) const noexcept {
        return reinterpret_cast<uint256*>(base_ + depth * stack_alignment);
    }

private:
    void* mapping_;
    std::size_t mapped_bytes_;
    std::byte* base_;
    std::size_t used_;
};

}  // namespace meta138::evm
