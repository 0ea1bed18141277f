// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/block_builder.hpp"

#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/validate_block.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/requests.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace meta138::blockchain {

namespace {

using execution::BlockRules;

/// What no transaction is cheaper than: with less left the block is full.
constexpr std::uint64_t smallest_transaction_gas = 21000;

/// Candidates that are considered at least, unless one is in the block before.
constexpr std::uint32_t least_offered = 8;

/// Bytes of a block for its header and the lists, on top of extra data, transactions and
/// withdrawals.
constexpr std::size_t size_of_the_rest = 1024;
constexpr std::size_t max_withdrawal_size = 64;
constexpr std::size_t max_rlp_header_size = 9;

std::uint64_t gas_limit_towards(std::uint64_t target, const Header& parent,
                                const BlockRules& rules) {
    // EIP-1559: the first block with a base fee starts from twice its parent's.
    const bool doubles = rules.fork >= Fork::london && !parent.base_fee_per_gas;
    const auto from =
        doubles ? parent.gas_limit * execution::ELASTICITY_MULTIPLIER : parent.gas_limit;
    const auto step = std::max<std::uint64_t>(from / execution::GAS_LIMIT_ADJUSTMENT_FACTOR, 1) - 1;
    const auto limit = std::clamp(target == 0 ? from : target, from - step, from + step);
    return std::max(limit, execution::GAS_LIMIT_MINIMUM);
}

uint256 difficulty_of(const BlockAttributes& attributes, const Header& parent,
                      const BlockRules& rules) {
    if (attributes.difficulty) return *attributes.difficulty;
    switch (rules.consensus) {
        case execution::Consensus::proof_of_work:
            return execution::difficulty_after(parent, attributes.timestamp, rules);
        case execution::Consensus::proof_of_stake: return {};
        case execution::Consensus::fixed_difficulty: return rules.fixed_difficulty;
    }
    return {};
}

/// All of the header that is known before anything runs.
Header start_header(const BlockAttributes& attributes, const storage::StoredHeader& parent,
                    const BlockRules& rules) {
    Header header;
    header.parent_hash = parent.hash;
    header.ommers_hash = EMPTY_OMMERS_HASH;
    header.coinbase = attributes.coinbase;
    header.difficulty = difficulty_of(attributes, parent.header, rules);
    header.number = parent.header.number + 1;
    header.gas_limit =
        gas_limit_towards(attributes.target_gas_limit.value_or(0), parent.header, rules);
    header.timestamp = attributes.timestamp;
    header.extra_data = attributes.extra_data;
    header.prev_randao = attributes.prev_randao;
    header.nonce = attributes.nonce;
    if (rules.fork >= Fork::london)
        header.base_fee_per_gas =
            attributes.base_fee_per_gas.value_or(execution::base_fee_after(parent.header, rules));
    if (execution::has_fields_of(Fork::cancun, rules)) {
        header.excess_blob_gas = calc_excess_blob_gas(parent.header, rules.fork, rules.blobs);
        header.parent_beacon_block_root = attributes.parent_beacon_block_root.value_or(Hash32{});
    }
    return header;
}

/// Whether the transaction may do in a later block, as it is. Every other rule looks at the
/// transaction alone, or at what does not come back.
bool may_do_later(TransactionError error) {
    using enum TransactionError;
    constexpr std::array passing{gas_allowance_exceeded,
                                 insufficient_max_fee_per_gas,
                                 insufficient_max_fee_per_blob_gas,
                                 type_3_tx_max_blob_gas_allowance_exceeded,
                                 nonce_mismatch_too_high,
                                 insufficient_account_funds};
    return std::ranges::find(passing, error) != passing.end();
}

bool is_about_size(TransactionError error) {
    return error == TransactionError::gas_allowance_exceeded ||
           error == TransactionError::type_3_tx_max_blob_gas_allowance_exceeded;
}

/// One block in the making.
class Building {
public:
    Building(Chain& chain, const BlockAttributes& attributes, BuildReport& report);

    /// Fills the block from the source.
    void fill(TransactionSource& source, const KeepBuilding& keep_building);
    /// Null: the rules refuse the block as it stands.
    [[nodiscard]] std::shared_ptr<const ExecutedBlock> finish();

private:
    using Candidate = TransactionSource::Candidate;

    void consider(const Candidate& candidate, TransactionSource& source);
    [[nodiscard]] bool pays_enough(const Transaction& transaction) const;
    [[nodiscard]] bool is_full() const;
    void include(const Candidate& candidate, execution::TransactionResult result);
    void complete_header();

