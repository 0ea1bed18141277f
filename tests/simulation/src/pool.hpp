// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/block_builder.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace meta138::simulation {

/// Transactions that wait, by sender and nonce.
using Pool = std::map<Address, std::map<std::uint64_t, blockchain::TransactionSource::Candidate>>;

/// Offers a pool's transactions: of each sender in the order of nonces, until one does not do.
class PoolSource final : public blockchain::TransactionSource {
public:
    explicit PoolSource(const Pool& pool) {
        for (const auto& [sender, queue] : pool)
            for (const auto& [nonce, candidate] : queue) candidates_.push_back(candidate);
    }

    std::optional<Candidate> next() override {
        while (at_ < candidates_.size() && skips_ && candidates_[at_].sender == *skips_) ++at_;
        if (at_ == candidates_.size()) return std::nullopt;
        return candidates_[at_++];
    }
    void report(blockchain::Selection selection, std::optional<TransactionError>) override {
        if (selection != blockchain::Selection::included) skips_ = candidates_[at_ - 1].sender;
    }

private:
    std::vector<Candidate> candidates_;
    std::size_t at_ = 0;
    std::optional<Address> skips_;
};

}  // namespace meta138::simulation
