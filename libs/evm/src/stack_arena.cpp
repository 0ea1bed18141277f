// SPDX-License-Identifier: Apache-2.0
#include "stack_arena.hpp"

#include <sys/mman.h>

#include <new>

namespace meta138::evm {

StackArena::StackArena(std::size_t count) : mapped_bytes_{(count + 1) * stack_alignment} {
    mapping_ = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping_ == MAP_FAILED) throw std::bad_alloc{};
    const auto address = reinterpret_cast<std::uintptr_t>(mapping_);
    const auto aligned = (address + stack_alignment - 1) / stack_alignment * stack_alignment;
    base_ = static_cast<std::byte*>(mapping_) + (aligned - address);
}

StackArena::~StackArena() {
    munmap(mapping_, mapped_bytes_);
}

}  // namespace meta138::evm
