// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/txpool/pool.hpp"
#include "meta138/types/transaction.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <vector>

namespace meta138::txpool::test {

inline constexpr std::uint64_t ether = 1'000'000'000'000'000'000;

inline Address address_of(std::uint64_t number) {
    return to_address(uint256{number} + uint256{0x1000});
}

/// A valid transfer; its hash depends on its sender, as a signature would have it.
inline PoolTransaction transfer(const Address& sender, std::uint64_t nonce,
                                const uint256& price = 1000) {
    PoolTransaction pooled;
    auto& transaction = pooled.transaction;
    transaction.chain_id = 138;
    transaction.nonce = nonce;
    transaction.max_fee_per_gas = price;
    transaction.max_priority_fee_per_gas = price;
    transaction.gas_limit = 21000;
    transaction.to = address_of(999'999);
    transaction.r = to_uint256(sender);
    pooled.sender = sender;
    pooled.hash = transaction_hash(transaction);
    return pooled;
}

/// The same with EIP-1559's fees.
inline PoolTransaction dynamic_transfer(const Address& sender, std::uint64_t nonce,
                                        const uint256& max_fee, const uint256& tip) {
    auto pooled = transfer(sender, nonce, max_fee);
    pooled.transaction.type = TransactionType::dynamic_fee;
    pooled.transaction.max_priority_fee_per_gas = tip;
    pooled.hash = transaction_hash(pooled.transaction);
    return pooled;
}

/// A blob transaction with sidecars of that many blobs.
inline PoolTransaction blob_transfer(const Address& sender, std::uint64_t nonce,
                                     const uint256& price, std::size_t blobs = 1) {
    auto pooled = dynamic_transfer(sender, nonce, price, price);
    pooled.transaction.type = TransactionType::blob;
    pooled.transaction.max_fee_per_blob_gas = 10;
    pooled.transaction.blob_versioned_hashes.assign(blobs, Hash32{{1}});
    pooled.sidecar.emplace();
    pooled.sidecar->blobs.assign(blobs, Bytes(BYTES_PER_BLOB));
    pooled.sidecar->commitments.resize(blobs);
    pooled.sidecar->proofs.resize(blobs);
    pooled.hash = transaction_hash(pooled.transaction);
    return pooled;
}

inline PoolHead prague_head() {
    return {.number = 100,
            .next_fork = Fork::prague,
            .gas_limit = 30'000'000,
            .chain_id = 138,
            .next_base_fee = 0,
            .next_blob_base_fee = 1,
            .max_blobs_per_block = 9};
}

inline Time at_minute(std::int64_t minute) {
    return Time{std::chrono::minutes{minute}};
}

/// A pool with accounts that are rich unless a test says otherwise.
class PoolTest : public testing::Test {
protected:
    PoolTest() { config.min_gas_price = 0; }

    PoolConfig config;
    PoolHead head = prague_head();
    Address alice = address_of(1);
    Address bob = address_of(2);
    Address carol = address_of(3);
    std::map<Address, AccountState> accounts;

    Pool& pool() {
        if (!pool_) pool_ = std::make_unique<Pool>(config, head);
        return *pool_;
    }
    AccountState& account(const Address& address) {
        return accounts
            .try_emplace(address, AccountState{.nonce = 0, .balance = 100 * uint256{ether}})
            .first->second;
    }
    std::expected<SharedTransaction, PoolError> add(PoolTransaction transaction) {
        const auto& state = account(transaction.sender);
        return pool().add(std::move(transaction), state, at_minute(0));
    }
    /// The error, which there must be.
    PoolError refusal(PoolTransaction transaction) {
        const auto result = add(std::move(transaction));
        EXPECT_FALSE(result.has_value());
        return result ? PoolError::pool_disabled : result.error();
    }

    /// What building a block would take, as sender number and nonce.
    using Picks = std::vector<std::pair<Address, std::uint64_t>>;
    Picks selection(std::size_t limit = SIZE_MAX) {
        Picks picks;
        Cursor cursor;
        while (picks.size() < limit) {
            const auto best = pool().next(cursor);
            if (!best) break;
            picks.emplace_back(best->sender, best->transaction.nonce);
            pool().take(cursor);
        }
        return picks;
    }

    /// Puts transactions into a block: raises nonces, tells the pool.
    void include(const std::vector<PoolTransaction>& block) {
        std::vector<Hash32> hashes;
        std::map<Address, AccountUpdate> updates;
        for (const auto& transaction : block) {
            hashes.push_back(transaction.hash);
            auto& state = account(transaction.sender);
            state.nonce = transaction.transaction.nonce + 1;
            updates[transaction.sender] = {transaction.sender, state};
        }
        std::vector<AccountUpdate> list;
        for (const auto& [address, update] : updates) list.push_back(update);
        ++head.number;
        pool().on_head({.head = head,
                        .included = hashes,
                        .accounts = list,
                        .returned = {},
                        .returned_accounts = {}});
    }
    void new_head() { include({}); }
    void set_account(const Address& address, const AccountState& state) {
        account(address) = state;
        const AccountUpdate update{address, state};
        pool().on_head({.head = head,
                        .included = {},
                        .accounts = {&update, 1},
                        .returned = {},
                        .returned_accounts = {}});
    }

    Waiting waiting(const Hash32& hash) { return pool().find_entry(hash)->waiting; }

    /// The removals since the last call.
    std::vector<std::pair<Hash32, Removal>> removals() {
        std::vector<std::pair<Hash32, Removal>> list;
        for (const auto& event : pool().take_events())
            if (event.removal) list.emplace_back(event.transaction->hash, *event.removal);
        return list;
    }

    void TearDown() override {
        if (pool_) pool_->check_invariants();
    }

    std::unique_ptr<Pool> pool_;
};

}  // namespace meta138::txpool::test
