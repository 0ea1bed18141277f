// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/types/block.hpp"

#include <algorithm>
#include <array>

namespace meta138 {
namespace {

using rlp::Reader;
using rlp::Writer;

// The fields of fixed size, their headers, and as much extra data as a proof-of-work block may
// have.
constexpr std::size_t header_payload_hint = 640;

}  // namespace

Header read_header(Reader& in) {
    auto fields = in.list();
    return {
        .parent_hash = fields.fixed<Hash32>(),
        .ommers_hash = fields.fixed<Hash32>(),
        .coinbase = fields.fixed<Address>(),
        .state_root = fields.fixed<Hash32>(),
        .transactions_root = fields.fixed<Hash32>(),
        .receipt_root = fields.fixed<Hash32>(),
        .bloom = fields.fixed<Bloom>(),
        .difficulty = fields.integer<uint256>(),
        .number = fields.integer<std::uint64_t>(),
        .gas_limit = fields.integer<std::uint64_t>(),
        .gas_used = fields.integer<std::uint64_t>(),
        .timestamp = fields.integer<std::uint64_t>(),
        .extra_data = to_bytes(fields.bytes()),
        .prev_randao = fields.fixed<Hash32>(),
        .nonce = fields.fixed<BlockNonce>(),
        .base_fee_per_gas = fields.trailing(&Reader::integer<uint256>),
        .withdrawals_root = fields.trailing(&Reader::fixed<Hash32>),
        .blob_gas_used = fields.trailing(&Reader::integer<std::uint64_t>),
        .excess_blob_gas = fields.trailing(&Reader::integer<std::uint64_t>),
        .parent_beacon_block_root = fields.trailing(&Reader::fixed<Hash32>),
        .requests_hash = fields.trailing(&Reader::fixed<Hash32>),
    };
}

void write_header(Writer& out, const Header& header) {
    META138_ASSERT(is_well_formed(header));
    const auto write_fields = [&] {
        out.fixed(header.parent_hash);
        out.fixed(header.ommers_hash);
        out.fixed(header.coinbase);
        out.fixed(header.state_root);
        out.fixed(header.transactions_root);
        out.fixed(header.receipt_root);
        out.fixed(header.bloom);
        out.integer(header.difficulty);
        out.integer(header.number);
        out.integer(header.gas_limit);
        out.integer(header.gas_used);
        out.integer(header.timestamp);
        out.string(header.extra_data);
        out.fixed(header.prev_randao);
        out.fixed(header.nonce);
        if (header.base_fee_per_gas) out.integer(*header.base_fee_per_gas);
        if (header.withdrawals_root) out.fixed(*header.withdrawals_root);
        if (header.blob_gas_used) out.integer(*header.blob_gas_used);
        if (header.excess_blob_gas) out.integer(*header.excess_blob_gas);
        if (header.parent_beacon_block_root) out.fixed(*header.parent_beacon_block_root);
        if (header.requests_hash) out.fixed(*header.requests_hash);
    };
    out.list(write_fields, header_payload_hint);
}

bool is_well_formed(const Header& header) noexcept {
    const std::array present{
        header.base_fee_per_gas.has_value(),
        header.withdrawals_root.has_value(),
        header.blob_gas_used.has_value(),
        header.excess_blob_gas.has_value(),
        header.parent_beacon_block_root.has_value(),
        header.requests_hash.has_value(),
    };
    return std::ranges::is_sorted(present, std::ranges::greater{});
}

std::expected<Header, rlp::DecodeError> decode_header(ByteView encoded) {
    auto in = Reader::sequence(encoded);
    return in.finish(read_header(in));
}

Bytes encode_header(const Header& header) {
    Writer out;
    out.reserve(header_payload_hint + header.extra_data.size());
    write_header(out, header);
    return out.take();
}

Hash32 block_hash(const Header& header) {
    return crypto::keccak256(encode_header(header));
}

Hash32 ommers_hash(std::span<const Header> ommers) {
    Writer out;
    out.items(ommers, write_header);
    return crypto::keccak256(out.view());
}

}  // namespace meta138
