// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/extra_data.hpp"

#include "test_keys.hpp"
#include "vectors.hpp"

#include "meta138/codec/rlp/item.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace meta138::qbft {
namespace {

using namespace literals;
using rlp::DecodeErrorKind;

constexpr auto first = "0x0000000000000000000000000000000000000001"_address;
constexpr auto second = "0x0000000000000000000000000000000000000002"_address;

crypto::Signature signature_of(std::uint64_t r, std::uint64_t s) {
    return {.r = to_hash32(r), .s = to_hash32(s), .y_parity = 0};
}

ExtraData everything() {
    ExtraData extra_data{
        .vanity = Bytes(32),
        .validators = {first, second},
        .vote = Vote{.recipient = first, .is_add = true},
        .round = 0xfedcba,
        .seals = {signature_of(1, 10), signature_of(10, 1)},
    };
    for (std::size_t i = 0; i < 32; ++i) extra_data.vanity[i] = static_cast<std::uint8_t>(i + 1);
    return extra_data;
}

/// Of the items of a list, with one in place of another.
Bytes with_item(ByteView encoded, std::size_t index, rlp::Item item) {
    auto list = rlp::decode_item(encoded).value();
    std::get<rlp::Item::List>(list.content).at(index) = std::move(item);
    return rlp::encode_item(list);
}

rlp::Item string_item(Bytes bytes) {
    return {.content = std::move(bytes)};
}

rlp::Item vote_item(const Address& recipient, Bytes type) {
    return {.content = rlp::Item::List{string_item(to_bytes(recipient.bytes)),
                                       string_item(std::move(type))}};
}

TEST(ExtraData, is_encoded_as_besu_does) {
    const auto encoded = bytes_of(vectors::extra_data_with_everything);
    EXPECT_EQ(encode_extra_data(everything()), encoded);
    EXPECT_EQ(decode_extra_data(encoded), everything());
}

TEST(ExtraData, of_a_genesis_file_keeps_the_order_of_the_validators) {
    const ExtraData two{.vanity = Bytes(32),
                        .validators = {"0xbe068f726a13c8d46c44be6ce9d275600e1735a4"_address,
                                       "0x5ff6f4b66a46a2b2310a6f3a93aaddc0d9a1c193"_address}};
    EXPECT_EQ(encode_extra_data(two), bytes_of(vectors::extra_data_of_two));
    EXPECT_EQ(ibft2::encode_extra_data(two), bytes_of(vectors::ibft2_extra_data_of_two));
    EXPECT_EQ(ibft2::decode_extra_data(bytes_of(vectors::ibft2_extra_data_of_two)), two);
    EXPECT_EQ(decode_extra_data(bytes_of(vectors::extra_data_to_decode))->validators,
              (std::vector{"0x241f804efb46f71acaa5be94a62f7798e89c3724"_address,
                           "0x6cdf72da457453063ea92e7fa5ac30afbcec28cd"_address}));
}

TEST(ExtraData, of_a_contract_mode_genesis_file_has_no_validators) {
    EXPECT_EQ(encode_extra_data({.vanity = Bytes(32)}), bytes_of(vectors::extra_data_for_contract));
    EXPECT_EQ(decode_extra_data(bytes_of(vectors::extra_data_of_one))->validators,
              std::vector{"0xeac51e3fe1afc9894f0dfeab8ceb471899b932df"_address});
}

TEST(ExtraData, without_seals_or_round_has_blanks_in_their_places) {
    const auto extra_data = everything();
    const auto without_seals =
        decode_extra_data(encode_extra_data(extra_data, ExtraDataParts::without_seals));
    auto expected = extra_data;
    expected.seals.clear();
    EXPECT_EQ(without_seals, expected);
    expected.round = 0;
    EXPECT_EQ(
        decode_extra_data(encode_extra_data(extra_data, ExtraDataParts::without_seals_and_round)),
        expected);
}

TEST(ExtraData, takes_any_vanity_and_further_items) {
    auto extra_data = everything();
    extra_data.vanity = {0x01};
    EXPECT_EQ(decode_extra_data(encode_extra_data(extra_data)), extra_data);

    auto list = rlp::decode_item(encode_extra_data(extra_data)).value();
    std::get<rlp::Item::List>(list.content).push_back(string_item({0x07}));
    EXPECT_EQ(decode_extra_data(rlp::encode_item(list)), extra_data);
}

TEST(ExtraData, knows_votes_to_add_and_two_spellings_of_votes_to_drop) {
    const auto vote_with = [](Bytes type) {
        return decode_extra_data(
            with_item(encode_extra_data(everything()), 2, vote_item(second, std::move(type))));
    };
    EXPECT_EQ(vote_with({0xff})->vote, (Vote{.recipient = second, .is_add = true}));
    EXPECT_EQ(vote_with({})->vote, (Vote{.recipient = second, .is_add = false}));
    EXPECT_EQ(vote_with({0x00})->vote, (Vote{.recipient = second, .is_add = false}));
    EXPECT_EQ(vote_with({0x01}).error().kind, DecodeErrorKind::invalid_value);
    EXPECT_EQ(vote_with({0xff, 0xff}).error().kind, DecodeErrorKind::invalid_value);

    auto extra_data = everything();
    extra_data.vote->is_add = false;
    EXPECT_EQ(decode_extra_data(encode_extra_data(extra_data)), extra_data);
}

TEST(ExtraData, has_a_round_without_leading_zeros_below_2_to_the_31) {
    const auto round_of = [](Bytes round) {
        return decode_extra_data(
            with_item(encode_extra_data(everything()), 3, string_item(std::move(round))));
    };
    EXPECT_EQ(round_of({0xdc, 0xba})->round, 0xdcbaU);
    EXPECT_EQ(round_of({0x7f, 0xff, 0xff, 0xff})->round, 0x7fffffffU);
    EXPECT_EQ(round_of({0x00, 0xdc, 0xba}).error().kind, DecodeErrorKind::leading_zero);
    EXPECT_EQ(round_of({0x80, 0x00, 0x00, 0x00}).error().kind, DecodeErrorKind::integer_too_large);
    EXPECT_EQ(round_of({1, 0, 0, 0, 0}).error().kind, DecodeErrorKind::integer_too_large);
}

TEST(ExtraData, refuses_seals_that_nobody_can_have_made) {
    const auto with_seal = [](const crypto::Signature& seal) {
        auto extra_data = everything();
        extra_data.seals = {seal};
        return decode_extra_data(encode_extra_data(extra_data));
    };
    EXPECT_TRUE(with_seal(signature_of(1, 1)));
    EXPECT_FALSE(with_seal(signature_of(0, 1)));
    EXPECT_FALSE(with_seal(signature_of(1, 0)));
    const auto order = to_hash32(crypto::SECP256K1N);
    EXPECT_FALSE(with_seal({.r = order, .s = to_hash32(1), .y_parity = 0}));
    EXPECT_FALSE(with_seal({.r = to_hash32(1), .s = order, .y_parity = 0}));
    // High, but in range: the rule of EIP-2 does not hold for seals.
    EXPECT_TRUE(with_seal(
        {.r = to_hash32(1), .s = to_hash32(crypto::SECP256K1N - uint256{1}), .y_parity = 1}));
    EXPECT_FALSE(with_seal({.r = to_hash32(1), .s = to_hash32(1), .y_parity = 27}));
}

TEST(ExtraData, refuses_what_is_no_list_of_five) {
    EXPECT_FALSE(decode_extra_data({}));
    EXPECT_FALSE(decode_extra_data(Bytes(32)));
    auto encoded = encode_extra_data(everything());
    encoded.push_back(0);
    EXPECT_EQ(decode_extra_data(encoded).error().kind, DecodeErrorKind::trailing_bytes);
    encoded.resize(encoded.size() - 2);
    EXPECT_FALSE(decode_extra_data(encoded));
}

TEST(Ibft2ExtraData, is_stricter_than_that_of_qbft) {
    const auto encoded = ibft2::encode_extra_data(everything());
    EXPECT_EQ(ibft2::decode_extra_data(encoded), everything());
    EXPECT_FALSE(ibft2::decode_extra_data(with_item(encoded, 3, string_item({0xdc, 0xba}))));
    EXPECT_FALSE(ibft2::decode_extra_data(with_item(encoded, 2, vote_item(first, {}))));
    EXPECT_TRUE(ibft2::decode_extra_data(with_item(encoded, 2, vote_item(first, {0x00}))));
    auto list = rlp::decode_item(encoded).value();
    std::get<rlp::Item::List>(list.content).push_back(string_item({0x07}));
    EXPECT_FALSE(ibft2::decode_extra_data(rlp::encode_item(list)));
}

TEST(ExtraData, agrees_with_the_fixtures) {
    META138_FIXTURE_OR_SKIP(path, "qbft/extra-data.json");
    for (const auto& fixture : nlohmann::json::parse(std::ifstream{path})) {
        const bool is_ibft2 = fixture.at("type") == "ibft2";
        const auto encoded = bytes_of(fixture.at("extraData").get<std::string>());
        const auto decoded =
            is_ibft2 ? ibft2::decode_extra_data(encoded) : decode_extra_data(encoded);
        ASSERT_EQ(decoded.has_value(), fixture.at("valid").get<bool>()) << fixture.at("name");
        if (!decoded) continue;
        EXPECT_EQ(is_ibft2 ? ibft2::encode_extra_data(*decoded) : encode_extra_data(*decoded),
                  encoded);
        EXPECT_EQ(decoded->vanity, bytes_of(fixture.at("vanity").get<std::string>()));
        EXPECT_EQ(decoded->round, fixture.at("round").get<std::uint32_t>());
        EXPECT_EQ(decoded->vote.has_value(), !fixture.at("vote").is_null());
        ASSERT_EQ(decoded->validators.size(), fixture.at("validators").size());
        for (std::size_t i = 0; i < decoded->validators.size(); ++i)
            EXPECT_EQ(to_hex(decoded->validators[i].bytes),
                      fixture.at("validators")[i].get<std::string>());
        EXPECT_EQ(decoded->seals.size(), fixture.at("seals").size());
    }
}

}  // namespace
}  // namespace meta138::qbft
