// SPDX-License-Identifier: Apache-2.0
// Two transactions of any kind between accounts with any code, in any fork: no ether comes from
// nowhere, gas keeps its bounds, a refusal changes nothing, no touched account stays empty
// (EIP-161), and the changes give the same root whether tries are updated or built anew.
#include "meta138/base/assert.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/blob_gas.hpp"

#include <algorithm>

using namespace meta138;

namespace {

constexpr Address sender = {{1}};
constexpr Address coinbase = {{2}};
constexpr Address ripemd160 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}};
// Addresses that code reaches with PUSH1.
constexpr Address first = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20}};
constexpr Address second = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x21}};
constexpr Address delegating = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x22}};

struct NoBlockHashes final : execution::BlockHashes {
    [[nodiscard]] Hash32 block_hash(std::uint64_t) const override { return {}; }
};

/// Takes the input apart; zeros when there is none left.
struct Input {
    ByteView rest;

    std::uint8_t byte() {
        if (rest.empty()) return 0;
        const auto value = rest[0];
        rest = rest.subspan(1);
        return value;
    }
    Bytes bytes(std::size_t size) {
        size = std::min(size, rest.size());
        const auto taken = to_bytes(rest.first(size));
        rest = rest.subspan(size);
        return taken;
    }
};

uint256 supply(const state::MapState& state) {
    uint256 sum;
    for (const auto& [address, entry] : state.accounts()) sum += entry.account.balance;
    return sum;
}

Hash32 root_built_anew(const state::MapState& state) {
    state::MapState copy;
    for (const auto& [address, entry] : state.accounts()) {
        const auto& account = entry.account;
        copy.set_account(
            address, account.nonce, account.balance,
            account.code_hash == EMPTY_CODE_HASH ? Bytes{} : state.code(account.code_hash)->bytes);
        for (const auto& [key, value] : entry.storage) copy.set_storage(address, key, value);
    }
    return copy.root();
}

Transaction decode_transaction_from(Input& in, std::uint64_t nonce) {
    Transaction transaction;
    const auto kind = in.byte();
    transaction.type = static_cast<TransactionType>(kind % 4);
    transaction.nonce = nonce;
    transaction.gas_limit = 21000 + 500 * std::uint64_t{in.byte()};
    transaction.max_fee_per_gas = 10;
    transaction.max_priority_fee_per_gas =
        transaction.type >= TransactionType::dynamic_fee ? 3 : 10;
    transaction.value = in.byte();
    if (transaction.type == TransactionType::blob) {
        transaction.max_fee_per_blob_gas = 2;
        transaction.blob_versioned_hashes.resize(in.byte() % 8);
        for (auto& hash : transaction.blob_versioned_hashes) hash[0] = 1;
    }
    if ((kind & 0x80) == 0) transaction.to = (kind & 0x40) == 0 ? first : delegating;
    transaction.data = in.bytes(in.byte());
    return transaction;
}

void check_changes(const state::StateDiff& diff, Fork fork) {
    if (fork < Fork::spurious_dragon) return;
    for (const auto& change : diff.accounts)
        META138_ASSERT(!change.account || !change.account->is_empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    Input in{{data, size}};
    const auto fork = static_cast<Fork>(in.byte() % forks().size());

    state::MapState view;
    view.set_account(sender, 5, 1'000'000'000);
    view.set_account(ripemd160, 0, 0);
    view.set_account(second, 1, 7, in.bytes(in.byte()));
    view.set_storage(second, 1, 1);
    view.set_account(first, 1, 1000, in.bytes(in.byte()));
    view.set_storage(first, 0, 1);
    view.set_account(delegating, 1, 3, state::encode_delegation(second));
    const auto supply_before = supply(view);

    execution::BlockEnvironment environment;
    environment.context = {.coinbase = coinbase,
                           .number = 1000,
                           .timestamp = 1'700'000'000,
                           .gas_limit = 200'000,
                           .prev_randao = 42,
                           .base_fee_per_gas = fork >= Fork::london ? 7 : 0,
                           .blob_base_fee = fork >= Fork::cancun ? 1 : 0,
                           .chain_id = 1};
    state::State state{view};
    const NoBlockHashes hashes;
    evm::CodeCache codes;
    const execution::BlockExecutor::Resources resources{
        .state = state, .block_hashes = hashes, .code_cache = codes};
    execution::BlockExecutor executor{resources, execution::mainnet_rules(fork), environment};

    uint256 burnt;
    for (std::uint64_t i = 0; i < 2; ++i) {
        const auto transaction = decode_transaction_from(in, state.nonce(sender));
        const auto before = state.diff();
        const auto result = executor.execute(transaction, sender);
        if (!result) {
            META138_ASSERT(state.diff().accounts == before.accounts);
            continue;
        }
        META138_ASSERT(result->gas_used + result->gas_refunded >= 21000);
        META138_ASSERT(result->gas_used <= transaction.gas_limit);
        burnt += environment.context.base_fee_per_gas * result->gas_used +
                 environment.context.blob_base_fee * blob_gas(transaction);
    }

    const auto diff = state.diff();
    check_changes(diff, fork);
    const auto root = view.root_after(diff);
    view.apply(diff);
    META138_ASSERT(view.root() == root);
    META138_ASSERT(root_built_anew(view) == root);
    META138_ASSERT(supply(view) + burnt <= supply_before);  // SELFDESTRUCT may burn more
    return 0;
}
