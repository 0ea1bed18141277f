// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/p2p/capability.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/fork_id.hpp"
#include "meta138/types/pooled_transaction.hpp"
#include "meta138/types/receipt.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The messages of eth/66 to eth/69 (devp2p caps/eth.md; EIP-2481, EIP-4938, EIP-5793, EIP-7642).
///
/// Payloads as a Session takes and gives them: without code, not compressed. Decoders are strict
/// about form, and refuse more items than the limits below before they decode them. Where a
/// function takes `version`, it is that of the shared capability.
namespace meta138::p2p::eth {

inline constexpr std::string_view name = "eth";
inline constexpr std::uint64_t lowest_version = 66;
inline constexpr std::uint64_t highest_version = 69;

enum class Code : std::uint8_t {
    status = 0x00,
    new_block_hashes = 0x01,
    transactions = 0x02,
    get_block_headers = 0x03,
    block_headers = 0x04,
    get_block_bodies = 0x05,
    block_bodies = 0x06,
    new_block = 0x07,
    new_pooled_transaction_hashes = 0x08,
    get_pooled_transactions = 0x09,
    pooled_transactions = 0x0a,
    get_node_data = 0x0d,  ///< eth/66 only; answered with nothing.
    node_data = 0x0e,      ///< eth/66 only.
    get_receipts = 0x0f,
    receipts = 0x10,
    block_range_update = 0x11,  ///< eth/69.
};

/// "GetBlockHeaders"; "unknown" for what is no code.
std::string_view to_string(Code code) noexcept;

/// How many codes a version reserves: 17, from eth/69 on 18.
[[nodiscard]] std::uint8_t message_count(std::uint64_t version) noexcept;
/// All versions from `lowest` to `highest`, for LocalPeer and Network::add_protocol.
[[nodiscard]] std::vector<OfferedCapability> capabilities(std::uint64_t lowest = lowest_version,
                                                          std::uint64_t highest = highest_version);
/// Whether the version knows the code; others are a breach of protocol.
[[nodiscard]] bool is_code_of(std::uint64_t version, std::uint8_t code) noexcept;

// What this node serves at most to one request: Besu's limits (EthProtocolConfiguration). A request
// for more is answered in part, which is no breach.

inline constexpr std::size_t max_served_headers = 512;
inline constexpr std::size_t max_served_bodies = 128;
inline constexpr std::size_t max_served_receipts = 256;  ///< Blocks.
inline constexpr std::size_t max_served_transactions = 256;
/// An answer ends with the item that goes beyond (caps/eth.md recommends it).
inline constexpr std::size_t soft_answer_bytes = std::size_t{2} << 20;
/// A Transactions message is not filled beyond (Besu: 1 MiB).
inline constexpr std::size_t soft_transactions_bytes = std::size_t{1} << 20;
/// Hashes in one NewPooledTransactionHashes that this node sends (caps/eth.md recommends it).
inline constexpr std::size_t max_sent_announcements = 4096;

// What decoders accept at most in one message. Everywhere the Session's limit on bytes holds too.

/// Bodies, receipts, transactions. More than are served, as geth asks its test nodes for 2,000.
inline constexpr std::size_t max_requested_hashes = 4096;
inline constexpr std::size_t max_answer_items = 1024;  ///< Unless the caller asked for less.
inline constexpr std::size_t max_announced_blocks = 256;
inline constexpr std::size_t max_announced_transactions = 4 * max_sent_announcements;
inline constexpr std::size_t max_sent_transactions = 4 * max_sent_announcements;

/// The blocks whose bodies and receipts a peer has.
struct BlockRange {
    std::uint64_t earliest = 0;
    std::uint64_t latest = 0;
    Hash32 latest_hash{};

    friend bool operator==(const BlockRange&, const BlockRange&) = default;
};

/// Up to eth/68: [version, network id, total difficulty, head hash, genesis hash, fork id].
/// eth/69: [version, network id, genesis hash, fork id, earliest, latest, latest hash].
struct Status {
    std::uint64_t version = 0;
    std::uint64_t network_id = 0;
    Hash32 genesis_hash{};
    ForkId fork_id{};
    uint256 total_difficulty{};  ///< Up to eth/68.
    Hash32 head_hash{};          ///< In eth/69 the range's latest_hash.
    BlockRange range{};          ///< eth/69.

    friend bool operator==(const Status&, const Status&) = default;
};

struct BlockAnnouncement {
    Hash32 hash{};
    std::uint64_t number = 0;

    friend bool operator==(const BlockAnnouncement&, const BlockAnnouncement&) = default;
};

struct GetBlockHeaders {
    std::uint64_t request_id = 0;
    std::variant<std::uint64_t, Hash32> start{};  ///< A number, or a hash.
    std::uint64_t limit = 0;                      ///< Of any size: the server cuts it.
    std::uint64_t skip = 0;                       ///< Blocks left out between two.
    bool reverse = false;                         ///< Towards genesis.

