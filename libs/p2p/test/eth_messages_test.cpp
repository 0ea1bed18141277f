// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/p2p/eth.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace meta138::p2p::eth {
namespace {

using rlp::DecodeErrorKind;

struct Fixture {
    Bytes payload;
    nlohmann::json data;
};

Fixture read_fixture(const std::filesystem::path& path) {
    std::ifstream file{path};
    const auto json = nlohmann::json::parse(file);
    return {.payload = decode_hex(json["rlp"].get<std::string>()).value(), .data = json["data"]};
}

Hash32 hash_of(const nlohmann::json& digits) {
    return decode_fixed_hex<Hash32>(digits.get<std::string>()).value();
}

Status some_status(std::uint64_t version) {
    Status status{.version = version,
                  .network_id = 138,
                  .genesis_hash = Hash32{{1}},
                  .fork_id = {.hash = {{0xde, 0xad, 0xbe, 0xef}}, .next = 7},
                  .total_difficulty = {},
                  .head_hash = Hash32{{2}},
                  .range = {}};
    if (version >= 69)
        status.range = {.earliest = 0, .latest = 1000, .latest_hash = Hash32{{2}}};
    else
        status.total_difficulty = uint256{1001};
    return status;
}

Header some_header(std::uint64_t number) {
    Header header;
    header.number = number;
    header.gas_limit = 30'000'000;
    header.base_fee_per_gas = uint256{7};
    return header;
}

Transaction some_transaction(TransactionType type) {
    Transaction transaction;
    transaction.type = type;
    transaction.nonce = 5;
    transaction.gas_limit = 21000;
    transaction.to = Address{{9}};
    transaction.chain_id = 138;
    transaction.r = uint256{1};
    transaction.s = uint256{2};
    if (type == TransactionType::blob) transaction.blob_versioned_hashes = {Hash32{{1}}};
    return transaction;
}

Receipt some_receipt(TransactionType type) {
    Receipt receipt{.type = type,
                    .succeeded = true,
                    .post_state_root = {},
                    .cumulative_gas_used = 21000,
                    .bloom = {},
                    .logs = {Log{.address = Address{{1}}, .topics = {Hash32{{2}}}, .data = {3}}}};
    receipt.bloom = bloom_of(receipt.logs);
    return receipt;
}

TEST(EthCapability, reserves_what_besu_reserves) {
    EXPECT_EQ(message_count(66), 17);
    EXPECT_EQ(message_count(68), 17);
    EXPECT_EQ(message_count(69), 18);
    const auto offered = capabilities();
    ASSERT_EQ(offered.size(), 4);
    EXPECT_EQ(offered.front().capability, (Capability{"eth", 66}));
    EXPECT_EQ(offered.back().capability, (Capability{"eth", 69}));
    EXPECT_EQ(offered.back().message_count, 18);
    EXPECT_EQ(capabilities(68, 68).size(), 1);
}

TEST(EthCapability, knows_the_codes_of_each_version) {
    EXPECT_TRUE(is_code_of(66, 0x0d));
    EXPECT_FALSE(is_code_of(67, 0x0d));
    EXPECT_FALSE(is_code_of(68, 0x11));
    EXPECT_TRUE(is_code_of(69, 0x11));
    EXPECT_FALSE(is_code_of(69, 0x0b));
    for (std::uint8_t code = 0; code <= 0x0a; ++code) EXPECT_TRUE(is_code_of(69, code));
    EXPECT_EQ(to_string(Code::get_receipts), "GetReceipts");
}

TEST(EthStatus, round_trips_in_the_shape_of_its_version) {
    for (const std::uint64_t version : {66U, 67U, 68U, 69U}) {
        const auto status = some_status(version);
        EXPECT_EQ(decode_status(encode_status(status), version), status) << version;
    }
}

TEST(EthStatus, in_another_shape_or_of_another_version_is_refused) {
    EXPECT_FALSE(decode_status(encode_status(some_status(68)), 69));
    EXPECT_FALSE(decode_status(encode_status(some_status(69)), 68));
    EXPECT_EQ(decode_status(encode_status(some_status(67)), 68).error().kind,
              DecodeErrorKind::invalid_value);
    auto backwards = some_status(69);
    backwards.range.earliest = 1001;
    EXPECT_FALSE(decode_status(encode_status(backwards), 69));
    EXPECT_FALSE(decode_status({}, 68));
}

TEST(EthStatus, has_the_fields_in_the_order_of_the_specification) {
    const auto status = some_status(69);
    rlp::Writer fork_id;
    write_fork_id(fork_id, status.fork_id);
    EXPECT_EQ(encode_status(status),
              rlp::encode_list(std::uint64_t{69}, std::uint64_t{138}, status.genesis_hash,
                               rlp::Raw{fork_id.view()}, std::uint64_t{0}, std::uint64_t{1000},
                               status.range.latest_hash));
    const auto old = some_status(68);
    EXPECT_EQ(encode_status(old),
              rlp::encode_list(std::uint64_t{68}, std::uint64_t{138}, old.total_difficulty,
                               old.head_hash, old.genesis_hash, rlp::Raw{fork_id.view()}));
}

TEST(EthNewBlockHashes, round_trips) {
    const std::vector<BlockAnnouncement> blocks = {{Hash32{{1}}, 5}, {Hash32{{2}}, 6}};
    EXPECT_EQ(decode_new_block_hashes(encode_new_block_hashes(blocks)), blocks);
    EXPECT_EQ(decode_new_block_hashes(Bytes{0xc0})->size(), 0);
    const std::vector<BlockAnnouncement> flood(max_announced_blocks + 1);
    EXPECT_EQ(decode_new_block_hashes(encode_new_block_hashes(flood)).error().kind,
              DecodeErrorKind::too_many_items);
}

TEST(EthNewBlock, round_trips) {
    const NewBlock message{.block = {.header = some_header(9),
                                     .transactions = {some_transaction(TransactionType::legacy)},
                                     .ommers = {},
                                     .withdrawals = {}},
                           .total_difficulty = uint256{10}};
    const auto encoded = encode_new_block(encode_block(message.block), message.total_difficulty);
    EXPECT_EQ(decode_new_block(encoded), message);
}

TEST(EthTransactions, round_trip_in_both_forms) {
    const std::vector<Transaction> sent = {some_transaction(TransactionType::legacy),
                                           some_transaction(TransactionType::dynamic_fee)};
    std::vector<Bytes> opaque;
    for (const auto& transaction : sent) opaque.push_back(encode_transaction(transaction));
    const std::vector<ByteView> views(opaque.begin(), opaque.end());
    const auto received = decode_transactions(encode_transactions(views));
    ASSERT_TRUE(received);
    EXPECT_EQ(*received, sent);
}

TEST(EthTransactions, blob_transactions_do_not_travel_unasked) {
    const auto blob = encode_transaction(some_transaction(TransactionType::blob));
    const ByteView views[] = {blob};
    EXPECT_FALSE(decode_transactions(encode_transactions(views)));
}

TEST(EthTransactionAnnouncements, have_types_and_sizes_from_eth68_on) {
    const std::vector<TransactionAnnouncement> announced = {
        {.hash = Hash32{{1}}, .type = 0, .size = 110}, {.hash = Hash32{{2}}, .type = 2, .size = 0}};
    EXPECT_EQ(decode_new_pooled_transaction_hashes(
                  encode_new_pooled_transaction_hashes(announced, 68), 68),
              announced);
    const auto hashes_only = decode_new_pooled_transaction_hashes(
        encode_new_pooled_transaction_hashes(announced, 67), 67);
    ASSERT_TRUE(hashes_only);
    EXPECT_EQ((*hashes_only)[1].hash, announced[1].hash);
    EXPECT_EQ((*hashes_only)[0].size, 0);
    EXPECT_FALSE(decode_new_pooled_transaction_hashes(
        encode_new_pooled_transaction_hashes(announced, 67), 68));
    EXPECT_TRUE(
        decode_new_pooled_transaction_hashes(encode_new_pooled_transaction_hashes({}, 68), 68)
            ->empty());
}

TEST(EthTransactionAnnouncements, of_unequal_lists_are_refused) {
    rlp::Writer out;
    out.list([&] {
        out.string(Bytes{2, 2});
        out.list([&] { out.integer(std::uint64_t{100}); });
        out.list([&] { out.fixed(Hash32{{1}}).fixed(Hash32{{2}}); });
    });
    EXPECT_EQ(decode_new_pooled_transaction_hashes(out.take(), 68).error().kind,
              DecodeErrorKind::invalid_value);
}

TEST(EthTransactionAnnouncements, of_more_than_the_limit_are_refused) {
    const std::vector<TransactionAnnouncement> flood(max_announced_transactions + 1);
    for (const std::uint64_t version : {67U, 68U})
        EXPECT_EQ(decode_new_pooled_transaction_hashes(
                      encode_new_pooled_transaction_hashes(flood, version), version)
                      .error()
                      .kind,
                  DecodeErrorKind::too_many_items);
}

TEST(EthBlockRangeUpdate, round_trips_and_does_not_run_backwards) {
    const BlockRange range{.earliest = 5, .latest = 5, .latest_hash = Hash32{{1}}};
    EXPECT_EQ(decode_block_range_update(encode_block_range_update(range)), range);
    EXPECT_FALSE(decode_block_range_update(
        encode_block_range_update({.earliest = 6, .latest = 5, .latest_hash = {}})));
}

TEST(EthGetBlockHeaders, agrees_with_besu) {
    for (const auto* name : {"GetBlockHeadersPacket66.json", "GetBlockHeadersPacket66-1.json"}) {
        META138_FIXTURE_OR_SKIP(path, std::string{"devp2p/eth-messages/"} + name);
        const auto [payload, data] = read_fixture(path);
        const auto request = decode_get_block_headers(payload);
        ASSERT_TRUE(request) << name;
        EXPECT_EQ(request->request_id, data["RequestId"]);
        EXPECT_EQ(request->limit, data["Amount"]);
        EXPECT_EQ(request->skip, data["Skip"]);
        EXPECT_EQ(request->reverse, data["Reverse"]);
        if (const auto* number = std::get_if<std::uint64_t>(&request->start))
            EXPECT_EQ(*number, data["Origin"]["Number"]);
        else
            EXPECT_EQ(std::get<Hash32>(request->start), hash_of(data["Origin"]["Hash"]));
        EXPECT_EQ(encode_get_block_headers(*request), payload);
    }
}

TEST(EthGetBlockHeaders, takes_any_limit_but_no_other_flag) {
    const GetBlockHeaders request{.request_id = ~std::uint64_t{0},
                                  .start = ~std::uint64_t{0},
                                  .limit = ~std::uint64_t{0},
                                  .skip = ~std::uint64_t{0},
                                  .reverse = true};
    EXPECT_EQ(decode_get_block_headers(encode_get_block_headers(request)), request);
    auto encoded = encode_get_block_headers(request);
    encoded.back() = 2;
    EXPECT_FALSE(decode_get_block_headers(encoded));
    // A start of nine bytes is neither a number nor a hash.
    const auto query =
        rlp::encode_list(Bytes(9, 1), std::uint64_t{1}, std::uint64_t{0}, std::uint64_t{0});
    EXPECT_FALSE(decode_get_block_headers(rlp::encode_list(std::uint64_t{1}, rlp::Raw{query})));
    // Nor is a list that is as long as a hash.
    rlp::Writer list;
    list.list([&] { list.raw(Bytes(32, 1)); });
    const auto odd = rlp::encode_list(rlp::Raw{list.view()}, std::uint64_t{1}, std::uint64_t{0},
                                      std::uint64_t{0});
    EXPECT_FALSE(decode_get_block_headers(rlp::encode_list(std::uint64_t{1}, rlp::Raw{odd})));
}

TEST(EthHashesRequest, agrees_with_besu) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/eth-messages/GetReceiptsPacket66.json");
    const auto [payload, data] = read_fixture(path);
    const auto request = decode_hashes_request(payload);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->request_id, 1111);
    ASSERT_EQ(request->hashes.size(), 2);
    EXPECT_EQ(request->hashes[0], hash_of(data["GetReceiptsPacket"][0]));
    EXPECT_EQ(encode_hashes_request(1111, request->hashes), payload);
}

