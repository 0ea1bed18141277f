// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/hex.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/transaction.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace meta138::tracing {

using namespace literals;

/// No ancestor is known.
struct NoBlockHashes final : execution::BlockHashes {
    [[nodiscard]] Hash32 block_hash(std::uint64_t) const override { return {}; }
};

/// A test of one transaction that calls `contract`: it gives it code, changes what is special, and
/// runs it under a tracer.
class TracedTransaction : public testing::Test {
protected:
    static constexpr Address sender = "0x00000000000000000000000000000000005e4de2"_address;
    static constexpr Address contract = "0x00000000000000000000000000000000000000c0"_address;
    static constexpr Address other = "0x00000000000000000000000000000000000007e2"_address;
    static constexpr std::uint64_t ether = 1'000'000'000'000'000'000;
    static constexpr std::uint64_t intrinsic_gas = 21'000;

    TracedTransaction() {
        pre.set_account(sender, 0, ether);
        block.context.number = 1000;
        block.context.timestamp = 5000;
        block.context.gas_limit = 30'000'000;
        block.context.base_fee_per_gas = 10;
        block.context.chain_id = 1;
        tx.type = TransactionType::dynamic_fee;
        tx.chain_id = 1;
        tx.gas_limit = 100'000 + intrinsic_gas;
        tx.max_fee_per_gas = 10;
        tx.to = contract;
    }

    void set_code(const Address& address, std::string_view digits) {
        pre.set_account(address, 1, 0, decode_hex_digits(digits).value());
    }

    execution::TransactionResult run(evm::Tracer& tracer) {
        execution::BlockExecutor executor{{.state = state,
                                           .block_hashes = no_hashes,
                                           .code_cache = code_cache,
                                           .tracer = &tracer},
                                          execution::mainnet_rules(fork),
                                          block};
        auto result = executor.execute(tx, sender);
        if (!result) {
            ADD_FAILURE() << "refused: " << to_string(result.error());
            return {};
        }
        return *result;
    }

    Fork fork = Fork::cancun;
    execution::BlockEnvironment block;
    Transaction tx;
    state::MapState pre;
    state::State state{pre};
    evm::CodeCache code_cache;
    NoBlockHashes no_hashes;
};

}  // namespace meta138::tracing
