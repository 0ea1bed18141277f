// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine_store.hpp"

#include "meta138/blockchain/block_builder.hpp"
#include "meta138/rpc/engine.hpp"
#include "meta138/txpool/shared_pool.hpp"
#include "meta138/types/fork.hpp"

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::rpc {

/// The pool's best executable transactions. Remembers those with blobs that went into the block.
class PoolSource final : public blockchain::TransactionSource {
public:
    /// Null: there is no pool, so nothing to offer. Blob transactions whose sidecar is of another
    /// version than the fork's stay in the pool.
    PoolSource(const txpool::SharedPool* pool, Fork fork);

    std::optional<Candidate> next() override;
    void report(blockchain::Selection selection, std::optional<TransactionError> error) override;

    [[nodiscard]] std::vector<txpool::SharedTransaction> take_blob_transactions() {
        return std::move(blob_transactions_);
    }

private:
    [[nodiscard]] bool has_other_sidecar(const txpool::PoolTransaction& transaction) const {
        return transaction.sidecar && transaction.sidecar->version != sidecar_version_;
    }

    std::optional<txpool::SharedPool::Selection> selection_;
    std::uint8_t sidecar_version_;  // EIP-7594
    txpool::SharedTransaction last_;
    std::vector<txpool::SharedTransaction> blob_transactions_;
};

/// Given transactions, in their order.
class ListSource final : public blockchain::TransactionSource {
public:
    explicit ListSource(std::vector<Candidate> candidates)
        : candidates_{candidates.begin(), candidates.end()} {}

    std::optional<Candidate> next() override;
    void report(blockchain::Selection selection, std::optional<TransactionError> error) override;

    /// Why the first transaction that is not in the block is not.
    [[nodiscard]] const std::optional<TransactionError>& refused() const noexcept {
        return refused_;
    }
    [[nodiscard]] bool took_all() const noexcept { return took_all_; }

private:
    std::deque<Candidate> candidates_;
    std::optional<TransactionError> refused_;
    bool took_all_ = true;
};

/// What a header says of a block that is built for a consensus client.
[[nodiscard]] blockchain::BlockAttributes block_attributes(const PayloadAttributes& attributes,
                                                           const EngineOptions& options);

}  // namespace meta138::rpc
