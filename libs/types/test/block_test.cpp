// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/block.hpp"

#include "json_files.hpp"
#include "random_values.hpp"

#include "meta138/types/account.hpp"
#include "meta138/types/genesis.hpp"
#include "meta138/types/requests.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using namespace literals;

TEST(Header, of_any_fork_survives_the_round_trip) {
    test::RandomValues random{10};
    for (int i = 0; i < 500; ++i) {
        const auto header = random.header();
        ASSERT_TRUE(is_well_formed(header));
        const auto encoded = encode_header(header);
        ASSERT_EQ(decode_header(encoded), header);
    }
}

TEST(Header, with_a_field_too_many_or_too_few_is_refused) {
    test::RandomValues random{11};
    const auto header = random.header(6);
    const auto encoded = encode_header(header);
    for (std::size_t size = 0; size < encoded.size(); ++size)
        ASSERT_FALSE(decode_header(ByteView{encoded}.first(size)));

    rlp::Writer longer;
    auto fields = rlp::Reader::list(encoded);
    longer.list([&] {
        while (!fields.empty()) longer.raw(fields.raw_item());
        longer.integer(0);
    });
    const auto decoded = decode_header(longer.view());
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().kind, rlp::DecodeErrorKind::left_over_items);
}

TEST(Header, with_a_gap_between_its_optional_fields_is_not_well_formed) {
    test::RandomValues random{12};
    auto header = random.header(6);
    header.withdrawals_root.reset();
    EXPECT_FALSE(is_well_formed(header));
    EXPECT_DEATH(encode_header(header), "is_well_formed");
}

// A QBFT genesis block, whose hash is known for the header of each fork.
TEST(Header, has_the_known_hash_in_the_shape_of_each_fork) {
    Genesis genesis;
    genesis.extra_data = test::unhex(
        "f87aa00000000000000000000000000000000000000000000000000000000000000000f854941eff47bc3a10a4"
        "5d4b230b5d10e37751fe6aa718942b5ad5c4795c026514f8317c7a215e218dccd6cf946813eb9362372eef6200"
        "f3b1dbc3f819671cba69947e5f4552091a69125d5dfcb7b8c2659029395bdfc080c0");
    genesis.gas_limit = 0x47b760;
    genesis.timestamp = 0x58ee40ba;
    genesis.difficulty = 1;
    genesis.mix_hash = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"_hash32;
    const auto hash_with = [&](Fork fork) {
        genesis.schedule = schedule_of(fork);
        return block_hash(genesis_header(genesis, EMPTY_TRIE_ROOT));
    };
    EXPECT_EQ(hash_with(Fork::berlin),
              "0xbdeda84a79876019a65c740ecf3ff2384127790f66e31ca0b441ce1e9800e77d"_hash32);
    EXPECT_EQ(hash_with(Fork::london),
              "0x34b36a177b9b35b2fd8bc0dcb912dcd2aa4d7be117fbb8de7eff9eccc3698121"_hash32);
    EXPECT_EQ(hash_with(Fork::shanghai),
              "0x08dc87b52390b45a872145784cb4c351e0a217a4c46e45def4f8e962c66e8030"_hash32);
    EXPECT_EQ(hash_with(Fork::cancun),
              "0x6e39f7a37f267b45984981bc1670bd0b69895dcb03dfce50aecafc912874c10d"_hash32);
    EXPECT_EQ(hash_with(Fork::prague),
              "0xeec070c0ae61ea1f3f63d44f1160b95aae8dab26e621d0eb01f440c985e7b830"_hash32);
}

TEST(Block, survives_the_round_trip) {
    test::RandomValues random{13};
    for (int i = 0; i < 200; ++i) {
        const auto block = random.block();
        const auto encoded = encode_block(block);
        const auto decoded = decode_block(encoded);
        ASSERT_TRUE(decoded) << rlp::to_string(decoded.error());
        ASSERT_EQ(*decoded, block);
        const BlockBody body{block.transactions, block.ommers, block.withdrawals};
        ASSERT_EQ(decode_block_body(encode_block_body(body)), body);
    }
}

TEST(Block, that_is_cut_short_is_refused) {
    test::RandomValues random{14};
    const auto encoded = encode_block(random.block());
    for (std::size_t size = 0; size < encoded.size(); ++size)
        ASSERT_FALSE(decode_block(ByteView{encoded}.first(size)));
}

TEST(Block, has_the_known_roots_when_it_is_empty) {
    EXPECT_EQ(transactions_root({}), EMPTY_TRIE_ROOT);
    EXPECT_EQ(withdrawals_root({}), EMPTY_TRIE_ROOT);
    EXPECT_EQ(ommers_hash({}), EMPTY_OMMERS_HASH);
    EXPECT_EQ(requests_hash({}), EMPTY_REQUESTS_HASH);
}

TEST(Withdrawal, survives_the_round_trip) {
    test::RandomValues random{15};
    for (int i = 0; i < 100; ++i) {
        const auto withdrawal = random.withdrawal();
        ASSERT_EQ(decode_withdrawal(encode_withdrawal(withdrawal)), withdrawal);
    }
}

TEST(RequestsHash, leaves_out_requests_without_data) {
    const std::vector<Bytes> with_data{{0x00, 0xaa}, {0x02, 0xbb}};
    const std::vector<Bytes> with_an_empty_one{{0x00, 0xaa}, {0x01}, {0x02, 0xbb}};
    EXPECT_EQ(requests_hash(with_data), requests_hash(with_an_empty_one));
    EXPECT_NE(requests_hash(with_data), EMPTY_REQUESTS_HASH);
}

}  // namespace
}  // namespace meta138
