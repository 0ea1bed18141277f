// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/messages.hpp"

#include "signed_rlp.hpp"
#include "test_keys.hpp"
#include "vectors.hpp"

#include "meta138/codec/rlp/item.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/qbft/extra_data.hpp"

#include <gtest/gtest.h>

namespace meta138::qbft {
namespace {

using namespace literals;
using rlp::DecodeErrorKind;

constexpr auto digest = "0x269fbd676a254e59b01b95b6c489a39ce8684a17a8b8f45e0aa6aeae72d62675"_hash32;

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// What the signature of a message is of.
Hash32 hash_of_signed(MessageCode code, ByteView encoded) {
    const auto item = rlp::decode_item(encoded).value();
    return signing_hash(code, rlp::encode_item(item.list().at(0)));
}

std::shared_ptr<const Block> block_1(std::uint32_t round = 0) {
    auto header = decode_header(bytes_of(vectors::derived_header)).value();
    return std::make_shared<const Block>(Block{
        .header = with_round(header, round), .transactions = {}, .ommers = {}, .withdrawals = {}});
}

SignedPrepare prepare_by(std::uint64_t key) {
    return sign_prepare({.sequence = 1, .round = 0, .digest = digest}, signer(key),
                        address_of_key(key));
}

/// Of the keys 4, 2 and 3: ascending by address.
std::vector<SignedPrepare> quorum_of_prepares() {
    return {prepare_by(4), prepare_by(2), prepare_by(3)};
}

SignedRoundChange round_change_by(std::uint64_t key, bool is_prepared) {
    RoundChangePayload payload{.sequence = 1, .round = 1};
    if (is_prepared)
        payload.prepared = PreparedMetadata{.prepared_round = 0, .prepared_block_hash = digest};
    return sign_round_change(payload, signer(key), address_of_key(key));
}

Proposal proposal_of_round_0(MessageForm form = MessageForm::current) {
    return {.proposal = sign_proposal({.sequence = 1, .round = 0, .block = block_1()}, signer(4),
                                      address_of_key(4), form)};
}

Proposal proposal_of_round_1() {
    return {.proposal = sign_proposal({.sequence = 1, .round = 1, .block = block_1(1)}, signer(2),
                                      address_of_key(2)),
            .round_changes = {round_change_by(4, true), round_change_by(2, false),
                              round_change_by(3, false)},
            .prepares = quorum_of_prepares()};
}

RoundChange prepared_round_change() {
    return {.round_change = round_change_by(1, true),
            .block = block_1(),
            .block_access_list = {},
            .prepares = quorum_of_prepares()};
}

TEST(Message, of_a_real_network_has_its_author) {
    const auto prepare = bytes_of(vectors::captured_prepare);
    const auto decoded = decode_prepare(prepare).value();
    EXPECT_EQ(decoded.payload.sequence, 51045U);
    EXPECT_EQ(decoded.payload.round, 15U);
    EXPECT_EQ(hash_of_signed(MessageCode::prepare, prepare),
              "0xbb59566ffa13e5d37d099c8a1a375ef8756b16e33f263bcb147914d639b941cd"_hash32);
    EXPECT_EQ(decoded.author, "0xc62ecb2c35a25dd71bd1c92a6cbccecc5698b2a7"_address);
    EXPECT_EQ(encode_prepare(decoded), prepare);
}

TEST(Message, to_commit_seals_with_the_same_key) {
    const auto commit = bytes_of(vectors::captured_commit);
    const auto decoded = decode_commit(commit).value();
    EXPECT_EQ(decoded.payload.sequence, 899155U);
    EXPECT_EQ(decoded.payload.round, 0U);
    EXPECT_EQ(hash_of_signed(MessageCode::commit, commit),
              "0xfe1862ea85c16a49ea267af097284d3d4938a29c443588b6c103c08b8d641a7c"_hash32);
    const auto author = "0x1643a50a491de9e8223e41d1a2917a501ca64874"_address;
    EXPECT_EQ(decoded.author, author);
    EXPECT_EQ(crypto::recover_address(decoded.payload.digest, decoded.payload.commit_seal), author);
    EXPECT_EQ(encode_commit(decoded), commit);
}

TEST(Message, to_change_the_round_may_have_three_items) {
    const auto encoded = bytes_of(vectors::captured_round_change);
    const auto decoded = decode_round_change(encoded).value();
    EXPECT_EQ(decoded.round_change.payload.sequence, 51045U);
    EXPECT_EQ(decoded.round_change.payload.round, 8U);
    EXPECT_EQ(decoded.round_change.payload.prepared, std::nullopt);
    EXPECT_EQ(decoded.block, nullptr);
    EXPECT_TRUE(decoded.prepares.empty());
    EXPECT_EQ(hash_of_signed(MessageCode::round_change, decoded.round_change.encoded),
              "0xcd0f53de6346d71df6c34a9a146775f752906c393ebe4c1ee8613a9f0d95cb8c"_hash32);
    EXPECT_EQ(decoded.round_change.author, "0x2839a248baa592b8fa4e566e1585493925a2f8a0"_address);
    EXPECT_EQ(encode_round_change(decoded, MessageForm::legacy), encoded);
}

TEST(Message, of_the_old_test_suite_comes_back_as_it_was) {
    const auto block = bytes_of(vectors::structural_block);
    const auto whole = [&](std::string_view start, std::string_view end) {
        return bytes_of(start) + block + bytes_of(end);
    };
    const auto prepare = bytes_of(vectors::structural_prepare);
    EXPECT_EQ(encode_prepare(decode_prepare(prepare).value()), prepare);
    const auto commit = bytes_of(vectors::structural_commit);
    EXPECT_EQ(encode_commit(decode_commit(commit).value()), commit);
    const auto empty = bytes_of(vectors::structural_round_change);
    EXPECT_EQ(encode_round_change(decode_round_change(empty).value(), MessageForm::legacy), empty);

    const auto round_change =
        whole(vectors::structural_round_change_start, vectors::structural_round_change_end);
    EXPECT_EQ(crypto::keccak256(round_change),
              "0x1356744ff0079d0611b37f3ebdefff8318cbe49fe6bd15748271af170b29db79"_hash32);
    EXPECT_EQ(encode_round_change(decode_round_change(round_change).value(), MessageForm::legacy),
              round_change);

    const auto proposal =
        whole(vectors::structural_proposal_start, vectors::structural_proposal_end);
    EXPECT_EQ(crypto::keccak256(proposal),
              "0x64c022f9e0b3c8cce5e2fb744829aab972323f8a2714ba4cef2f1570f8f18d0e"_hash32);
    EXPECT_EQ(encode_proposal(decode_proposal(proposal).value()), proposal);
    const auto justified = whole(vectors::structural_justified_proposal_start,
                                 vectors::structural_justified_proposal_end);
    EXPECT_EQ(crypto::keccak256(justified),
              "0xcba92d0fb3057622263d543381ab19831e67bcac5a76ef487494a6f20660cb5c"_hash32);
    const auto decoded = decode_proposal(justified).value();
    EXPECT_EQ(decoded.round_changes.size(), 1U);
    EXPECT_EQ(decoded.prepares.size(), 1U);
    EXPECT_EQ(encode_proposal(decoded), justified);
}

TEST(Proposal, of_round_0_is_as_derived) {
    const auto expected = bytes_of(vectors::derived_proposal);
    EXPECT_EQ(encode_proposal(proposal_of_round_0()), expected);
    EXPECT_EQ(crypto::keccak256(expected),
              "0x799dadc49692523af22d016b926e594da1de4c5712326ab28d1c3e3d3d772197"_hash32);
    const auto decoded = decode_proposal(expected).value();
    EXPECT_EQ(hash_of_signed(MessageCode::proposal, decoded.proposal.encoded),
              "0xa3240e7350b478100e72947a4845f7cc563e948f4d4e1038477d280db60cf8a7"_hash32);
    EXPECT_EQ(decoded.proposal.author, address_of_key(4));
    EXPECT_EQ(*decoded.proposal.payload.block, *block_1());
    EXPECT_EQ(decoded.proposal.payload.block_access_list, std::nullopt);
    EXPECT_EQ(committed_seal_hash(decoded.proposal.payload.block->header), digest);
    EXPECT_EQ(committed_seal_hash(decoded.proposal.payload.block->header, 1),
              "0xd686fc3440cd9c82a9eca5b6f40978cc7753b0f4a57bd954cbb8002d5ca52e8d"_hash32);
}

TEST(Proposal, of_the_legacy_form_has_no_place_for_a_block_access_list) {
    const auto encoded = encode_proposal(proposal_of_round_0(MessageForm::legacy));
    EXPECT_EQ(encoded.size(), 714U);
    EXPECT_EQ(crypto::keccak256(encoded),
              "0x07027b9ef7188bfe46d12d694810f8db733fa24ccf0da3d2e78ff9e6b760cebd"_hash32);
    const auto decoded = decode_proposal(encoded).value();
    EXPECT_EQ(hash_of_signed(MessageCode::proposal, decoded.proposal.encoded),
              "0xabe5ca39e87c21a75d9541f9d24e03a9dbcea69c36027346214f82943abffae0"_hash32);
    EXPECT_EQ(decoded.proposal.author, address_of_key(4));
    EXPECT_EQ(encode_proposal(decoded), encoded);
}

TEST(Proposal, of_round_1_carries_its_justification) {
    const auto encoded = encode_proposal(proposal_of_round_1());
    EXPECT_EQ(encoded.size(), 1288U);
    EXPECT_EQ(crypto::keccak256(encoded),
              "0xbfb2db98825775d3f762631d88020db1ad91fd06c2785560368b5e7d35bbee1b"_hash32);
    const auto decoded = decode_proposal(encoded).value();
    EXPECT_EQ(hash_of_signed(MessageCode::proposal, decoded.proposal.encoded),
              "0xc09c6afd5fc4577f5e941e546013e567c013d955e72e29d4827b8dba71776281"_hash32);
    EXPECT_EQ(decoded.proposal.author, address_of_key(2));
    EXPECT_EQ(decoded.round_changes, proposal_of_round_1().round_changes);
    EXPECT_EQ(decoded.prepares, quorum_of_prepares());
}

TEST(Proposal, keeps_a_block_access_list_apart_from_none) {
    const auto with = [](std::optional<Bytes> list) {
        const auto signed_proposal = sign_proposal(
            {.sequence = 1, .round = 0, .block = block_1(), .block_access_list = std::move(list)},
            signer(4), address_of_key(4));
        return decode_proposal(encode_proposal({.proposal = signed_proposal}))
            .value()
            .proposal.payload.block_access_list;
    };
    EXPECT_EQ(with({}), std::nullopt);
    EXPECT_EQ(with(Bytes{0xc0}), Bytes{0xc0});
    EXPECT_EQ(with(Bytes{0xc1, 0x80}), (Bytes{0xc1, 0x80}));
}

TEST(Prepare, is_as_derived) {
    const auto prepare = prepare_by(1);
    EXPECT_EQ(encode_prepare(prepare), bytes_of(vectors::derived_prepare));
    EXPECT_EQ(decode_prepare(prepare.encoded), prepare);
}

TEST(Commit, is_as_derived) {
    const auto commit = sign_commit(
        {.sequence = 1, .round = 0, .digest = digest, .commit_seal = crypto::sign(digest, key(1))},
        signer(1), address_of_key(1));
    EXPECT_EQ(encode_commit(commit), bytes_of(vectors::derived_commit));
    EXPECT_EQ(decode_commit(commit.encoded), commit);
    EXPECT_EQ(hash_of_signed(MessageCode::commit, commit.encoded),
              "0x02e8e3b507d10c55be41a2e9f3bdd8cd5069820c4476b25c020f538bf3121b68"_hash32);
}

TEST(RoundChange, without_a_certificate_is_as_derived) {
    const RoundChange message{.round_change = round_change_by(1, false)};
    const auto encoded = bytes_of(vectors::derived_round_change);
    EXPECT_EQ(encode_round_change(message), encoded);
    EXPECT_EQ(encode_round_change(message, MessageForm::legacy),
              bytes_of(vectors::derived_legacy_round_change));
    EXPECT_EQ(hash_of_signed(MessageCode::round_change, message.round_change.encoded),
              "0x834d3ecc779a1fe0ecb76fde2b3c50a8d549fb838f4b5469ad0a52565c94b3ce"_hash32);
    EXPECT_EQ(decode_round_change(encoded)->round_change, message.round_change);
}

TEST(RoundChange, with_a_certificate_is_as_derived) {
    const auto message = prepared_round_change();
    EXPECT_EQ(message.round_change.encoded, bytes_of(vectors::derived_prepared_round_change));
    EXPECT_EQ(hash_of_signed(MessageCode::round_change, message.round_change.encoded),
              "0xb315e0d69cf9f0d1089037529a6a9f08d826c38615d437e7d9acb82fb0acfa6f"_hash32);
    const auto encoded = encode_round_change(message);
    EXPECT_EQ(encoded.size(), 1062U);
    EXPECT_EQ(crypto::keccak256(encoded),
              "0x917519cc0c06b1d56abe1133207a9249b9afd0ddd942319bbd9301d5eaf6e677"_hash32);
    for (const auto form : {MessageForm::current, MessageForm::legacy}) {
        const auto decoded = decode_round_change(encode_round_change(message, form)).value();
        EXPECT_EQ(decoded.round_change, message.round_change);
        ASSERT_NE(decoded.block, nullptr);
        EXPECT_EQ(*decoded.block, *message.block);
        EXPECT_EQ(decoded.prepares, message.prepares);
    }
}

TEST(RoundChange, keeps_a_block_access_list) {
    auto message = prepared_round_change();
    message.block_access_list = Bytes{0xc1, 0x80};
    EXPECT_EQ(decode_round_change(encode_round_change(message))->block_access_list,
              (Bytes{0xc1, 0x80}));
}

TEST(SealedBlock, is_as_derived) {
    std::vector<crypto::Signature> seals;
    for (const std::uint64_t number : {4U, 2U, 3U})
        seals.push_back(crypto::sign(digest, key(number)));
    Block block = *block_1();
    block.header = with_round(block.header, 0, seals);
    EXPECT_EQ(block.header.extra_data, bytes_of(vectors::derived_sealed_extra_data));
    const auto encoded = encode_block(block);
    EXPECT_EQ(encoded.size(), 837U);
    EXPECT_EQ(crypto::keccak256(encoded),
              "0x121e969e617ea41ad8e5bf19d576f1d214cffe4caf9e408a931bc6427bdffe6f"_hash32);
    EXPECT_EQ(on_chain_hash(block.header), digest);
}

// A prepare whose payload, or whose signature, has another item somewhere.
Bytes changed_prepare(std::size_t payload_index, std::optional<Bytes> payload_item,
                      std::optional<Bytes> signature = {}) {
    auto message = rlp::decode_item(prepare_by(1).encoded).value();
    auto& parts = std::get<rlp::Item::List>(message.content);
    auto& payload = std::get<rlp::Item::List>(parts[0].content);
    if (payload_item) payload[payload_index].content = *std::move(payload_item);
    if (signature) parts[1].content = *std::move(signature);
    return rlp::encode_item(message);
}

TEST(Message, with_a_sequence_or_round_that_java_has_not_is_refused) {
    const auto error = [](std::size_t index, Bytes item) {
        return decode_prepare(changed_prepare(index, std::move(item))).error().kind;
    };
    EXPECT_EQ(error(0, {0x80, 0, 0, 0, 0, 0, 0, 0}), DecodeErrorKind::integer_too_large);
    EXPECT_EQ(error(0, {1, 0, 0, 0, 0, 0, 0, 0, 0}), DecodeErrorKind::integer_too_large);
    EXPECT_EQ(error(0, {0, 1}), DecodeErrorKind::leading_zero);
    EXPECT_EQ(error(1, {0x80, 0, 0, 0}), DecodeErrorKind::integer_too_large);
    EXPECT_EQ(error(1, {0, 1}), DecodeErrorKind::leading_zero);
    EXPECT_TRUE(decode_prepare(changed_prepare(0, Bytes{0x7f, 0, 0, 0, 0, 0, 0, 0})));
    EXPECT_TRUE(decode_prepare(changed_prepare(1, Bytes{0x7f, 0xff, 0xff, 0xff})));
}

Bytes signature_bytes(const uint256& r, const uint256& s, std::uint8_t parity) {
    return to_bytes(to_hash32(r).bytes) + to_bytes(to_hash32(s).bytes) + Bytes{parity};
}

TEST(Message, with_a_signature_of_a_bad_form_is_refused) {
    const auto decodes = [](Bytes signature) {
        return decode_prepare(changed_prepare(0, {}, std::move(signature))).has_value();
    };
    EXPECT_TRUE(decodes(signature_bytes(1, 1, 0)));
    EXPECT_FALSE(decodes(signature_bytes(0, 1, 0)));
    EXPECT_FALSE(decodes(signature_bytes(1, 0, 0)));
    EXPECT_FALSE(decodes(signature_bytes(crypto::SECP256K1N, 1, 0)));
    EXPECT_FALSE(decodes(signature_bytes(1, 1, 2)));
    EXPECT_FALSE(decodes(signature_bytes(1, 1, 27)));
    EXPECT_FALSE(decodes(Bytes(64)));
    EXPECT_FALSE(decodes(Bytes(66)));
}

TEST(Message, has_a_low_s_but_its_commit_seal_may_have_a_high_one) {
    const auto high = crypto::SECP256K1N_HALF + uint256{1};
    EXPECT_TRUE(
        decode_prepare(changed_prepare(0, {}, signature_bytes(1, crypto::SECP256K1N_HALF, 0))));
    EXPECT_FALSE(decode_prepare(changed_prepare(0, {}, signature_bytes(1, high, 0))));

    const crypto::Signature seal{.r = to_hash32(1), .s = to_hash32(high), .y_parity = 1};
    const auto commit =
        sign_commit({.sequence = 1, .round = 0, .digest = digest, .commit_seal = seal}, signer(1),
                    address_of_key(1));
    EXPECT_EQ(decode_commit(commit.encoded), commit);
}

TEST(Message, that_nobody_can_have_signed_has_no_author) {
    // No point has this x coordinate.
    const auto prepare = decode_prepare(changed_prepare(0, {}, signature_bytes(5, 1, 0)));
    ASSERT_TRUE(prepare);
    EXPECT_EQ(prepare->author, std::nullopt);
}

TEST(Message, with_an_item_too_many_is_refused) {
    auto message = rlp::decode_item(encode_round_change(prepared_round_change())).value();
    std::get<rlp::Item::List>(message.content).push_back({.content = Bytes{}});
    EXPECT_FALSE(decode_round_change(rlp::encode_item(message)));

    auto prepare = rlp::decode_item(prepare_by(1).encoded).value();
    std::get<rlp::Item::List>(prepare.content).push_back({.content = Bytes{}});
    EXPECT_FALSE(decode_prepare(rlp::encode_item(prepare)));

    auto encoded = prepare_by(1).encoded;
    encoded.push_back(0);
    EXPECT_EQ(decode_prepare(encoded).error().kind, DecodeErrorKind::trailing_bytes);
}

TEST(Message, with_too_long_a_justification_is_refused) {
    Proposal proposal = proposal_of_round_0();
    proposal.prepares.assign(max_justifications, prepare_by(1));
    EXPECT_TRUE(decode_proposal(encode_proposal(proposal)));
    proposal.prepares.push_back(prepare_by(1));
    EXPECT_EQ(decode_proposal(encode_proposal(proposal)).error().kind,
              DecodeErrorKind::too_many_items);
}

TEST(Message, cut_off_anywhere_is_refused) {
    const auto proposal = encode_proposal(proposal_of_round_1());
    const auto round_change = encode_round_change(prepared_round_change());
    for (std::size_t size = 0; size < proposal.size(); size += 7) {
        EXPECT_FALSE(decode_proposal(ByteView{proposal}.first(size)));
        EXPECT_FALSE(peek(MessageCode::proposal, ByteView{proposal}.first(size)));
    }
    for (std::size_t size = 0; size < round_change.size(); size += 7)
        EXPECT_FALSE(decode_round_change(ByteView{round_change}.first(size)));
}

TEST(Peek, tells_height_and_round_of_every_message) {
    const auto expect = [](MessageCode code, const Bytes& encoded, std::uint32_t round) {
        const auto view = peek(code, encoded);
        ASSERT_TRUE(view);
        EXPECT_EQ(view->sequence, 1U);
        EXPECT_EQ(view->round, round);
    };
    expect(MessageCode::proposal, encode_proposal(proposal_of_round_1()), 1);
    expect(MessageCode::prepare, prepare_by(1).encoded, 0);
    expect(MessageCode::commit, bytes_of(vectors::derived_commit), 0);
    expect(MessageCode::round_change, encode_round_change(prepared_round_change()), 1);
    expect(MessageCode::round_change, bytes_of(vectors::derived_legacy_round_change), 1);
    EXPECT_FALSE(peek(MessageCode::prepare, Bytes{0xc0}));
    EXPECT_FALSE(peek(MessageCode::proposal, Bytes{}));
    EXPECT_FALSE(peek(static_cast<MessageCode>(0x16), prepare_by(1).encoded));
}

TEST(RecoverAuthor, agrees_with_the_decoders) {
    EXPECT_EQ(recover_author(MessageCode::proposal, encode_proposal(proposal_of_round_1())),
              address_of_key(2));
    EXPECT_EQ(recover_author(MessageCode::prepare, prepare_by(3).encoded), address_of_key(3));
    EXPECT_EQ(recover_author(MessageCode::commit, bytes_of(vectors::derived_commit)),
              address_of_key(1));
    EXPECT_EQ(
        recover_author(MessageCode::round_change, encode_round_change(prepared_round_change())),
        address_of_key(1));
    // Of another code the signature is another one's.
    EXPECT_NE(recover_author(MessageCode::commit, prepare_by(3).encoded), address_of_key(3));
    EXPECT_EQ(recover_author(MessageCode::prepare, Bytes{0xc0}), std::nullopt);
    const auto high = signature_bytes(1, crypto::SECP256K1N_HALF + uint256{1}, 0);
    EXPECT_EQ(recover_author(MessageCode::prepare, changed_prepare(0, {}, high)), std::nullopt);
}

}  // namespace
}  // namespace meta138::qbft
