// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/extra_data.hpp"

#include "header_hash.hpp"
#include "round_rlp.hpp"
#include "signature_rlp.hpp"
#include "vote_rlp.hpp"

#include <utility>

namespace meta138::qbft {
namespace {

// The empty string for a vote to drop; IBFT 2's zero byte is understood too.
bool read_vote_type(rlp::Reader& in) {
    const auto type = in.raw_item();
    if (in.failed() || equal(type, rlp::encode_string({}))) return false;
    auto item = rlp::Reader::item(type);
    const bool is_add = read_vote_byte(item);
    if (const auto end = item.finish(); !end) in.fail(end.error().kind);
    return is_add;
}

std::optional<Vote> read_vote(rlp::Reader& in) {
    auto fields = in.list();
    if (fields.empty()) return std::nullopt;
    Vote vote{.recipient = fields.fixed<Address>()};
    vote.is_add = read_vote_type(fields);
    return vote;
}

void write_vote(rlp::Writer& out, const std::optional<Vote>& vote) {
    out.list([&] {
        if (!vote) return;
        out.fixed(vote->recipient);
        if (vote->is_add)
            out.integer(vote_to_add);
        else
            out.string({});
    });
}

}  // namespace

std::expected<ExtraData, rlp::DecodeError> decode_extra_data(ByteView encoded) {
    auto in = rlp::Reader::list(encoded);
    ExtraData extra_data;
    extra_data.vanity = to_bytes(in.bytes());
    extra_data.validators = in.items(&rlp::Reader::fixed<Address>);
    extra_data.vote = read_vote(in);
    extra_data.round = read_round(in);
    extra_data.seals = in.items(read_signature);
    while (!in.empty()) in.raw_item();
    return in.finish(std::move(extra_data));
}

Bytes encode_extra_data(const ExtraData& extra_data, ExtraDataParts parts) {
    rlp::Writer out;
    out.list([&] {
        out.string(extra_data.vanity);
        out.items(extra_data.validators, &rlp::Writer::fixed<Address::size()>);
        write_vote(out, extra_data.vote);
        out.integer(parts == ExtraDataParts::without_seals_and_round ? 0 : extra_data.round);
        out.list([&] {
            if (parts != ExtraDataParts::all) return;
            for (const auto& seal : extra_data.seals) write_signature(out, seal);
        });
    });
    return out.take();
}

Hash32 on_chain_hash(const Header& header) {
    if (header.number == 0) return block_hash(header);
    const auto extra_data = decode_extra_data(header.extra_data);
    if (!extra_data) return block_hash(header);
    return hash_with(header,
                     encode_extra_data(*extra_data, ExtraDataParts::without_seals_and_round));
}

Hash32 committed_seal_hash(const Header& header) {
    if (header.number == 0) return block_hash(header);
    const auto extra_data = decode_extra_data(header.extra_data);
    if (!extra_data) return block_hash(header);
    return hash_with(header, encode_extra_data(*extra_data, ExtraDataParts::without_seals));
}

Hash32 committed_seal_hash(const Header& header, std::uint32_t round) {
    if (header.number == 0) return block_hash(header);
    auto extra_data = decode_extra_data(header.extra_data);
    if (!extra_data) return block_hash(header);
    extra_data->round = round;
    return hash_with(header, encode_extra_data(*extra_data, ExtraDataParts::without_seals));
}

Header with_round(const Header& header, std::uint32_t round,
                  const std::vector<crypto::Signature>& seals) {
    auto extra_data = decode_extra_data(header.extra_data);
    if (!extra_data) return header;
    extra_data->round = round;
    extra_data->seals = seals;
    Header changed = header;
    changed.extra_data = encode_extra_data(*extra_data);
    return changed;
}

}  // namespace meta138::qbft
