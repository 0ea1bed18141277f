// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/feed.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/contracts/abi.hpp"
#include "meta138/contracts/artifact.hpp"

#include <gtest/gtest.h>

namespace meta138::contracts {
namespace {

using namespace literals;
using abi::Arguments;

constexpr Address somebody = "0x00000000000000000000000000000000000000aa"_address;

Arguments feed_state_words() {
    return Arguments{}
        .integer(7)
        .integer(uint256{} - uint256{5})
        .integer(1'700'000'000)
        .integer(1'700'000'002)
        .integer(1'700'000'010)
        .integer(1'700'003'152)
        .integer(3600)
        .integer(50)
        .integer(300)
        .integer(uint256{} - uint256{100})
        .integer(1'000'000)
        .integer(8)
        .boolean(true)
        .boolean(false);
}

TEST(FeedState, is_read_as_the_contract_writes_it) {
    const auto state = decode_feed_state(feed_state_words().boolean(true).encode());
    ASSERT_TRUE(state);
    EXPECT_EQ(*state, (FeedState{.round = 7,
                                 .answer = uint256{} - uint256{5},
                                 .started_at = 1'700'000'000,
                                 .updated_at = 1'700'000'002,
                                 .block_timestamp = 1'700'000'010,
                                 .due_at = 1'700'003'152,
                                 .heartbeat = 3600,
                                 .deviation_bps = 50,
                                 .max_observation_age = 300,
                                 .min_answer = uint256{} - uint256{100},
                                 .max_answer = 1'000'000,
                                 .decimals = 8,
                                 .skips_needless = true,
                                 .is_paused = false,
                                 .may_transmit = true}));
}

TEST(FeedState, is_absent_when_something_is_missing_or_too_large) {
    EXPECT_FALSE(decode_feed_state({}));
    EXPECT_FALSE(decode_feed_state(feed_state_words().encode()));
    EXPECT_FALSE(decode_feed_state(feed_state_words().integer(2).encode()));
    Bytes wide = feed_state_words().boolean(true).encode();
    wide[11 * 32 + 30] = 1;  // decimals: 264
    EXPECT_FALSE(decode_feed_state(wide));
}

TEST(RoundData, is_read_as_consumers_read_it) {
    const auto data = decode_round_data(
        Arguments{}.integer(3).integer(12).integer(100).integer(101).integer(3).encode());
    ASSERT_TRUE(data);
    EXPECT_EQ(*data, (RoundData{.round_id = 3,
                                .answer = 12,
                                .started_at = 100,
                                .updated_at = 101,
                                .answered_in_round = 3}));
    EXPECT_FALSE(decode_round_data(Arguments{}.integer(3).encode()));
}

TEST(FeedCalls, are_those_of_the_abi) {
    const auto has = [](std::string_view contract, const Bytes& call) {
        const std::string selector = ":\"" + to_hex_digits(ByteView{call}.first(4)) + '"';
        return artifact(contract).method_identifiers.find(selector) != std::string_view::npos;
    };
    EXPECT_TRUE(has("Aggregator", encode_initialize({})));
    EXPECT_TRUE(has("Aggregator", encode_transmit(1, 2, 3)));
    EXPECT_TRUE(has("Aggregator", encode_feed_state(somebody)));
    EXPECT_TRUE(has("Aggregator", encode_latest_round_data()));
    EXPECT_TRUE(has("Aggregator", encode_get_round_data(1)));
    EXPECT_TRUE(has("FeedRegistry", encode_latest_round_data(somebody, somebody)));
}

TEST(FeedCalls, initialize_lists_the_settings_in_place) {
    const Bytes call = encode_initialize(
        {.description = "ETH / USD", .admin = somebody, .transmitters = {somebody, somebody}});
    // 12 words, then the text (2 words), then the transmitters (3 words)
    ASSERT_EQ(call.size(), 4 + 17 * 32);
    EXPECT_EQ(load_be32(call.data() + 4), uint256{12 * 32});
    EXPECT_EQ(load_be32(call.data() + 4 + 2 * 32), uint256{3600});
    EXPECT_EQ(load_be32(call.data() + 4 + 11 * 32), uint256{14 * 32});
}

TEST(FeedCreation, is_the_proxy_with_the_implementation_and_the_call) {
    const Bytes code = feed_creation_code(somebody, {.description = "ETH / USD"});
    const ByteView proxy = artifact("FeedProxy").creation_code;
    ASSERT_GT(code.size(), proxy.size());
    EXPECT_TRUE(equal(ByteView{code}.first(proxy.size()), proxy));
    abi::Results arguments{ByteView{code}.subspan(proxy.size())};
    EXPECT_EQ(arguments.address(), somebody);
    const std::string call = arguments.text();
    EXPECT_TRUE(arguments.ok());
    EXPECT_TRUE(equal(as_bytes(call), encode_initialize({.description = "ETH / USD"})));
}

TEST(FeedParameters, the_highest_answer_fits_in_96_bits) {
    EXPECT_EQ(FeedParameters::max_feed_answer(), (uint256{1} << 95) - uint256{1});
}

TEST(AssetId, is_the_denomination_where_there_is_one) {
    EXPECT_EQ(asset_id("USD"), to_address(uint256{840}));
    EXPECT_EQ(asset_id("ARS"), to_address(uint256{32}));
    EXPECT_EQ(asset_id("ETH"), "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"_address);
    EXPECT_EQ(asset_id("BTC"), "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"_address);
    EXPECT_NE(asset_id("SOL"), asset_id("sol"));
}

TEST(FeedEvents, have_the_topics_that_consumers_listen_to) {
    EXPECT_EQ(answer_updated_topic(),
              "0x0559884fd3a460db3073b7fc896cc77986f16e378210ded43186175bf646fc5f"_hash32);
    EXPECT_EQ(new_round_topic(),
              "0x0109fc6f55cf40689f02fbaad7af7fe7bbac8a3d2186600afc7d3e10cac60271"_hash32);
    EXPECT_NE(artifact("Aggregator").abi.find("\"UpdateSkipped\""), std::string_view::npos);
}

}  // namespace
}  // namespace meta138::contracts
