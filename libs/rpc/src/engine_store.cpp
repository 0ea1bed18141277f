// SPDX-License-Identifier: Apache-2.0
#include "engine_store.hpp"

#include "meta138/types/block.hpp"

#include <algorithm>
#include <utility>

namespace meta138::rpc {

void EngineStore::remember(Executed block) {
    executed_.insert_or_assign(block->hash, std::move(block));
    if (executed_.size() <= max_executed) return;
    const auto lowest = std::ranges::min_element(
        executed_, {}, [](const auto& entry) { return entry.second->block.header.number; });
    executed_.erase(lowest);
}

EngineStore::Executed EngineStore::find(const Hash32& hash) const {
    const auto block = executed_.find(hash);
    return block == executed_.end() ? nullptr : block->second;
}

std::vector<EngineStore::Executed> EngineStore::branch_to(const Hash32& hash) const {
    std::vector<Executed> branch;
    for (auto block = find(hash); block; block = find(block->block.header.parent_hash))
        branch.push_back(block);
    std::ranges::reverse(branch);
    return branch;
}

void EngineStore::prune(const blockchain::ChainView& view) {
    const auto head = view.head().header.number;
    std::erase_if(executed_, [&](const auto& entry) {
        return entry.second->block.header.number + max_depth < head ||
               view.blocks().block_number(entry.first).has_value();
    });
}

void EngineStore::mark_invalid(const Hash32& hash, const Hash32& latest_valid) {
    if (!invalid_.insert_or_assign(hash, latest_valid).second) return;
    invalid_order_.push_back(hash);
    if (invalid_order_.size() <= max_invalid) return;
    invalid_.erase(invalid_order_.front());
    invalid_order_.pop_front();
}

std::optional<Hash32> EngineStore::latest_valid_of_invalid(const Hash32& hash) const {
    const auto block = invalid_.find(hash);
    if (block == invalid_.end()) return std::nullopt;
    return block->second;
}

void EngineStore::add_job(const PayloadId& id, PayloadJob job) {
    if (jobs_.insert_or_assign(id, std::move(job)).second) job_order_.push_back(id);
    if (job_order_.size() <= max_jobs) return;
    jobs_.erase(job_order_.front());
    job_order_.pop_front();
}

PayloadJob* EngineStore::find_job(const PayloadId& id) {
    const auto job = jobs_.find(id);
    return job == jobs_.end() ? nullptr : &job->second;
}

PayloadId payload_id(const Hash32& parent, const PayloadAttributes& attributes) {
    // A header stands for its encoding: every member counts, and none runs into the next.
    Header header;
    header.parent_hash = parent;
    header.timestamp = attributes.timestamp;
    header.prev_randao = attributes.prev_randao;
    header.coinbase = attributes.suggested_fee_recipient;
    if (attributes.withdrawals) header.state_root = withdrawals_root(*attributes.withdrawals);
    if (attributes.parent_beacon_block_root)
        header.receipt_root = *attributes.parent_beacon_block_root;
    const auto digest = block_hash(header);
    PayloadId id;
    std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

}  // namespace meta138::rpc