    Chain& chain_;
    const BlockAttributes& attributes_;
    BuildReport& report_;
    const std::shared_ptr<const ChainView> view_;
    const BlockRules rules_;
    ExecutedBlock built_;
    const std::unique_ptr<state::StateView> parent_state_;
    state::State state_;
    execution::BlockExecutor executor_;
    std::size_t size_;
};

Building::Building(Chain& chain, const BlockAttributes& attributes, BuildReport& report)
    : chain_{chain},
      attributes_{attributes},
      report_{report},
      view_{chain.view()},
      rules_{view_->next_rules(attributes.timestamp)},
      built_{.block = {.header = start_header(attributes, view_->head(), rules_),
                       .transactions = {},
                       .ommers = {},
                       .withdrawals = {}},
             .hash = {},
             .senders = {},
             .receipts = {},
             .requests = {},
             .revert_reasons = {},
             .diff = {}},
      parent_state_{view_->blocks().state_at(view_->head().header.number)},
      state_{*parent_state_},
      executor_{{.state = state_, .block_hashes = *view_, .code_cache = chain.code_cache()},
                rules_,
                execution::environment_of(built_.block.header, rules_)},
      size_{size_of_the_rest + attributes.extra_data.size()} {
    if (rules_.fork >= Fork::shanghai) {
        built_.block.withdrawals = attributes.withdrawals.value_or(std::vector<Withdrawal>{});
        size_ += built_.block.withdrawals->size() * max_withdrawal_size;
    }
    executor_.begin();
}

bool Building::is_full() const {
    return built_.block.header.gas_limit - executor_.used().gas < smallest_transaction_gas;
}

void Building::fill(TransactionSource& source, const KeepBuilding& keep_building) {
    for (;;) {
        if (is_full()) {
            report_.end = BuildReport::End::block_full;
            return;
        }
        const bool is_late = keep_building && !keep_building();
        // A machine that is always late shall take something all the same.
        if (is_late && (report_.included > 0 || report_.offered >= least_offered)) {
            report_.end = BuildReport::End::time_is_up;
            return;
        }
        const auto candidate = source.next();
        if (!candidate) {
            report_.end = BuildReport::End::no_more_candidates;
            return;
        }
        ++report_.offered;
        consider(*candidate, source);
    }
}

// The prices of the operator, on top of the rules of the chain.
bool Building::pays_enough(const Transaction& transaction) const {
    const auto base_fee = built_.block.header.base_fee_per_gas.value_or(uint256{});
    if (transaction.max_fee_per_gas < base_fee) return true;  // refused by the rule of the chain
    const auto tip =
        std::min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - base_fee);
    return base_fee + tip >= attributes_.min_gas_price && tip >= attributes_.min_priority_fee;
}

void Building::consider(const Candidate& candidate, TransactionSource& source) {
    if (!candidate.transaction) {
        ++report_.refused[TransactionError::malformed];
        source.report(Selection::invalid, TransactionError::malformed);
        return;
    }
    const auto& transaction = *candidate.transaction;
    if (!pays_enough(transaction)) {
        ++report_.below_min_gas_price;
        source.report(Selection::skipped, std::nullopt);
        return;
    }
    const auto size = encode_transaction(transaction).size() + max_rlp_header_size;
    if (size_ + size > execution::MAX_RLP_BLOCK_SIZE) {
        ++report_.too_large_for_the_rest;
        source.report(Selection::skipped, std::nullopt);
        return;
    }
    auto result = executor_.execute(transaction, candidate.sender);
    if (!result) {
        const auto error = result.error();
        if (is_about_size(error))
            ++report_.too_large_for_the_rest;
        else
            ++report_.refused[error];
        source.report(may_do_later(error) ? Selection::skipped : Selection::invalid, error);
        return;
    }
    size_ += size;
    include(candidate, *std::move(result));
    source.report(Selection::included, std::nullopt);
}

void Building::include(const Candidate& candidate, execution::TransactionResult result) {
    ++report_.included;
    built_.block.transactions.push_back(*candidate.transaction);
    built_.senders.push_back(candidate.sender);
    if (chain_.options().record_revert_reasons) {
        auto& reason = built_.revert_reasons.emplace_back();
        if (result.status == evm::Status::revert) reason = std::move(result.output);
    }
    if (rules_.fork < Fork::byzantium)  // EIP-658
        executor_.receipts().back().post_state_root =
            chain_.database().commitment().root_after(state_.diff());
}

std::shared_ptr<const ExecutedBlock> Building::finish() {
    const auto withdrawals =
        built_.block.withdrawals ? std::span{*built_.block.withdrawals} : std::span<Withdrawal>{};
    if (const auto finished = executor_.finish({}, withdrawals); !finished) {
        report_.error = finished.error();
        return nullptr;
    }
    report_.error.reset();
    built_.receipts = std::move(executor_.receipts());
    built_.requests = executor_.requests();
    built_.diff = state_.diff();
    complete_header();
    built_.hash = chain_.consensus().block_hash(built_.block.header);
    return std::make_shared<const ExecutedBlock>(std::move(built_));
}

void Building::complete_header() {
    auto& header = built_.block.header;
    header.transactions_root = transactions_root(built_.block.transactions);
    header.receipt_root = receipts_root(built_.receipts);
    header.bloom = bloom_of(built_.receipts);
    header.gas_used = executor_.used().gas;
    if (built_.block.withdrawals)
        header.withdrawals_root = withdrawals_root(*built_.block.withdrawals);
    if (execution::has_fields_of(Fork::cancun, rules_))
        header.blob_gas_used = executor_.used().blob_gas;
    if (execution::has_fields_of(Fork::prague, rules_))
        header.requests_hash = requests_hash(built_.requests);
    header.state_root = chain_.database().commitment().root_after(built_.diff);
}

}  // namespace

std::shared_ptr<const ExecutedBlock> build_block(Chain& chain, const BlockAttributes& attributes,
                                                 TransactionSource& source,
                                                 const KeepBuilding& keep_building,
                                                 BuildReport* report) {
    BuildReport own;
    auto& account = report != nullptr ? *report : own;
    account = {};
    {
        Building building{chain, attributes, account};
        building.fill(source, keep_building);
        if (auto block = building.finish()) return block;
    }
    // A transaction has upset what comes after the transactions: a system contract, the layout of a
    // deposit. A block without transactions keeps the chain going.
    account.included = 0;
    Building building{chain, attributes, account};
    return building.finish();
}

}  // namespace meta138::blockchain
