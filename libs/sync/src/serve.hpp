// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/p2p/eth.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <cstdint>

namespace meta138::sync {

// Answers to the requests of eth, of what one view of the chain has; pure functions for any thread.
// What a peer asks for costs at most the limits in p2p/eth.hpp; more than that is answered in part.
// Throw storage::IoError.

/// BlockHeaders: canonical ones, from a number or a hash on, `skip` apart, in either direction.
[[nodiscard]] Bytes serve_headers(const blockchain::ChainView& view,
                                  const p2p::eth::GetBlockHeaders& request);
/// BlockBodies: unknown blocks, and those no longer retained, are left out.
[[nodiscard]] Bytes serve_bodies(const blockchain::ChainView& view,
                                 const p2p::eth::HashesRequest& request);
/// Receipts, in the version's form.
[[nodiscard]] Bytes serve_receipts(const blockchain::ChainView& view,
                                   const p2p::eth::HashesRequest& request, std::uint64_t version);
/// PooledTransactions: those that the pool has, blob transactions with their sidecars.
[[nodiscard]] Bytes serve_pooled_transactions(const txpool::SharedPool& pool,
                                              const p2p::eth::HashesRequest& request);

}  // namespace meta138::sync
