// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/state/state_commitment.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/state/state_view.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

namespace meta138::blockchain {

/// The diff from the state before `first` to the state after `second`, which came on top of it.
[[nodiscard]] state::StateDiff compose(state::StateDiff first, const state::StateDiff& second);

/// A state with a diff applied, without applying it. Both outlive the view.
class OverlayView final : public state::StateView {
public:
    OverlayView(const state::StateView& base, const state::StateDiff& diff);

    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] uint256 storage(const Address& address, const uint256& key) const override;
    [[nodiscard]] state::SharedBytecode code(const Hash32& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;

private:
    struct Changed {
        const state::AccountDiff* diff = nullptr;
        std::map<uint256, uint256> storage;
    };

    [[nodiscard]] const Changed* find(const Address& address) const;

    const state::StateView& base_;
    std::map<Address, Changed> accounts_;
    std::map<Hash32, state::SharedBytecode> codes_;
};

/// The commitment of a state with a diff applied.
class OverlayCommitment final : public state::StateCommitment {
public:
    OverlayCommitment(state::StateCommitment& base, const state::StateDiff& diff)
        : base_{base}, diff_{diff} {}

    [[nodiscard]] Hash32 root_after(const state::StateDiff& diff) override {
        return base_.root_after(compose(diff_, diff));
    }

private:
    state::StateCommitment& base_;
    const state::StateDiff& diff_;
};

/// Block hashes of a chain with a few blocks more.
class OverlayBlockHashes final : public execution::BlockHashes {
public:
    explicit OverlayBlockHashes(const execution::BlockHashes& base) : base_{base} {}

    void add(std::uint64_t number, const Hash32& hash) { hashes_[number] = hash; }
    [[nodiscard]] Hash32 block_hash(std::uint64_t number) const override {
        const auto known = hashes_.find(number);
        return known == hashes_.end() ? base_.block_hash(number) : known->second;
    }

private:
    const execution::BlockHashes& base_;
    std::unordered_map<std::uint64_t, Hash32> hashes_;
};

}  // namespace meta138::blockchain
