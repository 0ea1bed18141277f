// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/evm/precompile_cache.hpp"

#include <cstddef>
#include <memory>

namespace meta138::evm {

class Code;

/// Analysed code by code hash, shared by all EVMs of a process; least recently used go first.
/// Safe to call from any thread.
class CodeCache {
public:
    /// `capacity`: bytes of code kept, roughly. What is made of them takes about sixteen times as
    /// much memory where it is hot, and at worst seventy times.
    explicit CodeCache(std::size_t capacity = std::size_t{8} << 20);
    ~CodeCache();
    CodeCache(const CodeCache&) = delete;
    CodeCache& operator=(const CodeCache&) = delete;

    /// The analysis of the code with this hash, or null when it is not cached.
    [[nodiscard]] std::shared_ptr<Code> find(const Hash32& code_hash);
    /// Analyses the code and keeps it under its hash; returns what another thread put there first.
    std::shared_ptr<Code> insert(const Hash32& code_hash, ByteView code);

    /// Results of precompiled contracts, shared in the same way.
    [[nodiscard]] PrecompileCache& precompiles() noexcept { return precompiles_; }

private:
    class Shards;
    std::unique_ptr<Shards> shards_;
    PrecompileCache precompiles_;
};

}  // namespace meta138::evm
