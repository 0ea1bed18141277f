// SPDX-License-Identifier: Apache-2.0
#include "meta138/evm/precompiles.hpp"

#include "precompile_table.hpp"

namespace meta138::evm {
namespace {

/// The row for the address in this fork; null when nothing is there.
const Precompile* find_precompile(const Address& address, Fork fork) noexcept {
    // All of them lie below 2^16, so that most addresses end the search here.
    for (std::size_t i = 0; i < 18; ++i)
        if (address[i] != 0) return nullptr;
    const auto number = static_cast<std::uint16_t>(address[18] << 8 | address[19]);
    for (const auto& row : precompile_table())
        if (row.address == number) return fork >= row.since ? &row : nullptr;
    return nullptr;
}

}  // namespace

bool is_precompile(const Address& address, Fork fork) noexcept {
    return find_precompile(address, fork) != nullptr;
}

std::optional<Address> precompile_at(const Address& address, Fork fork,
                                     const PrecompileMoves* moves) {
    if (moves != nullptr) {
        if (const auto moved = moves->find(address); moved != moves->end()) return moved->second;
    }
    return is_precompile(address, fork) ? std::optional{address} : std::nullopt;
}

bool has_current_results(const Address& address, Fork fork) noexcept {
    const auto* const row = find_precompile(address, fork);
    META138_ASSERT(row != nullptr);
    return fork >= row->current_results_since;
}

std::int64_t precompile_price(const Address& address, Fork fork, ByteView input) noexcept {
    const auto* const row = find_precompile(address, fork);
    META138_ASSERT(row != nullptr);
    return row->price(input, fork);
}

PrecompileResult run_precompile(const Address& address, Fork fork, ByteView input, std::int64_t gas,
                                Bytes& output) {
    output.clear();
    const auto* const row = find_precompile(address, fork);
    META138_ASSERT(row != nullptr);
    const auto price = row->price(input, fork);
    if (price > gas) return {Status::out_of_gas, 0};
    if (!row->run(input, fork, output)) {
        output.clear();
        return {Status::precompile_failure, 0};
    }
    return {Status::success, gas - price};
}

}  // namespace meta138::evm
