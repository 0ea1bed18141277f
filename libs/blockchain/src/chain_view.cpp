// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/chain_view.hpp"

#include "meta138/base/assert.hpp"

namespace meta138::blockchain {

namespace {

storage::StoredHeader head_of(const storage::Snapshot& snapshot) {
    auto head = snapshot.head();
    META138_ASSERT(head.has_value());
    return *std::move(head);
}

}  // namespace

ChainView::ChainView(std::shared_ptr<const storage::Snapshot> snapshot,
                     std::shared_ptr<const Genesis> genesis, const Consensus& consensus,
                     std::uint64_t safe, std::uint64_t finalized)
    : snapshot_{std::move(snapshot)},
      genesis_{std::move(genesis)},
      consensus_{consensus},
      head_{head_of(*snapshot_)},
      genesis_hash_{snapshot_->block_hash(0).value_or(Hash32{})},
      safe_{safe},
      finalized_{finalized} {}

execution::BlockRules ChainView::rules_of(const Header& header) const {
    // Where the terminal total difficulty starts Paris, a valid header tells by its own difficulty
    // on which side of it the block stands (EIP-3675).
    const bool is_past_terminal = header.number > 0 && header.difficulty.is_zero();
    const auto total_difficulty = is_past_terminal ? uint256::max() : uint256{};
    return consensus_.rules_at(header.number, header.timestamp, total_difficulty);
}

Hash32 ChainView::block_hash(std::uint64_t number) const {
    if (number == head_.header.number) return head_.hash;
    return snapshot_->block_hash(number).value_or(Hash32{});
}

std::optional<Header> ChainView::find_header(const Hash32& hash) const {
    if (hash == head_.hash) return head_.header;
    const auto number = snapshot_->block_number(hash);
    if (!number) return std::nullopt;
    auto stored = snapshot_->header(*number);
    if (!stored) return std::nullopt;
    return std::move(stored->header);
}

std::unique_ptr<state::StateView> ChainView::state_after(const Hash32& hash) const {
    const auto number = snapshot_->block_number(hash);
    if (!number) return nullptr;
    return snapshot_->state_at(*number);
}

}  // namespace meta138::blockchain
