// SPDX-License-Identifier: Apache-2.0
#include "stack_arena.hpp"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace meta138::evm {

namespace {

/// A mapping is kept unless more stacks than these hold memory.
constexpr std::size_t max_kept_stacks = 32;

/// The mapping of a machine that is gone, for the thread's next one: an eth_call makes a machine
/// and runs it for microseconds, and threads that map and unmap wait for each other.
struct Spare {
    Spare() = default;
    Spare(const Spare&) = delete;
    Spare& operator=(const Spare&) = delete;
    ~Spare() {
        if (mapping != nullptr) munmap(mapping, bytes);
    }

    void* mapping = nullptr;
    std::size_t bytes = 0;
};

thread_local Spare spare;

void* map(std::size_t bytes) {
    if (spare.bytes == bytes) {
        spare.bytes = 0;
        return std::exchange(spare.mapping, nullptr);
    }
    auto* const mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc{};
    return mapping;
}

void unmap(void* mapping, std::size_t bytes, std::size_t used) {
    if (spare.mapping != nullptr || used > max_kept_stacks) {
        munmap(mapping, bytes);
        return;
    }
    spare.mapping = mapping;
    spare.bytes = bytes;
}

}  // namespace

StackArena::StackArena(std::size_t count)
    : mapping_{map((count + 1) * stack_alignment)},
      mapped_bytes_{(count + 1) * stack_alignment},
      used_{count} {
    const auto address = reinterpret_cast<std::uintptr_t>(mapping_);
    const auto aligned = (address + stack_alignment - 1) / stack_alignment * stack_alignment;
    base_ = static_cast<std::byte*>(mapping_) + (aligned - address);
}

StackArena::~StackArena() {
    unmap(mapping_, mapped_bytes_, used_);
}

}  // namespace meta138::evm
