// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/receipt.hpp"

#include "random_values.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/types/account.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using namespace literals;
using rlp::DecodeErrorKind;

TEST(Receipt, of_any_type_survives_the_round_trip) {
    test::RandomValues random{20};
    const auto receipts = random.list(300, [&] { return random.receipt(); });
    for (const auto& receipt : receipts)
        ASSERT_EQ(decode_receipt(encode_receipt(receipt)), receipt);

    rlp::Writer with_bloom;
    with_bloom.items(receipts, write_receipt);
    auto in = rlp::Reader::sequence(with_bloom.view());
    EXPECT_EQ(in.finish(in.items(read_receipt)), receipts);

    rlp::Writer without_bloom;
    without_bloom.items(receipts, write_receipt_without_bloom);
    auto in69 = rlp::Reader::sequence(without_bloom.view());
    EXPECT_EQ(in69.finish(in69.items(read_receipt_without_bloom)), receipts);
}

TEST(Receipt, that_is_cut_short_is_refused) {
    test::RandomValues random{21};
    const auto encoded = encode_receipt(random.receipt());
    for (std::size_t size = 0; size < encoded.size(); ++size)
        ASSERT_FALSE(decode_receipt(ByteView{encoded}.first(size)));
}

TEST(Receipt, has_a_status_of_zero_or_one_or_a_state_root) {
    const auto error_with = [](ByteView outcome) -> std::optional<DecodeErrorKind> {
        const auto receipt = decode_receipt(
            rlp::encode_list(outcome, std::uint64_t{1}, Bloom{}, rlp::Raw{Bytes{0xc0}}));
        return receipt ? std::nullopt : std::optional{receipt.error().kind};
    };
    EXPECT_EQ(error_with({}), std::nullopt);
    EXPECT_EQ(error_with(Bytes{1}), std::nullopt);
    EXPECT_EQ(error_with(Bytes(32, 7)), std::nullopt);
    EXPECT_EQ(error_with(Bytes{0}), DecodeErrorKind::invalid_value);
    EXPECT_EQ(error_with(Bytes{2}), DecodeErrorKind::invalid_value);
    EXPECT_EQ(error_with(Bytes(31, 7)), DecodeErrorKind::invalid_value);
}

TEST(Receipt, of_an_unknown_type_is_refused) {
    for (const int type : {0x00, 0x05, 0x7f, 0xbf})
        EXPECT_FALSE(decode_receipt(Bytes{static_cast<std::uint8_t>(type), 0xc0}));
}

TEST(Log, has_at_most_four_topics) {
    test::RandomValues random{22};
    auto log = random.log();
    log.topics.assign(5, Hash32{});
    rlp::Writer out;
    write_log(out, log);
    auto in = rlp::Reader::sequence(out.view());
    const auto read = in.finish(read_log(in));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, DecodeErrorKind::too_many_items);
}

TEST(LogsHash, of_none_is_that_of_an_empty_list) {
    EXPECT_EQ(logs_hash({}), EMPTY_OMMERS_HASH);
}

TEST(ReceiptsRoot, of_none_is_that_of_an_empty_trie) {
    EXPECT_EQ(receipts_root({}), EMPTY_TRIE_ROOT);
}

TEST(Bloom, of_logs_is_the_union_of_their_entries) {
    test::RandomValues random{23};
    for (int i = 0; i < 50; ++i) {
        const auto logs = random.list(20, [&] { return random.log(); });
        Bloom expected;
        for (const auto& log : logs) {
            add_to_bloom(expected, log.address.bytes);
            for (const auto& topic : log.topics) add_to_bloom(expected, topic.bytes);
        }
        ASSERT_EQ(bloom_of(logs), expected);
        for (const auto& log : logs) ASSERT_TRUE(may_contain(expected, log.address.bytes));
    }
}

TEST(Bloom, has_three_bits_for_an_entry) {
    Bloom bloom;
    const auto address = "0x095e7baea6a6c7c4c2dfeb977efac326af552d87"_address;
    EXPECT_FALSE(may_contain(bloom, address.bytes));
    add_to_bloom(bloom, address.bytes);
    int bits = 0;
    for (const auto byte : bloom) bits += std::popcount(byte);
    EXPECT_EQ(bits, 3);
    EXPECT_TRUE(may_contain(bloom, address.bytes));
    EXPECT_FALSE(may_contain(bloom, Address{}.bytes));
}

TEST(Bloom, of_receipts_is_the_union_of_theirs) {
    test::RandomValues random{24};
    const auto receipts = random.list(10, [&] { return random.receipt(); });
    std::vector<Log> logs;
    for (const auto& receipt : receipts)
        logs.insert(logs.end(), receipt.logs.begin(), receipt.logs.end());
    EXPECT_EQ(bloom_of(receipts), bloom_of(logs));
}

}  // namespace
}  // namespace meta138