    friend bool operator==(const GetBlockHeaders&, const GetBlockHeaders&) = default;
};

/// GetBlockBodies, GetReceipts, GetPooledTransactions.
struct HashesRequest {
    std::uint64_t request_id = 0;
    std::vector<Hash32> hashes{};

    friend bool operator==(const HashesRequest&, const HashesRequest&) = default;
};

struct TransactionAnnouncement {
    Hash32 hash{};
    std::uint8_t type = 0;
    std::uint32_t size = 0;  ///< Of the opaque form; 0: not told (eth/66, eth/67).

    friend bool operator==(const TransactionAnnouncement&,
                           const TransactionAnnouncement&) = default;
};

struct NewBlock {
    Block block{};
    uint256 total_difficulty{};

    friend bool operator==(const NewBlock&, const NewBlock&) = default;
};

template <typename Item>
struct AnswerOf {
    std::uint64_t request_id = 0;
    std::vector<Item> items{};

    friend bool operator==(const AnswerOf&, const AnswerOf&) = default;
};

template <typename T>
using Decoded = std::expected<T, rlp::DecodeError>;

// Messages without an answer.

/// The shape, and the version in it, must be `version`'s.
Decoded<Status> decode_status(ByteView payload, std::uint64_t version);
/// The shape is status.version's.
Bytes encode_status(const Status& status);

Decoded<std::vector<BlockAnnouncement>> decode_new_block_hashes(ByteView payload);
Bytes encode_new_block_hashes(std::span<const BlockAnnouncement> blocks);

Decoded<NewBlock> decode_new_block(ByteView payload);
/// `block` is encode_block()'s.
Bytes encode_new_block(ByteView block, const uint256& total_difficulty);

/// Not for blob transactions, which are announced only (EIP-4844): one of those is an error.
Decoded<std::vector<Transaction>> decode_transactions(ByteView payload);
/// Of opaque forms, as encode_transaction() gives them.
Bytes encode_transactions(std::span<const ByteView> opaque);

Decoded<std::vector<TransactionAnnouncement>> decode_new_pooled_transaction_hashes(
    ByteView payload, std::uint64_t version);
Bytes encode_new_pooled_transaction_hashes(std::span<const TransactionAnnouncement> transactions,
                                           std::uint64_t version);

/// An `earliest` above `latest` is an error.
Decoded<BlockRange> decode_block_range_update(ByteView payload);
Bytes encode_block_range_update(const BlockRange& range);

// Requests.

Decoded<GetBlockHeaders> decode_get_block_headers(ByteView payload);
Bytes encode_get_block_headers(const GetBlockHeaders& request);

Decoded<HashesRequest> decode_hashes_request(ByteView payload);
Bytes encode_hashes_request(std::uint64_t request_id, std::span<const Hash32> hashes);

// Answers.

/// The request id of a request or an answer, without looking at the rest.
Decoded<std::uint64_t> peek_request_id(ByteView payload);

/// An answer's items still encoded, as views into `payload`: quick, so that a worker decodes them.
/// Each item's own form is not checked.
Decoded<AnswerOf<ByteView>> split_answer(ByteView payload,
                                         std::size_t max_items = max_answer_items);

Decoded<AnswerOf<Header>> decode_block_headers(ByteView payload,
                                               std::size_t max_items = max_answer_items);
Decoded<AnswerOf<BlockBody>> decode_block_bodies(ByteView payload,
                                                 std::size_t max_items = max_answer_items);
/// One list of receipts for each block. In eth/69 without blooms, which are computed.
Decoded<AnswerOf<std::vector<Receipt>>> decode_receipts(ByteView payload, std::uint64_t version,
                                                        std::size_t max_items = max_answer_items);
/// The receipts of one block: an item of split_answer().
Decoded<std::vector<Receipt>> decode_block_receipts(ByteView encoded, std::uint64_t version);
Decoded<AnswerOf<PooledTransaction>> decode_pooled_transactions(
    ByteView payload, std::size_t max_items = max_answer_items);

/// Writes an answer item by item, each as it is stored: headers and bodies as encode_header() and
/// encode_block_body() give them, block receipts as encode_block_receipts().
class AnswerWriter {
public:
    explicit AnswerWriter(std::uint64_t request_id, std::size_t soft_limit = soft_answer_bytes)
        : request_id_{request_id}, soft_limit_{soft_limit} {}

    /// False: the answer has reached the soft limit with this item; write no more.
    bool add(ByteView encoded_item);
    /// An opaque form of a transaction: a legacy one is an item itself, others go into a string.
    bool add_transaction(ByteView opaque);

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// The message's payload. The writer is empty afterwards.
    [[nodiscard]] Bytes finish();

private:
    std::uint64_t request_id_;
    std::size_t soft_limit_;
    std::size_t count_ = 0;
    Bytes items_;
};

/// The receipts of one block, in the version's form.
Bytes encode_block_receipts(std::span<const Receipt> receipts, std::uint64_t version);

}  // namespace meta138::p2p::eth
