// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/txpool/pool_transaction.hpp"
#include "meta138/types/block.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace meta138::rpc {

/// Payload attributes V1 to V3 (execution-apis).
struct PayloadAttributes {
    std::uint64_t timestamp = 0;
    Hash32 prev_randao;
    Address suggested_fee_recipient;
    std::optional<std::vector<Withdrawal>> withdrawals;
    std::optional<Hash32> parent_beacon_block_root;
};
[[nodiscard]] RpcResult<PayloadAttributes> read_payload_attributes(json::Value value);

/// What engine_newPayload is given beside the payload.
struct PayloadCompanions {
    std::optional<Hash32> parent_beacon_block_root;        ///< V3
    std::optional<std::vector<Bytes>> execution_requests;  ///< V4
};

/// A payload with the hash it claims to have.
struct Payload {
    Block block;
    Hash32 claimed_hash;
    /// Set when a transaction cannot be decoded: the payload is invalid, not the request.
    std::string fault;
};
[[nodiscard]] RpcResult<Payload> read_payload(json::Value value,
                                              const PayloadCompanions& companions);

[[nodiscard]] std::optional<std::vector<Withdrawal>> read_withdrawals(json::Value value);
void write_withdrawals(json::Writer& out, std::span<const Withdrawal> withdrawals);
/// "0x…" of each transaction's opaque form.
void write_raw_transactions(json::Writer& out, std::span<const Transaction> transactions);

/// An ExecutionPayload of the version that its fork has.
void write_payload(json::Writer& out, const Block& block, const Hash32& hash);

/// What a block pays to its coinbase beyond the base fee, in wei.
[[nodiscard]] uint256 block_value(const blockchain::ExecutedBlock& block);

/// The answer of engine_getPayload of that version; `blobs` are the block's blob transactions.
void write_built_payload(json::Writer& out, const blockchain::ExecutedBlock& built,
                         std::span<const txpool::SharedTransaction> blobs, unsigned version);

}  // namespace meta138::rpc
