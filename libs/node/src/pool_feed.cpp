// SPDX-License-Identifier: Apache-2.0
#include "pool_feed.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/execution/validate_block.hpp"
#include "meta138/types/blob_gas.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace meta138::node {
namespace {

class HeadAccounts final : public txpool::AccountSource {
public:
    explicit HeadAccounts(std::shared_ptr<const blockchain::ChainView> view)
        : view_{std::move(view)}, state_{view_->blocks().state_at(view_->head().header.number)} {}

    [[nodiscard]] txpool::AccountState account(const Address& address) const override {
        if (!state_) return {};
        const auto account = state_->account(address);
        if (!account) return {};
        const bool has_code =
            account->code_hash != EMPTY_CODE_HASH && !state_->code(account->code_hash)->delegate;
        return {.nonce = account->nonce, .balance = account->balance, .has_code = has_code};
    }

private:
    std::shared_ptr<const blockchain::ChainView> view_;
    std::unique_ptr<state::StateView> state_;
};

/// Which accounts may differ. Of blocks that a reorganisation took off we no longer know, so then
/// it is everybody who has something in the pool.
std::vector<Address> changed_accounts(const txpool::SharedPool& pool,
                                      const blockchain::HeadEvent& event) {
    std::vector<Address> changed;
    for (const auto& block : event.added)
        for (const auto& account : block->diff.accounts) changed.push_back(account.address);
    if (!event.removed.empty())
        for (const auto& entry : pool.content()) changed.push_back(entry.transaction->sender);
    std::ranges::sort(changed);
    changed.erase(std::ranges::unique(changed).begin(), changed.end());
    return changed;
}

}  // namespace

std::shared_ptr<const txpool::AccountSource> accounts_of(
    std::shared_ptr<const blockchain::ChainView> view) {
    return std::make_shared<HeadAccounts>(std::move(view));
}

txpool::PoolHead pool_head_of(const blockchain::ChainView& view) {
    const auto& head = view.head().header;
    const auto rules = view.next_rules(head.timestamp + 1);
    txpool::PoolHead result{
        .number = head.number,
        .next_fork = rules.fork,
        .gas_limit = head.gas_limit,
        .chain_id = rules.chain_id,
        .next_base_fee = {},
        .next_blob_base_fee = {},
        .max_blobs_per_block = rules.fork >= Fork::cancun ? rules.blobs.max : 0,
        .gas_limit_cap = rules.transaction_gas_limit_cap,
        .max_initcode_size = rules.limits.max_initcode_size,
    };
    if (rules.fork >= Fork::london) result.next_base_fee = execution::base_fee_after(head, rules);
    if (rules.fork >= Fork::cancun)
        result.next_blob_base_fee =
            blob_base_fee(calc_excess_blob_gas(head, rules.fork, rules.blobs), rules.blobs);
    return result;
}

txpool::PoolConfig pool_config_of(const PoolOptions& options, const RpcLimits& limits,
                                  bool zero_base_fee) {
    txpool::PoolConfig config;
    config.max_transactions = options.max_transactions;
    config.max_bytes = options.max_bytes;
    config.max_transaction_bytes = options.max_transaction_bytes;
    config.max_future_by_sender =
        options.sequenced ? options.max_transactions : options.max_future_by_sender;
    if (options.sequenced)
        config.max_by_sender = static_cast<std::size_t>(
            std::ceil(options.limit_by_account * static_cast<double>(options.max_transactions)));
    config.price_bump = zero_base_fee ? 0 : static_cast<std::uint32_t>(options.price_bump);
    config.blob_price_bump = static_cast<std::uint32_t>(options.blob_price_bump);
    config.min_gas_price = options.min_gas_price;
    config.fee_cap = limits.transaction_fee_cap;
    config.strict_replay_protection = options.strict_replay_protection;
    config.no_local_priority = !options.local_priority;
    config.priority_senders = options.priority_senders;
    config.min_score = options.min_score;
    config.retention = options.retention;
    return config;
}

void feed_head(txpool::SharedPool& pool, const blockchain::HeadEvent& event) {
    const auto changed = changed_accounts(pool, event);
    std::vector<Hash32> included;
    for (const auto& block : event.added)
        for (const auto& transaction : block->block.transactions)
            included.push_back(transaction_hash(transaction));
    std::vector<Transaction> returned;
    std::vector<Address> returned_senders;
    for (const auto& block : event.removed_blocks) {
        returned.insert(returned.end(), block->block.transactions.begin(),
                        block->block.transactions.end());
        returned_senders.insert(returned_senders.end(), block->senders.begin(),
                                block->senders.end());
    }
    pool.on_head({.head = pool_head_of(*event.view),
                  .accounts = accounts_of(event.view),
                  .changed = changed,
                  .included = included,
                  .returned = returned,
                  .returned_senders = returned_senders});
}

std::optional<blockchain::TransactionSource::Candidate> PoolSource::next() {
    offered_ = selection_.best();
    // Who was taken off the list after the pool had taken him in: it is asked again, as by Besu.
    while (offered_ && is_permitted_ && !is_permitted_(offered_->sender)) {
        pool_.remove(offered_->hash, txpool::Removal::invalidated);
        offered_ = selection_.best();
    }
    if (!offered_) return std::nullopt;
    return Candidate{.transaction = txpool::transaction_of(offered_),
                     .sender = offered_->sender,
                     .hash = offered_->hash};
}

void PoolSource::report(blockchain::Selection selection, std::optional<TransactionError> error) {
    switch (selection) {
        case blockchain::Selection::included: selection_.take(); return;
        case blockchain::Selection::skipped:
            // What is merely too large or too cheap for this block has done nothing wrong.
            if (error) pool_.penalize(offered_->hash);
            return;
        case blockchain::Selection::invalid:
            log_.info("Removing invalid transaction {} of {} from the pool: {}",
                      to_hex(offered_->hash), to_hex(offered_->sender),
                      error ? to_string(*error) : "refused");
            pool_.remove(offered_->hash, txpool::Removal::invalidated);
            return;
    }
}

}  // namespace meta138::node
