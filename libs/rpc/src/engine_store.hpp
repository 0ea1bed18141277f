// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine_payload.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/txpool/pool_transaction.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::rpc {

using PayloadId = FixedBytes<8>;

/// A payload in the making.
struct PayloadJob {
    PayloadAttributes attributes;
    Hash32 parent_hash;
    /// Without transactions from the start, so that there is always one.
    std::shared_ptr<const blockchain::ExecutedBlock> built;
    std::vector<txpool::SharedTransaction> blob_transactions;  ///< Those in `built`, in order.
};

/// What the Engine API remembers between calls. The chain's thread alone uses it.
class EngineStore {
public:
    using Executed = std::shared_ptr<const blockchain::ExecutedBlock>;

    /// Executed blocks that are not canonical; the lowest ones go when there are too many.
    void remember(Executed block);
    /// Null: not here.
    [[nodiscard]] Executed find(const Hash32& hash) const;
    /// The block and its ancestors as far as they are here, oldest first; empty if it is not.
    [[nodiscard]] std::vector<Executed> branch_to(const Hash32& hash) const;
    /// After a change of the head: drops what is canonical, and what is far below.
    void prune(const blockchain::ChainView& view);

    /// Blocks that turned out invalid, each with its last valid ancestor.
    void mark_invalid(const Hash32& hash, const Hash32& latest_valid);
    [[nodiscard]] std::optional<Hash32> latest_valid_of_invalid(const Hash32& hash) const;

    void add_job(const PayloadId& id, PayloadJob job);
    [[nodiscard]] PayloadJob* find_job(const PayloadId& id);

private:
    static constexpr std::size_t max_executed = 96;
    static constexpr std::uint64_t max_depth = 64;
    static constexpr std::size_t max_invalid = 512;
    static constexpr std::size_t max_jobs = 16;

    std::map<Hash32, Executed> executed_;
    std::map<Hash32, Hash32> invalid_;
    std::deque<Hash32> invalid_order_;
    std::map<PayloadId, PayloadJob> jobs_;
    std::deque<PayloadId> job_order_;
};

/// Eight bytes that follow from what the payload is to be.
[[nodiscard]] PayloadId payload_id(const Hash32& parent, const PayloadAttributes& attributes);

}  // namespace meta138::rpc
