// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain.hpp"
#include "meta138/test/generated_chain.hpp"

#include <memory>
#include <vector>

namespace meta138::blockchain {

/// A chain in memory with few accounts, whose blocks have difficulty 1.
struct TestChain {
    explicit TestChain(std::uint64_t seed = 1, std::uint64_t gas_limit = 30'000'000,
                       bool has_difficulty = true)
        : generator{{.senders = 8,
                     .recipients = 100,
                     .gas_limit = gas_limit,
                     .seed = seed,
                     .has_difficulty = has_difficulty}} {}

    /// A block with a few transactions on the head; not appended.
    std::shared_ptr<const ExecutedBlock> build(std::size_t transactions = 4) {
        return generator.build(chain, test::Workload::mixed, transactions);
    }
    /// Appends that many blocks; returns them.
    std::vector<Block> extend(std::size_t blocks, std::size_t transactions = 4) {
        std::vector<Block> added;
        for (std::size_t i = 0; i < blocks; ++i) {
            const auto block = build(transactions);
            chain.append(block);
            added.push_back(block->block);
        }
        return added;
    }
    [[nodiscard]] Hash32 head() const { return chain.view()->head().hash; }
    [[nodiscard]] std::uint64_t number() const { return chain.view()->head().header.number; }

    test::ChainGenerator generator;
    std::unique_ptr<Consensus> consensus = make_trusting_consensus(generator.genesis());
    std::unique_ptr<storage::Database> database = storage::Database::open({.in_memory = true});
    Chain chain{*database, generator.genesis(), *consensus};
};

/// A branch of blocks from the genesis block on: others for each seed.
inline std::vector<Block> make_branch(std::uint64_t seed, std::size_t blocks) {
    return TestChain{seed}.extend(blocks);
}

}  // namespace meta138::blockchain
