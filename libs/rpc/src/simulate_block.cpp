// SPDX-License-Identifier: Apache-2.0
#include "simulate_block.hpp"

#include "call_simulation.hpp"
#include "trace_cancellation.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/execution/block_environment.hpp"
#include "meta138/execution/validate_block.hpp"
#include "meta138/tracing/tracer_group.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace meta138::rpc {

namespace {

// execution-apis, error-groups.
constexpr int nonce_too_low = -38010;
constexpr int nonce_too_high = -38011;
constexpr int base_fee_too_low = -38012;
constexpr int intrinsic_gas_too_low = -38013;
constexpr int insufficient_funds = -38014;
constexpr int block_gas_limit_reached = -38015;
constexpr int initcode_too_large = -38025;
constexpr int internal_error = -32603;
constexpr int invalid_params = -32602;
constexpr int invalid_input = -32000;

constexpr auto uint64_max = std::numeric_limits<std::uint64_t>::max();
/// The machine counts gas in 63 bits.
constexpr std::uint64_t max_gas = std::numeric_limits<std::int64_t>::max();

template <typename... Args>
std::unexpected<RpcError> refuse(int code, fmt::format_string<Args...> text, Args&&... args) {
    return std::unexpected{RpcError{code, fmt::format(text, std::forward<Args>(args)...)}};
}

uint256 effective_price(const Transaction& transaction, const uint256& base_fee) {
    if (transaction.max_fee_per_gas <= base_fee) return transaction.max_fee_per_gas;
    return std::min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - base_fee) +
           base_fee;
}

}  // namespace

BlockSimulator::BlockSimulator(const Request& request, const storage::StoredHeader& base,
                               state::State& state, const SimulationInput& options)
    : request_{request},
      base_number_{base.header.number},
      base_total_difficulty_{base.total_difficulty},
      state_{state},
      validation_{options.validation},
      trace_transfers_{options.trace_transfers},
      parent_{base.header},
      parent_hash_{base.hash},
      gas_budget_{request.settings.gas_cap == 0 ? max_gas
                                                : std::min(request.settings.gas_cap, max_gas)},
      hashes_{{base.header.number, base.hash}} {}

Hash32 BlockSimulator::block_hash(std::uint64_t number) const {
    if (number < base_number_) return request_.view->block_hash(number);
    const auto found = hashes_.find(number);
    return found == hashes_.end() ? Hash32{} : found->second;
}

RpcResult<SimulatedBlock> BlockSimulator::run(const SimulatedBlockInput& input) {
    auto rules = request_.view->consensus().rules_at(*input.block.number, *input.block.time,
                                                     base_total_difficulty_);
    SimulatedBlock block;
    block.block.header = make_header(input.block, rules);
    auto environment = execution::environment_of(block.block.header, rules);
    if (input.block.blob_base_fee) environment.context.blob_base_fee = *input.block.blob_base_fee;

    moves_.clear();
    TRY(apply_state_overrides(input.state, rules.fork));
    if (!moves_.empty()) rules.limits.precompile_moves = &moves_;

    SimulatedLogs logs{trace_transfers_};
    tracing::TracerGroup tracers;
    CancellationGuard guard{request_};
    tracers.add(guard);
    tracers.add(logs);
    tracers.add(touched_);
    execution::BlockExecutor executor{{.state = state_,
                                       .block_hashes = *this,
                                       .code_cache = *request_.backend.code_cache,
                                       .tracer = &tracers},
                                      rules,
                                      environment};
    executor.begin();
    static_cast<void>(logs.take());
    for (const auto& call : input.calls) {
        if (request_.is_cancelled()) return fail(error::timeout);
        TRY_LET(auto outcome, run_call(call, executor, logs, block));
        block.calls.push_back(std::move(outcome));
    }
    TRY(complete(block, executor, input, rules.fork));
    parent_ = block.block.header;
    parent_hash_ = block.hash;
    hashes_[parent_.number] = parent_hash_;
    return block;
}

Header BlockSimulator::make_header(const BlockOverrides& overrides,
                                   const execution::BlockRules& rules) const {
    Header header;
    header.parent_hash = parent_hash_;
    header.ommers_hash = EMPTY_OMMERS_HASH;
    header.coinbase = overrides.fee_recipient.value_or(parent_.coinbase);
    header.number = *overrides.number;
    header.timestamp = *overrides.time;
    header.gas_limit = overrides.gas_limit.value_or(parent_.gas_limit);
    header.extra_data = overrides.extra_data.value_or(Bytes{});
    header.prev_randao = overrides.prev_randao.value_or(Hash32{});
    const bool has_difficulty = rules.consensus != execution::Consensus::proof_of_stake;
    header.difficulty = overrides.difficulty.value_or(has_difficulty ? parent_.difficulty : 0);
    if (rules.fork >= Fork::london) {
        // Without validation there is no base fee unless it is asked for: prices may be 0.
        header.base_fee_per_gas = overrides.base_fee_per_gas.value_or(
            validation_ ? execution::base_fee_after(parent_, rules) : uint256{});
    }
    if (rules.fork >= Fork::shanghai) header.withdrawals_root = EMPTY_TRIE_ROOT;
    if (rules.fork >= Fork::cancun) {
        header.blob_gas_used = 0;
        header.excess_blob_gas =
            parent_.excess_blob_gas ? calc_excess_blob_gas(parent_, rules.fork, rules.blobs) : 0;
        header.parent_beacon_block_root = overrides.parent_beacon_block_root.value_or(Hash32{});
    }
    return header;
}

