// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/consensus.hpp"

#include <memory>

namespace meta138::sync::test {

inline constexpr BlockNonce bad_seal{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// A chain like QBFT's: blocks are final, and their hash does not depend on the seal, for which the
/// nonce stands in. Any seal is good but `bad_seal`.
class SealedConsensus final : public blockchain::Consensus {
public:
    explicit SealedConsensus(const Genesis& genesis, bool checks_seals = true, bool is_final = true)
        : rules_{blockchain::make_trusting_consensus(genesis)},
          checks_seals_{checks_seals},
          is_final_{is_final} {}

    [[nodiscard]] execution::BlockRules rules_at(
        std::uint64_t number, std::uint64_t timestamp,
        const uint256& parent_total_difficulty) const override {
        return rules_->rules_at(number, timestamp, parent_total_difficulty);
    }
    [[nodiscard]] Hash32 block_hash(const Header& header) const override {
        auto bare = header;
        if (header.number > 0) bare.nonce = {};
        return meta138::block_hash(bare);
    }
    [[nodiscard]] std::expected<void, blockchain::InvalidSeal> validate_seal(
        const Header& header, const Header& /*parent*/,
        const blockchain::Ancestry& /*ancestry*/) const override {
        if (checks_seals_ && header.nonce == bad_seal)
            return std::unexpected{blockchain::InvalidSeal{.reason = "nobody sealed it"}};
        return {};
    }
    [[nodiscard]] bool is_final() const noexcept override { return is_final_; }

private:
    std::unique_ptr<blockchain::Consensus> rules_;
    bool checks_seals_;
    bool is_final_;
};

}  // namespace meta138::sync::test
