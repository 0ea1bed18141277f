// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/execution/block_environment.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/execution/state_host.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/receipt.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace meta138::contracts {

/// How a transaction or a call ended.
struct Outcome {
    bool succeeded = false;
    bool reverted = false;  ///< It failed by REVERT; `output` says why.
    Bytes output;
    std::vector<Log> logs;
    /// Of a transaction: what the sender pays for. Of a call: what its code used.
    std::uint64_t gas_used = 0;
    std::optional<Address> created;

    /// The word at that place of the output; zero behind its end.
    [[nodiscard]] uint256 word(std::size_t index = 0) const noexcept;
    [[nodiscard]] Address address(std::size_t index = 0) const noexcept {
        return to_address(word(index));
    }
};

/// A chain in memory whose blocks are as the test says: the node's own state transition without
/// signatures, fees and tries. Transactions of anybody cost nothing; time stands still until it is
/// moved. Reusable: reset() goes back to the last keep() by forgetting what has changed since.
class Chain {
public:
    static constexpr std::uint64_t chain_id = 138;
    static constexpr std::uint64_t gas_limit = 30'000'000;  ///< Of a block.
    /// Of a transaction: below EIP-7825's cap.
    static constexpr std::uint64_t transaction_gas = 16'000'000;
    static constexpr std::uint64_t first_time = 1'800'000'000;

    explicit Chain(Fork fork = Fork::london);
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    [[nodiscard]] std::uint64_t time() const noexcept { return block_.context.timestamp; }
    [[nodiscard]] std::uint64_t number() const noexcept { return block_.context.number; }
    [[nodiscard]] Fork fork() const noexcept { return rules_.fork; }
    /// The next block, that many seconds later.
    void pass(std::uint64_t seconds);
    /// Any number and time.
    void set_block(std::uint64_t number, std::uint64_t time);

    /// A transaction. To nobody: a creation.
    Outcome send(const Address& sender, const std::optional<Address>& to, Bytes data,
                 const uint256& value = 0, std::uint64_t gas = transaction_gas);
    /// A creation that succeeds, or the test is wrong: the address.
    Address deploy(const Address& sender, ByteView creation_code, ByteView arguments = {});
    /// A call that leaves no trace (eth_call). Its gas is that of the code alone, as a contract
    /// would see it, with everything cold but the account itself.
    Outcome call(const Address& to, ByteView data, const Address& sender = {});
    /// The same in a transaction that has made the same call before.
    Outcome call_warm(const Address& to, ByteView data, const Address& sender = {});

    /// Sees everything from now on; null: nobody does. Outlives the chain, or is taken away.
    void set_tracer(evm::Tracer* tracer);

    [[nodiscard]] state::State& state() noexcept { return state_; }
    void fund(const Address& address, const uint256& amount);
    /// Puts code where it likes, as a genesis block does.
    void place(const Address& address, ByteView code);

    /// What is now is what reset() goes back to, time included.
    void keep();
    void reset();

private:
    struct NoBlockHashes final : execution::BlockHashes {
        [[nodiscard]] Hash32 block_hash(std::uint64_t) const override { return {}; }
    };

    Outcome run(const Address& to, ByteView data, const Address& sender, int times);
    void renew_machine();

    execution::BlockRules rules_;
    execution::BlockEnvironment block_;
    execution::BlockEnvironment kept_block_;
    state::MapState kept_;
    state::State state_{kept_};
    NoBlockHashes hashes_;
    evm::CodeCache code_cache_;
    execution::StateHost host_;
    evm::Tracer* tracer_ = nullptr;
    std::optional<evm::Evm> evm_;
};

}  // namespace meta138::contracts