RpcResult<void> BlockSimulator::apply_state_overrides(const StateOverrides& overrides, Fork fork) {
    auto accounts = overrides.accounts;
    std::ranges::sort(accounts, {}, &StateOverride::address);
    const auto is_overridden = [&](const Address& address) {
        return std::ranges::find(accounts, address, &StateOverride::address) != accounts.end();
    };
    std::set<Address> taken;  // by precompiles that were moved there
    for (const auto& account : accounts) {
        const auto name = [&] { return to_hex(account.address.bytes); };
        if (taken.contains(account.address))
            return refuse(invalid_input, "account {} has already been overridden by a precompile",
                          name());
        const bool is_precompile = evm::is_precompile(account.address, fork);
        if (account.move_precompile_to) {
            if (!is_precompile)
                return refuse(invalid_input, "account {} is not a precompile", name());
            if (is_overridden(*account.move_precompile_to))
                return refuse(invalid_input, "account {} is already overridden",
                              to_hex(account.move_precompile_to->bytes));
            moves_.insert_or_assign(*account.move_precompile_to, account.address);
            taken.insert(*account.move_precompile_to);
        }
        if (is_precompile) moves_.try_emplace(account.address, std::nullopt);
        execution::apply_override(state_, account.address, account.account);
    }
    // As if a transaction had changed them: what is empty afterwards is not there.
    for (const auto& account : accounts) {
        state_.begin_transaction();
        state_.touch(account.address);
        static_cast<void>(state_.finish_transaction(fork >= Fork::spurious_dragon));
    }
    return {};
}

RpcResult<Transaction> BlockSimulator::make_transaction(const CallObject& call,
                                                        const execution::ExecutionContext& in,
                                                        std::uint64_t block_gas_used) const {
    if (call.chain_id && *call.chain_id != in.rules.chain_id)
        return refuse(invalid_input, "chainId does not match node's (have={}, want={})",
                      *call.chain_id, in.rules.chain_id);
    const CallPrices prices{
        .gas_price = call.gas_price.value_or(0),
        .max_fee_per_gas = call.max_fee_per_gas.value_or(0),
        .max_priority_fee_per_gas = call.max_priority_fee_per_gas.value_or(0),
        .max_fee_per_blob_gas = call.max_fee_per_blob_gas.value_or(0),
    };
    auto transaction =
        to_transaction(call, prices, in.rules.fork >= Fork::london, in.rules.chain_id);
    if (transaction.type == TransactionType::legacy) transaction.chain_id.reset();
    if (!call.nonce) transaction.nonce = state_.nonce(call.sender());
    const auto remaining = in.block.context.gas_limit - block_gas_used;
    const auto gas = call.gas.value_or(remaining);
    if (gas > remaining)
        return refuse(block_gas_limit_reached,
                      "block gas limit reached: remaining: {}, required: {}", remaining, gas);
    transaction.gas_limit = std::min(gas, gas_budget_);
    return transaction;
}