TEST(EthHashesRequest, of_more_than_the_limit_is_refused) {
    const std::vector<Hash32> hashes(max_requested_hashes + 1);
    EXPECT_TRUE(decode_hashes_request(encode_hashes_request(1, std::span{hashes}.subspan(1))));
    EXPECT_EQ(decode_hashes_request(encode_hashes_request(1, hashes)).error().kind,
              DecodeErrorKind::too_many_items);
}

TEST(EthAnswer, of_bodies_agrees_with_besu) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/eth-messages/BlockBodiesPacket66.json");
    const auto payload = read_fixture(path).payload;
    const auto bodies = decode_block_bodies(payload);
    ASSERT_TRUE(bodies);
    EXPECT_EQ(bodies->request_id, 1111);
    ASSERT_EQ(bodies->items.size(), 1);
    EXPECT_EQ(bodies->items[0].transactions.size(), 2);
    EXPECT_EQ(bodies->items[0].ommers.size(), 1);

    AnswerWriter answer{1111};
    answer.add(encode_block_body(bodies->items[0]));
    EXPECT_EQ(answer.finish(), payload);
}

TEST(EthAnswer, of_pooled_transactions_agrees_with_besu) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/eth-messages/PooledTransactionsPacket66.json");
    const auto payload = read_fixture(path).payload;
    const auto pooled = decode_pooled_transactions(payload);
    ASSERT_TRUE(pooled);
    ASSERT_EQ(pooled->items.size(), 2);
    AnswerWriter answer{1111};
    for (const auto& item : pooled->items) answer.add_transaction(encode_pooled_transaction(item));
    EXPECT_EQ(answer.finish(), payload);
}

