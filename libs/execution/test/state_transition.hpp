// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/hex.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/transaction.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace meta138::execution {

using namespace literals;

/// No ancestor is known.
struct NoBlockHashes final : BlockHashes {
    [[nodiscard]] Hash32 block_hash(std::uint64_t) const override { return {}; }
};

/// A test of one transaction in one block: it changes what is special in `rules`, `pre`, `block`
/// and `tx`, which are a valid call of an account without code to start with, then calls run() or
/// refusal() and looks at `state`.
class StateTransition : public testing::Test {
protected:
    static constexpr Address sender = "0x00000000000000000000000000000000005e4de2"_address;
    static constexpr Address to = "0x00000000000000000000000000000000000000c0"_address;
    static constexpr Address coinbase = "0x000000000000000000000000000000000000c01b"_address;
    static constexpr Address other = "0x00000000000000000000000000000000000007e2"_address;
    static constexpr std::uint64_t ether = 1'000'000'000'000'000'000;

    StateTransition() {
        pre.set_account(sender, 0, ether);
        block.context.coinbase = coinbase;
        block.context.number = 1000;
        block.context.timestamp = 5000;
        block.context.gas_limit = 30'000'000;
        block.context.base_fee_per_gas = 10;
        block.context.blob_base_fee = 1;
        block.context.chain_id = 1;
        tx.type = TransactionType::dynamic_fee;
        tx.chain_id = 1;
        tx.gas_limit = 1'000'000;
        tx.max_fee_per_gas = 12;
        tx.max_priority_fee_per_gas = 2;
        tx.to = to;
    }

    /// Everything before London: no base fee, legacy transactions.
    void use_fork(Fork fork) {
        rules = mainnet_rules(fork);
        if (fork >= Fork::london) return;
        block.context.base_fee_per_gas = 0;
        tx.type = TransactionType::legacy;
        tx.chain_id = std::nullopt;
        tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
    }

    TransactionResult run() {
        auto result = execute();
        if (!result) {
            ADD_FAILURE() << "refused: " << to_string(result.error());
            return {};
        }
        return *result;
    }

    std::optional<TransactionError> refusal() {
        const auto result = execute();
        EXPECT_TRUE(state.diff().empty() || result) << "a refused transaction changed the state";
        return result ? std::nullopt : std::optional{result.error()};
    }

    BlockRules rules = mainnet_rules(Fork::osaka);
    BlockEnvironment block;
    GasUsage used;
    Transaction tx;
    state::MapState pre;
    state::State state{pre};

private:
    std::expected<TransactionResult, TransactionError> execute() {
        state.reset();
        StateHost host{state, hashes_, rules.fork};
        evm::Evm evm{host, codes_, rules.fork, block.context, rules.limits};
        const ExecutionContext context{.state = state, .evm = evm, .rules = rules, .block = block};
        const auto charges = validate_transaction(context, used, tx, sender);
        if (!charges) return std::unexpected{charges.error()};
        return apply_transaction(context, tx, sender, *charges);
    }

    NoBlockHashes hashes_;
    evm::CodeCache codes_;
};

}  // namespace meta138::execution
