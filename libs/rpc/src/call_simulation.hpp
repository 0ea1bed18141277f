// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "call_object.hpp"
#include "trace_cancellation.hpp"

#include "meta138/evm/evm.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/execution/block_environment.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/execution/simulate_call.hpp"
#include "meta138/execution/state_host.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/state/state.hpp"
#include "meta138/state/state_view.hpp"
#include "meta138/tracing/tracer_group.hpp"
#include "meta138/types/block.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>

namespace meta138::rpc {

/// A block as a call sees it: its numbers, and the state after it.
struct CallBlock {
    Header header;
    execution::BlockRules rules;
    execution::BlockEnvironment environment;
    std::unique_ptr<state::StateView> view;  ///< Reads through the request's view.
};

/// The canonical block with that number, which exists. Fails when its state is not retained.
[[nodiscard]] RpcResult<CallBlock> load_call_block(const Request& request, std::uint64_t number);
/// A block that would follow the head now, on the head's state.
[[nodiscard]] RpcResult<CallBlock> make_pending_block(const Request& request);

/// Changes what calls on the block see of it. Like geth; Besu has such overrides only in
/// eth_simulateV1.
void override_block(CallBlock& block, const BlockOverrides& overrides);

/// A thread's State for as long as a request needs it, so that its memory is used again.
class StateLease {
public:
    explicit StateLease(const state::StateView& view);
    ~StateLease();
    StateLease(const StateLease&) = delete;
    StateLease& operator=(const StateLease&) = delete;

    [[nodiscard]] state::State& operator*() const noexcept { return *state_; }
    [[nodiscard]] state::State* operator->() const noexcept { return state_.get(); }

private:
    std::unique_ptr<state::State> state_;
    int exceptions_;  ///< On their way when it was taken.
};

/// Whether a call pays for its gas (Besu's isAllowExceedingBalance).
enum class CallPayment : std::uint8_t {
    free,     ///< Prices and the base fee count as zero.
    charged,  ///< The sender must have the money.
    lenient,  ///< Prices as given; who cannot pay need not.
};

/// How eth_call decides when the caller does not say `strict`: only who names a price pays it.
[[nodiscard]] CallPayment call_payment(const CallObject& call, const Header& header);

/// Runs calls on a block, one after the other on the same state. With a tracer run() throws
/// TraceCancelled.
class CallRunner {
public:
    struct Options {
        CallPayment payment = CallPayment::free;
        execution::SimulationLicense license;
        evm::Tracer* tracer = nullptr;
    };

    /// All references outlive this object. `overrides` may be null.
    CallRunner(const Request& request, const CallBlock& block, state::State& state,
               const StateOverrides* overrides, const Options& options);

    /// The call's transaction, with the sender's nonce and the gas limit that it left open.
    [[nodiscard]] Transaction prepare(const CallObject& call) const;

    /// Changes are in the state afterwards.
    std::expected<execution::TransactionResult, TransactionError> run(
        const Transaction& transaction, const Address& sender,
        std::span<const std::optional<Address>> authorities = {});

    /// What Besu says about a transaction that run() refused.
    [[nodiscard]] RpcError refusal(TransactionError error, const Transaction& transaction,
                                   const Address& sender) const;

    [[nodiscard]] execution::ExecutionContext context() noexcept {
        return {.state = state_, .evm = evm_, .rules = rules_, .block = environment_};
    }

private:
    /// With precompiles moved as the overrides say.
    [[nodiscard]] execution::BlockRules rules_for(const CallBlock& block,
                                                  const StateOverrides* overrides);
    /// The tracer of the options, guarded; null without one.
    [[nodiscard]] evm::Tracer* guarded(evm::Tracer* tracer);
    [[nodiscard]] static execution::BlockEnvironment environment_for(const CallBlock& block,
                                                                     CallPayment payment);

    const Settings& settings_;
    state::State& state_;
    Options options_;
    bool has_base_fee_;
    evm::PrecompileMoves moves_;
    execution::BlockRules rules_;
    execution::BlockEnvironment environment_;
    CancellationGuard guard_;
    tracing::TracerGroup tracers_;
    execution::StateHost host_;
    evm::Evm evm_;
};

/// Changes the accounts as the overrides say.
void apply_overrides(state::State& state, const StateOverrides& overrides);

/// What Besu says about a transaction that may not run.
[[nodiscard]] RpcError transaction_refusal(TransactionError error, const Transaction& transaction,
                                           const Address& sender,
                                           const execution::ExecutionContext& in);

/// What a call that failed is answered with: its revert data, or why it halted.
[[nodiscard]] RpcError execution_failure(const execution::TransactionResult& result,
                                         std::optional<std::uint8_t> failed_opcode = {});

/// Besu's words for how a frame halted: "Out of gas".
[[nodiscard]] std::string halt_description(evm::Status status,
                                           std::optional<std::uint8_t> failed_opcode = {});

/// Remembers the last opcode of the outermost frame.
class LastOpcodeTracer final : public evm::Tracer {
public:
    void on_step(const evm::Step& step) override {
        if (step.depth == 0) opcode_ = step.opcode;
    }
    [[nodiscard]] std::optional<std::uint8_t> opcode() const noexcept { return opcode_; }

private:
    std::optional<std::uint8_t> opcode_;
};

}  // namespace meta138::rpc
