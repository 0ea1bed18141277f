// SPDX-License-Identifier: Apache-2.0
#include "rpc_pool.hpp"

#include "meta138/execution/validate_block.hpp"
#include "meta138/types/blob_gas.hpp"

#include <set>
#include <utility>
#include <vector>

namespace meta138::conformance {

namespace {

using blockchain::ChainView;
using View = std::shared_ptr<const ChainView>;

class HeadAccounts final : public txpool::AccountSource {
public:
    HeadAccounts(View view, bool everybody_is_rich)
        : view_{std::move(view)},
          state_{view_->blocks().state_at(view_->head().header.number)},
          everybody_is_rich_{everybody_is_rich} {}

    [[nodiscard]] txpool::AccountState account(const Address& address) const override {
        txpool::AccountState result;
        if (const auto account = state_->account(address)) {
            result.nonce = account->nonce;
            result.balance = account->balance;
            result.has_code = account->code_hash != EMPTY_CODE_HASH &&
                              !state_->code(account->code_hash)->delegate;
        }
        if (everybody_is_rich_) result.balance = uint256{1} << 200U;
        return result;
    }

private:
    View view_;
    std::unique_ptr<state::StateView> state_;
    bool everybody_is_rich_;
};

// Besu's specs run on a pool that takes anything but one transaction, whose nonce is used.
bool takes_anything(RpcFamily family) {
    return family == RpcFamily::besu_specs;
}

std::shared_ptr<const txpool::AccountSource> accounts_of(RpcFamily family, const View& view) {
    return std::make_shared<const HeadAccounts>(view, takes_anything(family));
}

txpool::PoolHead head_of(RpcFamily family, const ChainView& view) {
    const auto& header = view.head().header;
    const auto rules = view.next_rules(header.timestamp + 1);
    txpool::PoolHead head{.number = header.number,
                          .next_fork = rules.fork,
                          .gas_limit = header.gas_limit,
                          .chain_id = rules.chain_id,
                          .next_base_fee = {},
                          .next_blob_base_fee = {},
                          .max_blobs_per_block = rules.blobs.max,
                          .gas_limit_cap = rules.transaction_gas_limit_cap,
                          .max_initcode_size = rules.limits.max_initcode_size};
    if (takes_anything(family)) head.gas_limit = UINT64_MAX;
    if (rules.fork >= Fork::london) head.next_base_fee = execution::base_fee_after(header, rules);
    if (rules.fork >= Fork::cancun)
        head.next_blob_base_fee =
            blob_base_fee(calc_excess_blob_gas(header, rules.fork, rules.blobs), rules.blobs);
    return head;
}

}  // namespace

RpcPool::RpcPool(RpcFamily family, const View& view)
    : family_{family},
      pool_{std::make_unique<txpool::SharedPool>(txpool::PoolConfig{}, head_of(family, *view),
                                                 accounts_of(family, view))} {}

void RpcPool::follow(const blockchain::HeadEvent& event) {
    std::set<Address> changed;
    std::vector<Hash32> included;
    std::vector<Transaction> returned;
    std::vector<Address> returned_senders;
    for (const auto& block : event.removed_blocks) {
        for (const auto& account : block->diff.accounts) changed.insert(account.address);
        returned.insert(returned.end(), block->block.transactions.begin(),
                        block->block.transactions.end());
        returned_senders.insert(returned_senders.end(), block->senders.begin(),
                                block->senders.end());
    }
    for (const auto& block : event.added) {
        for (const auto& account : block->diff.accounts) changed.insert(account.address);
        for (const auto& transaction : block->block.transactions)
            included.push_back(transaction_hash(transaction));
    }
    const std::vector<Address> addresses{changed.begin(), changed.end()};
    pool_->on_head({.head = head_of(family_, *event.view),
                    .accounts = accounts_of(family_, event.view),
                    .changed = addresses,
                    .included = included,
                    .returned = returned,
                    .returned_senders = returned_senders});
}

}  // namespace meta138::conformance
