// SPDX-License-Identifier: Apache-2.0
#include "load_accounts.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/contracts/abi.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <array>
#include <string>

namespace meta138::op {
namespace {

using namespace literals;
using contracts::abi::Arguments;

// Enough for what they do with accounts that have tokens already, and for a first balance.
constexpr std::uint64_t token_gas_limit = 70'000;
constexpr std::uint64_t swap_gas_limit = 200'000;

/// What a mixed load does of eighteen transactions; two in twenty are reads.
constexpr std::size_t mixed_turns = 18;
constexpr std::size_t mixed_transfers = 10;
constexpr std::size_t mixed_tokens = 5;

Scenario kind_of(Scenario scenario, std::size_t index) {
    if (scenario != Scenario::mixed) return scenario;
    const auto turn = index % mixed_turns;
    if (turn < mixed_transfers) return Scenario::transfers;
    return turn < mixed_transfers + mixed_tokens ? Scenario::erc20 : Scenario::swaps;
}

}  // namespace

LoadAccount account_of(crypto::SecretKey key) {
    const auto address = crypto::address_of(crypto::public_key(key));
    return {.key = std::move(key), .address = address};
}

std::vector<LoadAccount> make_load_accounts(std::string_view seed, std::size_t count) {
    std::vector<LoadAccount> accounts;
    for (std::size_t i = 0; i < count; ++i) {
        const auto text = std::string{seed} + ' ' + std::to_string(i);
        auto key = crypto::SecretKey::from(crypto::keccak256(as_bytes(text)).bytes);
        META138_ASSERT(key.has_value());  // but for one hash in 2^128
        accounts.push_back(account_of(*std::move(key)));
    }
    return accounts;
}

crypto::SecretKey development_key() {
    constexpr auto key =
        "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"_hash32;
    return *crypto::SecretKey::from(key.bytes);
}

Bytes sign_action(LoadAccount& account, const LoadFees& fees, LoadAction action) {
    Transaction transaction;
    transaction.type = fees.is_dynamic ? TransactionType::dynamic_fee : TransactionType::legacy;
    transaction.chain_id = fees.chain_id;
    transaction.nonce = account.nonce++;
    transaction.max_fee_per_gas = fees.max_fee;
    transaction.max_priority_fee_per_gas = fees.is_dynamic ? fees.tip : fees.max_fee;
    transaction.gas_limit = action.gas_limit;
    transaction.to = action.to;
    transaction.value = action.value;
    transaction.data = std::move(action.data);
    sign_transaction(transaction, account.key);
    return encode_transaction(transaction);
}

LoadAction action_of(Scenario scenario, std::size_t index, const std::vector<LoadAccount>& accounts,
                     const LoadContracts& contracts) {
    const auto turn = index / accounts.size();
    const auto& own = accounts[index % accounts.size()].address;
    const auto& other = accounts[(index + 1 + turn) % accounts.size()].address;
    switch (kind_of(scenario, index)) {
        case Scenario::erc20:
            return {.to = contracts.token,
                    .data = Arguments{}.address(other).integer(1).call("transfer(address,uint256)"),
                    .gas_limit = token_gas_limit};
        case Scenario::swaps: {
            // There and back again, so that the price stays where it is.
            std::array path{contracts.token, contracts.other_token};
            if (turn % 2) std::swap(path[0], path[1]);
            return {.to = contracts.router,
                    .data = Arguments{}
                                .integer(1000)
                                .integer(0)
                                .addresses(path)
                                .address(own)
                                .integer(uint256::max())
                                .call("swapExactTokensForTokens(uint256,uint256,address[],address,"
                                      "uint256)"),
                    .gas_limit = swap_gas_limit};
        }
        case Scenario::transfers:
        case Scenario::mixed:
        case Scenario::oracle_reads: break;
    }
    return {.to = other, .value = 1};
}

std::uint64_t highest_gas_limit(Scenario scenario) noexcept {
    if (needs_swaps(scenario)) return swap_gas_limit;
    return needs_token(scenario) ? token_gas_limit : 21'000;
}

bool needs_token(Scenario scenario) noexcept {
    return scenario == Scenario::erc20 || needs_swaps(scenario);
}

bool needs_swaps(Scenario scenario) noexcept {
    return scenario == Scenario::swaps || scenario == Scenario::mixed;
}

}  // namespace meta138::op
