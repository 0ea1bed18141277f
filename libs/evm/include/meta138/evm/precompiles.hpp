// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/evm/message.hpp"
#include "meta138/types/fork.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>

namespace meta138::evm {

/// Precompiled contracts that a simulation has moved: at each of these addresses the precompile
/// with the address behind it runs, or none any more.
using PrecompileMoves = std::unordered_map<Address, std::optional<Address>>;

/// Whether the address holds a precompiled contract in this fork (EIP-1352 range and 0x100).
[[nodiscard]] bool is_precompile(const Address& address, Fork fork) noexcept;

/// Which precompiled contract a call to the address runs: its own, or one that was moved there.
/// `moves` may be null.
[[nodiscard]] std::optional<Address> precompile_at(const Address& address, Fork fork,
                                                   const PrecompileMoves* moves);

/// What a call with that input costs; INT64_MAX when no gas suffices. is_precompile() holds.
[[nodiscard]] std::int64_t precompile_price(const Address& address, Fork fork,
                                            ByteView input) noexcept;

/// How a precompiled contract ended: success, out_of_gas or precompile_failure. All but success
/// consume all gas.
struct PrecompileResult {
    Status status = Status::success;
    std::int64_t gas_left = 0;
};

/// Runs the precompiled contract at `address`, for which is_precompile() holds. `output` is
/// replaced by what it returns, or emptied.
PrecompileResult run_precompile(const Address& address, Fork fork, ByteView input, std::int64_t gas,
                                Bytes& output);

}  // namespace meta138::evm
