// SPDX-License-Identifier: Apache-2.0
#include "eth/opaque_transaction.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/p2p/eth.hpp"

namespace meta138::p2p::eth {
namespace {

constexpr std::uint64_t first_version_with_range = 69;
constexpr std::uint64_t first_version_with_types = 68;  // in announcements of transactions

BlockAnnouncement read_block_announcement(rlp::Reader& in) {
    auto fields = in.list();
    return {.hash = fields.fixed<Hash32>(), .number = fields.integer<std::uint64_t>()};
}

BlockRange read_range(rlp::Reader& in) {
    const BlockRange range{.earliest = in.integer<std::uint64_t>(),
                           .latest = in.integer<std::uint64_t>(),
                           .latest_hash = in.fixed<Hash32>()};
    if (range.earliest > range.latest) in.fail(rlp::DecodeErrorKind::invalid_value);
    return range;
}

/// Blobs do not travel in Transactions messages.
Transaction read_broadcast_transaction(rlp::Reader& in) {
    auto transaction = read_transaction(in);
    if (transaction.type == TransactionType::blob) in.fail(rlp::DecodeErrorKind::invalid_value);
    return transaction;
}

void read_announcements_with_types(rlp::Reader& in, std::vector<TransactionAnnouncement>& out) {
    const auto types = in.bytes();
    const auto sizes = in.items(&rlp::Reader::integer<std::uint32_t>, max_announced_transactions);
    const auto hashes = in.items(&rlp::Reader::fixed<Hash32>, max_announced_transactions);
    if (types.size() != sizes.size() || types.size() != hashes.size())
        return in.fail(rlp::DecodeErrorKind::invalid_value);
    out.reserve(hashes.size());
    for (std::size_t i = 0; i < hashes.size(); ++i)
        out.push_back({.hash = hashes[i], .type = types[i], .size = sizes[i]});
}

}  // namespace

std::string_view to_string(Code code) noexcept {
    switch (code) {
        case Code::status: return "Status";
        case Code::new_block_hashes: return "NewBlockHashes";
        case Code::transactions: return "Transactions";
        case Code::get_block_headers: return "GetBlockHeaders";
        case Code::block_headers: return "BlockHeaders";
        case Code::get_block_bodies: return "GetBlockBodies";
        case Code::block_bodies: return "BlockBodies";
        case Code::new_block: return "NewBlock";
        case Code::new_pooled_transaction_hashes: return "NewPooledTransactionHashes";
        case Code::get_pooled_transactions: return "GetPooledTransactions";
        case Code::pooled_transactions: return "PooledTransactions";
        case Code::get_node_data: return "GetNodeData";
        case Code::node_data: return "NodeData";
        case Code::get_receipts: return "GetReceipts";
        case Code::receipts: return "Receipts";
        case Code::block_range_update: return "BlockRangeUpdate";
    }
    return "unknown";
}

std::uint8_t message_count(std::uint64_t version) noexcept {
    return version >= first_version_with_range ? 18 : 17;
}

std::vector<OfferedCapability> capabilities(std::uint64_t lowest, std::uint64_t highest) {
    std::vector<OfferedCapability> result;
    for (auto version = lowest; version <= highest; ++version)
        result.push_back({.capability = {.name = std::string{name}, .version = version},
                          .message_count = message_count(version)});
    return result;
}

bool is_code_of(std::uint64_t version, std::uint8_t code) noexcept {
    switch (static_cast<Code>(code)) {
        case Code::get_node_data:
        case Code::node_data: return version == lowest_version;
        case Code::block_range_update: return version >= first_version_with_range;
        default: return to_string(static_cast<Code>(code)) != "unknown";
    }
}

Decoded<Status> decode_status(ByteView payload, std::uint64_t version) {
    auto in = rlp::Reader::list(payload);
    Status status{.version = in.integer<std::uint64_t>()};
    if (status.version != version) in.fail(rlp::DecodeErrorKind::invalid_value);
    status.network_id = in.integer<std::uint64_t>();
    if (version >= first_version_with_range) {
        status.genesis_hash = in.fixed<Hash32>();
        status.fork_id = read_fork_id(in);
        status.range = read_range(in);
        status.head_hash = status.range.latest_hash;
    } else {
        status.total_difficulty = in.integer<uint256>();
        status.head_hash = in.fixed<Hash32>();
        status.genesis_hash = in.fixed<Hash32>();
        status.fork_id = read_fork_id(in);
    }
    return in.finish(status);
}

Bytes encode_status(const Status& status) {
    rlp::Writer out;
    out.list([&] {
        out.integer(status.version).integer(status.network_id);
        if (status.version >= first_version_with_range) {
            out.fixed(status.genesis_hash);
            write_fork_id(out, status.fork_id);
            out.integer(status.range.earliest).integer(status.range.latest);
            out.fixed(status.range.latest_hash);
        } else {
            out.integer(status.total_difficulty).fixed(status.head_hash);
            out.fixed(status.genesis_hash);
            write_fork_id(out, status.fork_id);
        }
    });
    return out.take();
}

Decoded<std::vector<BlockAnnouncement>> decode_new_block_hashes(ByteView payload) {
    auto in = rlp::Reader::item(payload);
    return in.finish(in.items(read_block_announcement, max_announced_blocks));
}

Bytes encode_new_block_hashes(std::span<const BlockAnnouncement> blocks) {
    rlp::Writer out;
    out.items(blocks, [](rlp::Writer& to, const BlockAnnouncement& block) {
        to.list([&] { to.fixed(block.hash).integer(block.number); });
    });
    return out.take();
}

Decoded<NewBlock> decode_new_block(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    NewBlock message;
    message.block = read_block(in);
    message.total_difficulty = in.integer<uint256>();
    return in.finish(std::move(message));
}

Bytes encode_new_block(ByteView block, const uint256& total_difficulty) {
    return rlp::encode_list(rlp::Raw{block}, total_difficulty);
}

Decoded<std::vector<Transaction>> decode_transactions(ByteView payload) {
    auto in = rlp::Reader::item(payload);
    return in.finish(in.items(read_broadcast_transaction, max_sent_transactions));
}

Bytes encode_transactions(std::span<const ByteView> opaque) {
    std::size_t size = 0;
    for (const auto transaction : opaque)
        size += rlp::header_size(transaction.size()) + transaction.size();
    rlp::Writer out;
    out.reserve(rlp::list_size(size));
    out.items(opaque, write_opaque_transaction, size);
    return out.take();
}

Decoded<std::vector<TransactionAnnouncement>> decode_new_pooled_transaction_hashes(
    ByteView payload, std::uint64_t version) {
    std::vector<TransactionAnnouncement> result;
    if (version >= first_version_with_types) {
        auto in = rlp::Reader::list(payload);
        read_announcements_with_types(in, result);
        return in.finish(std::move(result));
    }
    auto in = rlp::Reader::item(payload);
    const auto hashes = in.items(&rlp::Reader::fixed<Hash32>, max_announced_transactions);
    for (const auto& hash : hashes) result.push_back({.hash = hash});
    return in.finish(std::move(result));
}

Bytes encode_new_pooled_transaction_hashes(std::span<const TransactionAnnouncement> transactions,
                                           std::uint64_t version) {
    const auto write_hash = [](rlp::Writer& to, const TransactionAnnouncement& announced) {
        to.fixed(announced.hash);
    };
    const auto hashes_size = transactions.size() * 33;
    rlp::Writer out;
    if (version < first_version_with_types) {
        out.items(transactions, write_hash, hashes_size);
        return out.take();
    }
    Bytes types;
    types.reserve(transactions.size());
    for (const auto& announced : transactions) types.push_back(announced.type);
    out.list(
        [&] {
            out.string(types);
            out.items(transactions, [](rlp::Writer& to, const TransactionAnnouncement& announced) {
                to.integer(std::uint64_t{announced.size});
            });
            out.items(transactions, write_hash, hashes_size);
        },
        transactions.size() * 40);
    return out.take();
}

Decoded<BlockRange> decode_block_range_update(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    return in.finish(read_range(in));
}

Bytes encode_block_range_update(const BlockRange& range) {
    return rlp::encode_list(range.earliest, range.latest, range.latest_hash);
}

}  // namespace meta138::p2p::eth
