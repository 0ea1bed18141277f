// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/evm/precompiles.hpp"
#include "meta138/types/fork.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace meta138::evm {

/// Results of costly calls of precompiled contracts, shared by all EVMs of a process: the same
/// proof is often checked more than once, when its transaction enters the pool, is built into a
/// block, and is imported with it. Safe to call from any thread.
class PrecompileCache {
public:
    /// Results kept at most; the oldest go first.
    explicit PrecompileCache(std::size_t capacity = 4096);
    ~PrecompileCache();
    PrecompileCache(const PrecompileCache&) = delete;
    PrecompileCache& operator=(const PrecompileCache&) = delete;

    /// run_precompile(), or what it came to before. The price is the same either way.
    PrecompileResult run(const Address& address, Fork fork, ByteView input, std::int64_t gas,
                         Bytes& output);

    /// Forgets all results: for measurements.
    void clear();

private:
    class Table;
    std::unique_ptr<Table> table_;
};

}  // namespace meta138::evm
