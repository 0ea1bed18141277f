// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/block_executor.hpp"

#include "dao_fork.hpp"
#include "deposit_requests.hpp"
#include "system_calls.hpp"

#include "meta138/base/try.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/requests.hpp"

namespace meta138::execution {

namespace {

constexpr std::uint64_t wei_per_gwei = 1'000'000'000;

}  // namespace

BlockExecutor::BlockExecutor(const Resources& resources, const BlockRules& rules,
                             const BlockEnvironment& environment)
    : state_{resources.state},
      rules_{rules},
      environment_{environment},
      host_{resources.state, resources.block_hashes, rules.fork},
      evm_{host_,        resources.code_cache, rules.fork, environment.context,
           rules.limits, resources.tracer} {}

void BlockExecutor::begin() {
    const auto& block = environment_.context;
    if (rules_.dao_fork_block == block.number) {
        state_.begin_transaction();
        apply_dao_fork(state_);
        make_final();
    }
    if (!rules_.has_system_contracts) return;
    if (rules_.fork >= Fork::cancun && environment_.parent_beacon_block_root)
        call_system_contract(context(), BEACON_ROOTS_ADDRESS,
                             environment_.parent_beacon_block_root->bytes);
    if (rules_.fork >= Fork::prague)
        call_system_contract(context(), HISTORY_STORAGE_ADDRESS, environment_.parent_hash.bytes);
}

std::expected<TransactionResult, TransactionError> BlockExecutor::execute(
    const Transaction& transaction, const Address& sender) {
    TRY_LET(const auto charges, validate_transaction(context(), used_, transaction, sender));
    auto result = apply_transaction(context(), transaction, sender, charges);
    used_.gas += result.gas_used;
    used_.blob_gas += blob_gas(transaction);

    auto& receipt = receipts_.emplace_back();
    receipt.type = transaction.type;
    receipt.succeeded = result.succeeded();
    receipt.cumulative_gas_used = used_.gas;
    receipt.bloom = bloom_of(result.logs);
    receipt.logs = result.logs;
    return result;
}

std::expected<void, InvalidBlock> BlockExecutor::finish(std::span<const Header> ommers,
                                                        std::span<const Withdrawal> withdrawals) {
    if (rules_.fork >= Fork::shanghai) apply_withdrawals(withdrawals);
    if (rules_.fork >= Fork::prague && rules_.has_system_contracts) TRY(collect_requests());
    if (rules_.block_reward) pay_rewards(ommers);
    return {};
}

void BlockExecutor::apply_withdrawals(std::span<const Withdrawal> withdrawals) {
    state_.begin_transaction();
    for (const auto& withdrawal : withdrawals)
        state_.add_balance(withdrawal.address, uint256{withdrawal.amount} * wei_per_gwei);
    make_final();
}

std::expected<void, InvalidBlock> BlockExecutor::collect_requests() {
    auto deposits = deposit_requests(receipts_, rules_.deposit_contract_address);
    if (!deposits) return std::unexpected{InvalidBlock{.rule = BlockRule::deposit_event}};
    if (!deposits->empty()) {
        deposits->insert(deposits->begin(), DEPOSIT_REQUEST_TYPE);
        requests_.push_back(std::move(*deposits));
    }
    TRY(collect_requests_of(WITHDRAWAL_REQUEST_TYPE, rules_.withdrawal_request_contract_address));
    return collect_requests_of(CONSOLIDATION_REQUEST_TYPE,
                               rules_.consolidation_request_contract_address);
}

std::expected<void, InvalidBlock> BlockExecutor::collect_requests_of(std::uint8_t type,
                                                                     const Address& contract) {
    if (state_.code_hash(contract) == EMPTY_CODE_HASH)
        return std::unexpected{InvalidBlock{.rule = BlockRule::system_contract_missing}};
    auto result = call_system_contract(context(), contract, {});
    if (result.status != evm::Status::success)
        return std::unexpected{InvalidBlock{.rule = BlockRule::system_contract_failed}};
    if (!result.output.empty()) {
        result.output.insert(result.output.begin(), type);
        requests_.push_back(std::move(result.output));
    }
    return {};
}

// Yellow Paper 11.3, equations 172 to 176.
void BlockExecutor::pay_rewards(std::span<const Header> ommers) {
    const auto& reward = *rules_.block_reward;
    const auto& block = environment_.context;
    state_.begin_transaction();
    state_.add_balance(block.coinbase, reward + reward / 32 * ommers.size());
    for (const auto& ommer : ommers)
        state_.add_balance(ommer.coinbase, reward * (8 + ommer.number - block.number) / 8);
    make_final();
}

void BlockExecutor::make_final() {
    state_.finish_transaction(rules_.fork >= Fork::spurious_dragon);
}

}  // namespace meta138::execution