TEST(EthAnswer, of_headers_round_trips) {
    AnswerWriter answer{7};
    for (std::uint64_t number = 0; number < 3; ++number)
        EXPECT_TRUE(answer.add(encode_header(some_header(number))));
    EXPECT_EQ(answer.count(), 3);
    const auto payload = answer.finish();
    const auto headers = decode_block_headers(payload);
    ASSERT_TRUE(headers);
    EXPECT_EQ(headers->request_id, 7);
    EXPECT_EQ(headers->items[2], some_header(2));
    EXPECT_EQ(decode_block_headers(payload, 2).error().kind, DecodeErrorKind::too_many_items);
}

TEST(EthAnswer, of_receipts_has_blooms_before_eth69_and_none_after) {
    const std::vector<Receipt> receipts = {some_receipt(TransactionType::legacy),
                                           some_receipt(TransactionType::dynamic_fee)};
    for (const std::uint64_t version : {66U, 68U, 69U}) {
        AnswerWriter answer{1};
        answer.add(encode_block_receipts(receipts, version));
        answer.add(encode_block_receipts({}, version));
        const auto payload = answer.finish();
        EXPECT_EQ(payload.size() > 512, version < 69);
        const auto decoded = decode_receipts(payload, version);
        ASSERT_TRUE(decoded) << version;
        ASSERT_EQ(decoded->items.size(), 2);
        EXPECT_EQ(decoded->items[0], receipts);
        EXPECT_TRUE(decoded->items[1].empty());
        const auto parts = split_answer(payload);
        EXPECT_EQ(decode_block_receipts(parts->items[0], version), receipts);
    }
}