/// In the order of go-ethereum, whose codes clients know.
RpcResult<execution::TransactionCharges> BlockSimulator::check(
    const Transaction& transaction, const Address& sender,
    const execution::ExecutionContext& in) const {
    const auto& block = in.block.context;
    const auto nonce = state_.nonce(sender);
    if (validation_) {
        if (transaction.nonce > nonce)
            return refuse(nonce_too_high, "nonce too high: tx: {}, state: {}", transaction.nonce,
                          nonce);
        if (transaction.nonce < nonce)
            return refuse(nonce_too_low, "nonce too low: tx: {}, state: {}", transaction.nonce,
                          nonce);
        if (nonce == uint64_max) return refuse(internal_error, "nonce has max value");
    }
    const bool is_priced =
        !transaction.max_fee_per_gas.is_zero() || !transaction.max_priority_fee_per_gas.is_zero();
    if (validation_ || is_priced) {
        if (transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas)
            return refuse(invalid_params, "max priority fee per gas higher than max fee per gas");
        if (transaction.max_fee_per_gas < block.base_fee_per_gas)
            return refuse(base_fee_too_low,
                          "max fee per gas less than block base fee: maxFeePerGas: {}, baseFee: {}",
                          to_string(transaction.max_fee_per_gas),
                          to_string(block.base_fee_per_gas));
    }
    if (transaction.type == TransactionType::blob) {
        if (!transaction.to) return refuse(internal_error, "blob transaction of type create");
        if (transaction.blob_versioned_hashes.empty())
            return refuse(internal_error, "blob transaction missing blob hashes");
        const bool pays = validation_ || !transaction.max_fee_per_blob_gas.is_zero();
        if (pays && transaction.max_fee_per_blob_gas < block.blob_base_fee)
            return refuse(internal_error, "max fee per blob gas less than block blob gas fee");
    }
    if (transaction.type == TransactionType::set_code && !transaction.to)
        return refuse(internal_error, "EIP-7702 transaction cannot be used to create contract");
    if (state_.balance(sender) < execution::upfront_cost(transaction))
        return refuse(insufficient_funds, "insufficient funds for gas * price + value: have {}",
                      to_string(state_.balance(sender)));
    execution::TransactionCharges charges{
        .intrinsic_gas = intrinsic_gas(transaction, in.rules.fork),
        .floor_gas = in.rules.fork >= Fork::prague ? floor_data_gas(transaction) : 0,
        .gas_price = effective_price(transaction, block.base_fee_per_gas),
        .blob_fee = block.blob_base_fee * blob_gas(transaction),
    };
    const auto needed = std::max(charges.intrinsic_gas, charges.floor_gas);
    if (transaction.gas_limit < needed)
        return refuse(intrinsic_gas_too_low, "intrinsic gas too low: have {}, want {}",
                      transaction.gas_limit, needed);
    if (in.rules.fork >= Fork::shanghai && !transaction.to &&
        transaction.data.size() > MAX_INITCODE_SIZE)
        return refuse(initcode_too_large, "max initcode size exceeded: code size {} limit {}",
                      transaction.data.size(), MAX_INITCODE_SIZE);
    charges.is_waived =
        state_.balance(sender) < charges.gas_price * transaction.gas_limit + charges.blob_fee;
    return charges;
}

RpcResult<SimulatedCall> BlockSimulator::run_call(const CallObject& call,
                                                  execution::BlockExecutor& executor,
                                                  SimulatedLogs& logs, SimulatedBlock& block) {
    const auto in = executor.context();
    auto& header = block.block.header;
    const auto sender = call.sender();
    touched_.touch(sender);
    touched_.touch(header.coinbase);
    TRY_LET(auto transaction, make_transaction(call, in, header.gas_used));
    TRY_LET(auto charges, check(transaction, sender, in));
    charges.authorities = call.authorities;
    SimulatedCall outcome;
    outcome.result = execution::apply_transaction(in, transaction, sender, charges);
    outcome.logs = logs.take();
    outcome.transaction_hash = transaction_hash(transaction);
    header.gas_used += outcome.result.gas_used;
    gas_budget_ -= std::min(gas_budget_, outcome.result.gas_used);
    if (header.blob_gas_used) *header.blob_gas_used += blob_gas(transaction);

    auto& receipt = executor.receipts().emplace_back();
    receipt.type = transaction.type;
    receipt.succeeded = outcome.result.succeeded();
    receipt.cumulative_gas_used = header.gas_used;
    receipt.logs = outcome.result.logs;
    receipt.bloom = bloom_of(receipt.logs);
    block.block.transactions.push_back(std::move(transaction));
    block.senders.push_back(sender);
    return outcome;
}

/// What the header says about what has happened.
RpcResult<void> BlockSimulator::complete(SimulatedBlock& block, execution::BlockExecutor& executor,
                                         const SimulatedBlockInput& input, Fork fork) {
    auto& header = block.block.header;
    if (fork >= Fork::shanghai) {
        block.block.withdrawals = input.block.withdrawals.value_or(std::vector<Withdrawal>{});
        header.withdrawals_root = withdrawals_root(*block.block.withdrawals);
    }
    const auto withdrawals = block.block.withdrawals.value_or(std::vector<Withdrawal>{});
    // A chain without the contracts of EIP-7002 and EIP-7251 has no such requests.
    static_cast<void>(executor.finish({}, withdrawals));
    if (fork >= Fork::prague) header.requests_hash = requests_hash(executor.requests());
    header.transactions_root = transactions_root(block.block.transactions);
    header.receipt_root = receipts_root(executor.receipts());
    header.bloom = bloom_of(executor.receipts());
    if (input.block.state_root) {
        header.state_root = *input.block.state_root;
    } else {
        const auto root = request_.view->blocks().root_after(base_number_, state_.diff());
        if (!root) return fail(error::world_state_unavailable);
        header.state_root = *root;
    }
    block.hash = input.block.hash.value_or(meta138::block_hash(header));
    return {};
}

}  // namespace meta138::rpc
