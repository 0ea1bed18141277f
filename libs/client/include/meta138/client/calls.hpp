// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/client/call.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The methods that services use, typed.
namespace meta138::client {

/// A number, or a tag.
class BlockId {
public:
    BlockId(std::uint64_t number);  // NOLINT(*-explicit-*)
    [[nodiscard]] static BlockId latest() { return BlockId{"latest"}; }
    [[nodiscard]] static BlockId pending() { return BlockId{"pending"}; }
    [[nodiscard]] static BlockId safe() { return BlockId{"safe"}; }
    [[nodiscard]] static BlockId finalized() { return BlockId{"finalized"}; }
    [[nodiscard]] static BlockId earliest() { return BlockId{"earliest"}; }

    /// `latest`, `0x10`
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    explicit BlockId(std::string_view tag) : text_{tag} {}
    std::string text_;
};

/// What services look at in a block's header.
struct Head {
    std::uint64_t number = 0;
    Hash32 hash = {};
    Hash32 parent_hash = {};
    std::uint64_t timestamp = 0;  ///< seconds since the Unix epoch
    std::uint64_t gas_limit = 0;
    std::uint64_t gas_used = 0;
    std::optional<uint256> base_fee_per_gas = {};  ///< London and later
    Address coinbase = {};
    Bytes extra_data = {};
    /// Hashes; eth_getBlockBy... only, newHeads does not tell.
    std::vector<Hash32> transactions = {};

    friend bool operator==(const Head&, const Head&) = default;
};
/// A header as JSON-RPC spells it. The error says what is missing.
[[nodiscard]] std::expected<Head, std::string> decode_head(json::Value object);

/// What eth_call, eth_estimateGas and eth_sendTransaction take. Absent fields are not sent.
struct CallRequest {
    std::optional<Address> from = {};
    std::optional<Address> to = {};
    std::optional<std::uint64_t> gas = {};
    std::optional<uint256> gas_price = {};
    std::optional<uint256> max_fee_per_gas = {};
    std::optional<uint256> max_priority_fee_per_gas = {};
    std::optional<uint256> value = {};
    std::optional<std::uint64_t> nonce = {};
    Bytes data = {};
};
[[nodiscard]] std::string to_json(const CallRequest& request);

struct LogEntry {
    Address address = {};
    std::vector<Hash32> topics = {};
    Bytes data = {};
    std::uint64_t block_number = 0;
    Hash32 block_hash = {};
    Hash32 transaction_hash = {};
    std::uint64_t log_index = 0;
    bool removed = false;
};

struct TransactionReceipt {
    Hash32 transaction_hash = {};
    Hash32 block_hash = {};
    std::uint64_t block_number = 0;
    std::uint64_t transaction_index = 0;
    bool succeeded = false;
    std::uint64_t gas_used = 0;
    uint256 effective_gas_price = {};
    std::optional<Address> contract_address = {};
    std::vector<LogEntry> logs = {};
};

/// eth_feeHistory. A block's base fee and the next block's are neighbours: one more fee than
/// blocks.
struct FeeHistory {
    std::uint64_t oldest_block = 0;
    std::vector<uint256> base_fees = {};
    std::vector<double> gas_used_ratios = {};
    /// For each block, one priority fee a percentile asked for.
    std::vector<std::vector<uint256>> rewards = {};
};

struct SyncStatus {
    std::uint64_t starting_block = 0;
    std::uint64_t current_block = 0;
    std::uint64_t highest_block = 0;
};

struct LogFilter {
    BlockId from = BlockId::latest();
    BlockId to = BlockId::latest();
    std::vector<Address> addresses = {};  ///< any of them; empty: all
    /// Each position: any of its hashes; an empty position: anything.
    std::vector<std::vector<Hash32>> topics = {};
};

[[nodiscard]] Call<std::string> client_version();
[[nodiscard]] Call<std::uint64_t> chain_id();
[[nodiscard]] Call<std::uint64_t> block_number();
/// Absent: the node does not know the block.
[[nodiscard]] Call<std::optional<Head>> head(BlockId block = BlockId::latest());
[[nodiscard]] Call<std::optional<Head>> head_by_hash(const Hash32& hash);
[[nodiscard]] Call<uint256> balance(const Address& account, BlockId block = BlockId::latest());
/// The next nonce; with `pending`, behind what the pool holds.
[[nodiscard]] Call<std::uint64_t> transaction_count(const Address& account,
                                                    BlockId block = BlockId::latest());
[[nodiscard]] Call<Bytes> code(const Address& account, BlockId block = BlockId::latest());
[[nodiscard]] Call<Hash32> storage_at(const Address& account, const Hash32& slot,
                                      BlockId block = BlockId::latest());
[[nodiscard]] Call<uint256> gas_price();
[[nodiscard]] Call<uint256> max_priority_fee_per_gas();
[[nodiscard]] Call<std::uint64_t> estimate_gas(const CallRequest& request);
/// eth_call: what the contract returns. A revert is an error of kind `rpc` with its data.
[[nodiscard]] Call<Bytes> call(const CallRequest& request, BlockId block = BlockId::latest());
[[nodiscard]] Call<Bytes> call(const Address& to, Bytes data, BlockId block = BlockId::latest());
/// The hash. Repeatable: a node that has it already answers with an error that says so.
[[nodiscard]] Call<Hash32> send_raw_transaction(ByteView transaction);
/// A signer's eth_sendTransaction. Not repeatable.
[[nodiscard]] Call<Hash32> send_transaction(const CallRequest& request);
/// Absent while the transaction is in no block.
[[nodiscard]] Call<std::optional<TransactionReceipt>> transaction_receipt(const Hash32& hash);
/// Whether the node knows the transaction, pooled or in a block; its block's number if it is in
/// one.
struct TransactionPlace {
    std::optional<std::uint64_t> block_number = {};
};
[[nodiscard]] Call<std::optional<TransactionPlace>> find_transaction(const Hash32& hash);
/// Percentiles are 0 to 100, ascending.
[[nodiscard]] Call<FeeHistory> fee_history(std::uint64_t blocks, BlockId newest,
                                           const std::vector<double>& percentiles = {});
[[nodiscard]] Call<std::vector<LogEntry>> logs(const LogFilter& filter);
/// Absent: not syncing.
[[nodiscard]] Call<std::optional<SyncStatus>> syncing();
[[nodiscard]] Call<std::uint64_t> peer_count();

}  // namespace meta138::client
