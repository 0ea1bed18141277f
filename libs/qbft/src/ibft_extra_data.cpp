// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/ibft_extra_data.hpp"

#include "header_hash.hpp"
#include "signature_rlp.hpp"
#include "vote_rlp.hpp"

#include "meta138/crypto/keccak.hpp"

#include <optional>
#include <utility>

namespace meta138::qbft {
namespace ibft2 {
namespace {

using RoundBytes = FixedBytes<4>;

std::optional<Vote> read_vote(rlp::Reader& in) {
    if (in.is_string()) {
        if (!in.bytes().empty()) in.fail(rlp::DecodeErrorKind::expected_list);
        return std::nullopt;
    }
    auto fields = in.list();
    Vote vote{.recipient = fields.fixed<Address>()};
    vote.is_add = read_vote_byte(fields);
    return vote;
}

std::uint32_t read_round(rlp::Reader& in) {
    std::uint32_t round = 0;
    for (const auto byte : in.fixed<RoundBytes>()) round = round << 8 | byte;
    return round;
}

RoundBytes to_round_bytes(std::uint32_t round) {
    RoundBytes bytes;
    for (std::size_t i = 0; i < RoundBytes::size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(round >> 8 * (RoundBytes::size() - 1 - i));
    return bytes;
}

void write_vote(rlp::Writer& out, const std::optional<Vote>& vote) {
    if (!vote) {
        out.string({});
        return;
    }
    out.list([&] {
        const std::uint8_t type = vote->is_add ? vote_to_add : vote_to_drop;
        out.fixed(vote->recipient).string({&type, 1});
    });
}

Hash32 hash_of_parts(const Header& header, ExtraDataParts parts) {
    if (header.number == 0) return block_hash(header);
    const auto extra_data = decode_extra_data(header.extra_data);
    if (!extra_data) return block_hash(header);
    return hash_with(header, ibft2::encode_extra_data(*extra_data, parts));
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
    return in.finish(std::move(extra_data));
}

Bytes encode_extra_data(const ExtraData& extra_data, ExtraDataParts parts) {
    rlp::Writer out;
    out.list([&] {
        out.string(extra_data.vanity);
        out.items(extra_data.validators, &rlp::Writer::fixed<Address::size()>);
        write_vote(out, extra_data.vote);
        if (parts == ExtraDataParts::without_seals_and_round) return;
        out.fixed(to_round_bytes(extra_data.round));
        if (parts == ExtraDataParts::without_seals) return;
        out.items(extra_data.seals, write_signature);
    });
    return out.take();
}

Hash32 on_chain_hash(const Header& header) {
    return hash_of_parts(header, ExtraDataParts::without_seals_and_round);
}

Hash32 committed_seal_hash(const Header& header) {
    return hash_of_parts(header, ExtraDataParts::without_seals);
}

}  // namespace ibft2

namespace ibft1 {
namespace {

constexpr std::uint8_t commit_code = 2;

// What is left out is blank.
Bytes encode_without_seals(const LegacyExtraData& extra_data, bool with_proposer_seal) {
    rlp::Writer fields;
    fields.list([&] {
        fields.items(extra_data.validators, &rlp::Writer::fixed<Address::size()>);
        fields.string(with_proposer_seal ? ByteView{extra_data.proposer_seal} : ByteView{});
        fields.list([] {});
    });
    Bytes encoded = to_bytes(extra_data.vanity.bytes);
    encoded.insert(encoded.end(), fields.view().begin(), fields.view().end());
    return encoded;
}

}  // namespace

std::expected<LegacyExtraData, rlp::DecodeError> decode_extra_data(ByteView encoded) {
    if (encoded.size() < Hash32::size())
        return std::unexpected{rlp::DecodeError{rlp::DecodeErrorKind::truncated, 0}};
    auto in = rlp::Reader::list(encoded.subspan(Hash32::size()));
    LegacyExtraData extra_data;
    extra_data.vanity = Hash32::from(encoded.first<Hash32::size()>());
    extra_data.validators = in.items(&rlp::Reader::fixed<Address>);
    extra_data.proposer_seal = to_bytes(in.bytes());
    extra_data.seals = in.items(read_signature);
    return in.finish(std::move(extra_data));
}

Hash32 on_chain_hash(const Header& header) {
    if (header.number == 0) return block_hash(header);
    const auto extra_data = decode_extra_data(header.extra_data);
    if (!extra_data) return block_hash(header);
    return hash_with(header, encode_without_seals(*extra_data, true));
}

Hash32 committed_seal_hash(const Header& header) {
    const auto hash = on_chain_hash(header);
    const std::uint8_t code = commit_code;
    return crypto::Keccak256{}.update(hash.bytes).update({&code, 1}).finish();
}

std::optional<Address> recover_proposer(const Header& header) {
    const auto extra_data = decode_extra_data(header.extra_data);
    if (!extra_data || extra_data->proposer_seal.size() != signature_size) return std::nullopt;
    const auto preimage = hash_with(header, encode_without_seals(*extra_data, false));
    const ByteView seal{extra_data->proposer_seal};
    return crypto::recover_address(crypto::keccak256(preimage.bytes),
                                   Hash32::from(seal.first<32>()),
                                   Hash32::from(seal.subspan<32, 32>()), seal[64]);
}

}  // namespace ibft1
}  // namespace meta138::qbft