TEST(EthAnswer, splits_into_items_for_a_worker) {
    AnswerWriter answer{42};
    answer.add(Bytes{0xc1, 0x01});
    answer.add(Bytes{0x05});
    const auto payload = answer.finish();
    EXPECT_EQ(peek_request_id(payload), 42);
    const auto parts = split_answer(payload);
    ASSERT_TRUE(parts);
    ASSERT_EQ(parts->items.size(), 2);
    EXPECT_EQ(to_bytes(parts->items[0]), (Bytes{0xc1, 0x01}));
    EXPECT_FALSE(split_answer(payload, 1));
}

TEST(EthAnswer, says_when_it_is_large_enough) {
    AnswerWriter answer{1, 100};
    EXPECT_TRUE(answer.add(rlp::encode_string(Bytes(50))));
    EXPECT_FALSE(answer.add(rlp::encode_string(Bytes(50))));
    EXPECT_EQ(split_answer(answer.finish())->items.size(), 2);
    EXPECT_EQ(split_answer(answer.finish())->items.size(), 0);
}

TEST(EthRequestId, of_garbage_is_an_error) {
    EXPECT_FALSE(peek_request_id({}));
    EXPECT_FALSE(peek_request_id(Bytes{0xc0}));
    EXPECT_FALSE(peek_request_id(Bytes{0x05}));
    EXPECT_FALSE(peek_request_id(Bytes{0xc2, 0x05, 0xc1}));  // truncated
}

}  // namespace
}  // namespace meta138::p2p::eth
