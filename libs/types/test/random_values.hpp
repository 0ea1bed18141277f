// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/transaction.hpp"

#include <array>
#include <cstdint>
#include <random>

namespace meta138::test {

/// Values of every type with fields of every size, repeatable by seed.
class RandomValues {
public:
    explicit RandomValues(std::uint64_t seed) : random_{seed} {}

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    /// Of any bit length, so that short encodings occur as often as long ones.
    std::uint64_t word() {
        const auto bits = below(65);
        return bits == 0 ? 0 : random_() >> (64 - bits);
    }
    uint256 wide() {
        const auto value = uint256::from_limbs(random_(), random_(), random_(), random_());
        return value >> below(257);
    }
    Bytes bytes(std::size_t max_size) {
        Bytes result(below(max_size + 1));
        for (auto& byte : result) byte = static_cast<std::uint8_t>(random_());
        return result;
    }
    template <typename Fixed>
    Fixed fixed() {
        Fixed result;
        for (auto& byte : result) byte = static_cast<std::uint8_t>(random_());
        return result;
    }
    template <typename Make>
    auto list(std::size_t max_size, Make&& make) {
        std::vector<decltype(make())> result(below(max_size + 1));
        for (auto& element : result) element = make();
        return result;
    }
    bool coin() { return below(2) == 1; }

    AccessListEntry access_list_entry() {
        return {fixed<Address>(), list(3, [this] { return fixed<Hash32>(); })};
    }
    Authorization authorization() {
        return {wide(), fixed<Address>(), word(), uint256{below(256)}, wide(), wide()};
    }

    Transaction transaction(TransactionType type) {
        Transaction tx;
        tx.type = type;
        if (type != TransactionType::legacy || coin()) tx.chain_id = word();
        tx.nonce = word();
        tx.max_fee_per_gas = wide();
        tx.max_priority_fee_per_gas =
            type >= TransactionType::dynamic_fee ? wide() : tx.max_fee_per_gas;
        tx.gas_limit = word();
        if (coin()) tx.to = fixed<Address>();
        tx.value = wide();
        tx.data = bytes(300);
        tx.y_parity = static_cast<std::uint8_t>(below(2));
        tx.r = wide();
        tx.s = wide();
        if (type == TransactionType::legacy) return tx;
        tx.access_list = list(3, [this] { return access_list_entry(); });
        if (type == TransactionType::blob) {
            tx.max_fee_per_blob_gas = wide();
            tx.blob_versioned_hashes = list(6, [this] { return fixed<Hash32>(); });
        }
        if (type == TransactionType::set_code)
            tx.authorization_list = list(3, [this] { return authorization(); });
        return tx;
    }
    Transaction transaction() { return transaction(static_cast<TransactionType>(below(5))); }

    /// With the first `optional_fields` of the six optional fields.
    Header header(std::size_t optional_fields) {
        Header header{.parent_hash = fixed<Hash32>(),
                      .ommers_hash = fixed<Hash32>(),
                      .coinbase = fixed<Address>(),
                      .state_root = fixed<Hash32>(),
                      .transactions_root = fixed<Hash32>(),
                      .receipt_root = fixed<Hash32>(),
                      .bloom = fixed<Bloom>(),
                      .difficulty = wide(),
                      .number = word(),
                      .gas_limit = word(),
                      .gas_used = word(),
                      .timestamp = word(),
                      .extra_data = bytes(400),
                      .prev_randao = fixed<Hash32>(),
                      .nonce = fixed<BlockNonce>(),
                      .base_fee_per_gas = {},
                      .withdrawals_root = {},
                      .blob_gas_used = {},
                      .excess_blob_gas = {},
                      .parent_beacon_block_root = {},
                      .requests_hash = {}};
        if (optional_fields > 0) header.base_fee_per_gas = wide();
        if (optional_fields > 1) header.withdrawals_root = fixed<Hash32>();
        if (optional_fields > 2) header.blob_gas_used = word();
        if (optional_fields > 3) header.excess_blob_gas = word();
        if (optional_fields > 4) header.parent_beacon_block_root = fixed<Hash32>();
        if (optional_fields > 5) header.requests_hash = fixed<Hash32>();
        return header;
    }
    Header header() { return header(below(7)); }

    Withdrawal withdrawal() { return {word(), word(), fixed<Address>(), word()}; }

    Block block() {
        Block block{.header = header(),
                    .transactions = list(5, [this] { return transaction(); }),
                    .ommers = list(2, [this] { return header(); }),
                    .withdrawals = {}};
        if (coin()) block.withdrawals = list(4, [this] { return withdrawal(); });
        return block;
    }

    Log log() {
        return {fixed<Address>(), list(4, [this] { return fixed<Hash32>(); }), bytes(200)};
    }

    Receipt receipt() {
        Receipt receipt;
        receipt.type = static_cast<TransactionType>(below(5));
        if (coin())
            receipt.post_state_root = fixed<Hash32>();
        else
            receipt.succeeded = coin();
        receipt.cumulative_gas_used = word();
        receipt.logs = list(5, [this] { return log(); });
        receipt.bloom = bloom_of(receipt.logs);
        return receipt;
    }

private:
    std::mt19937_64 random_;
};

}  // namespace meta138::test
