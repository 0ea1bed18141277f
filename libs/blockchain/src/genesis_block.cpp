// SPDX-License-Identifier: Apache-2.0
#include "genesis_block.hpp"

#include "compare_genesis.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/state/map_state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unordered_set>

namespace meta138::blockchain {

namespace {

state::StateDiff diff_of(const std::map<Address, GenesisAccount>& alloc) {
    state::StateDiff diff;
    std::unordered_set<Hash32> codes;
    diff.accounts.reserve(alloc.size());
    for (const auto& [address, given] : alloc) {
        auto& account = diff.accounts.emplace_back();
        account.address = address;
        account.account = Account{.nonce = given.nonce, .balance = given.balance};
        if (!given.code.empty()) {
            auto code = state::make_bytecode(given.code);
            account.account->code_hash = code->hash;
            if (codes.insert(code->hash).second) diff.codes.push_back(std::move(code));
        }
        for (const auto& [key, value] : given.storage) account.storage.push_back({key, value});
    }
    return diff;
}

void refuse_what_is_not_there(const Genesis& genesis) {
    if (const auto order = validate_fork_order(genesis.schedule); !order)
        throw storage::OpenError{fmt::format("genesis file: {}: correct the order of the forks",
                                             to_string(order.error()))};
    constexpr std::uint64_t evm_stack_size = 1024;
    if (genesis.evm_stack_size.value_or(evm_stack_size) != evm_stack_size)
        throw storage::OpenError{
            fmt::format("genesis file: config.evmStackSize: {} is not supported, only {}",
                        *genesis.evm_stack_size, evm_stack_size)};
}

void refuse(std::string_view what, const std::vector<std::string>& differences) {
    throw storage::OpenError{fmt::format(
        "{}:\n  {}\nUse the genesis file that the database was made with, or another data folder",
        what, fmt::join(differences, "\n  "))};
}

}  // namespace

GenesisBlock make_genesis_block(const Genesis& genesis) {
    GenesisBlock result{.block = {}, .alloc = diff_of(genesis.alloc)};
    result.block.header = genesis_header(genesis, state::MapState{}.root_after(result.alloc));
    if (result.block.header.withdrawals_root) result.block.withdrawals.emplace();
    return result;
}

void open_genesis(storage::Database& database, const Genesis& genesis, const Consensus& consensus) {
    refuse_what_is_not_there(genesis);
    const auto given = make_genesis_block(genesis);
    const auto hash = consensus.block_hash(given.block.header);
    const auto snapshot = database.snapshot();
    const auto head = snapshot->head();
    if (!head) {
        database.initialize(given.block, hash, given.alloc);
        return;
    }
    const auto stored = snapshot->header(0);
    if (stored && stored->hash != hash)
        refuse(fmt::format("the database holds another chain than the genesis file's: its genesis "
                           "block is {}, the file's {}",
                           to_hex(stored->hash.bytes), to_hex(hash.bytes)),
               compare_genesis_headers(stored->header, given.block.header));
}

}  // namespace meta138::blockchain
