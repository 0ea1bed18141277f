// SPDX-License-Identifier: Apache-2.0
#include "engine_building.hpp"

#include <utility>

namespace meta138::rpc {

using blockchain::Selection;
using blockchain::TransactionSource;

PoolSource::PoolSource(const txpool::SharedPool* pool, Fork fork)
    : sidecar_version_{static_cast<std::uint8_t>(fork >= Fork::osaka ? 1 : 0)} {
    if (pool != nullptr) selection_.emplace(pool->select());
}

std::optional<TransactionSource::Candidate> PoolSource::next() {
    if (!selection_) return std::nullopt;
    do {
        last_ = selection_->best();
    } while (last_ && has_other_sidecar(*last_));
    if (!last_) return std::nullopt;
    return Candidate{txpool::transaction_of(last_), last_->sender, last_->hash};
}

void PoolSource::report(Selection selection, std::optional<TransactionError> /*error*/) {
    if (selection != Selection::included) return;
    if (last_->sidecar) blob_transactions_.push_back(last_);
    selection_->take();
}

std::optional<TransactionSource::Candidate> ListSource::next() {
    if (candidates_.empty()) return std::nullopt;
    auto candidate = std::move(candidates_.front());
    candidates_.pop_front();
    return candidate;
}

void ListSource::report(Selection selection, std::optional<TransactionError> error) {
    if (selection == Selection::included) return;
    took_all_ = false;
    if (!refused_) refused_ = error;
}

blockchain::BlockAttributes block_attributes(const PayloadAttributes& attributes,
                                             const EngineOptions& options) {
    blockchain::BlockAttributes block;
    block.timestamp = attributes.timestamp;
    block.coinbase = attributes.suggested_fee_recipient;
    block.extra_data = options.extra_data;
    block.prev_randao = attributes.prev_randao;
    if (options.target_gas_limit != 0) block.target_gas_limit = options.target_gas_limit;
    block.withdrawals = attributes.withdrawals;
    block.parent_beacon_block_root = attributes.parent_beacon_block_root;
    return block;
}

}  // namespace meta138::rpc
