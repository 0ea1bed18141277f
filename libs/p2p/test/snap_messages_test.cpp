// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/p2p/snap.hpp"

#include <gtest/gtest.h>

namespace meta138::p2p::snap {
namespace {

Hash32 hash_of(std::uint8_t byte) {
    Hash32 hash;
    hash.bytes.fill(byte);
    return hash;
}

TEST(SnapRequests, are_what_their_encodings_say) {
    const GetAccountRange accounts{.request_id = 7,
                                   .root = hash_of(1),
                                   .origin = hash_of(2),
                                   .limit = hash_of(3),
                                   .max_bytes = 500'000};
    EXPECT_EQ(encode_get_account_range(accounts),
              rlp::encode_list(std::uint64_t{7}, hash_of(1), hash_of(2), hash_of(3),
                               std::uint64_t{500'000}));
    EXPECT_EQ(decode_get_account_range(encode_get_account_range(accounts)), accounts);

    const GetStorageRanges slots{.request_id = 8,
                                 .root = hash_of(1),
                                 .accounts = {hash_of(4), hash_of(5)},
                                 .origin = hash_of(2),
                                 .limit = hash_of(3),
                                 .max_bytes = 1};
    EXPECT_EQ(decode_get_storage_ranges(encode_get_storage_ranges(slots)), slots);

    const GetByteCodes codes{.request_id = 9, .hashes = {hash_of(6)}, .max_bytes = 0};
    EXPECT_EQ(decode_get_byte_codes(encode_get_byte_codes(codes)), codes);

    const GetTrieNodes nodes{.request_id = 10,
                             .root = hash_of(1),
                             .paths = {{{0x00}}, {to_bytes(hash_of(4).bytes), {0x00}, {0x1b}}},
                             .max_bytes = 5000};
    EXPECT_EQ(decode_get_trie_nodes(encode_get_trie_nodes(nodes)), nodes);
}

TEST(SnapRequests, for_storage_may_leave_their_bounds_out_or_shorten_them) {
    const auto request = [](ByteView origin, ByteView limit) {
        return decode_get_storage_ranges(rlp::encode_list(std::uint64_t{7}, hash_of(1),
                                                          rlp::Raw{rlp::encode_list(hash_of(2))},
                                                          origin, limit, std::uint64_t{500}));
    };
    const auto whole = request({}, {}).value();
    EXPECT_EQ(whole.origin, Hash32{});
    EXPECT_EQ(whole.limit, hash_of(0xff));
    Hash32 low;
    low[30] = 1;
    low[31] = 2;
    EXPECT_EQ(request(Bytes{1, 2}, {}).value().origin, low);
    EXPECT_EQ(request({}, Bytes{1, 2}).value().limit, low);
    EXPECT_FALSE(request(Bytes(33, 1), {}));
    EXPECT_FALSE(request({}, Bytes(33, 1)));
}

TEST(SnapRequests, with_an_empty_set_of_paths_are_refused) {
    EXPECT_FALSE(decode_get_trie_nodes(encode_get_trie_nodes(
        {.request_id = 1, .root = {}, .paths = {{}, {{0x00}}}, .max_bytes = 5000})));
    EXPECT_TRUE(decode_get_trie_nodes(
        encode_get_trie_nodes({.request_id = 1, .root = {}, .paths = {}, .max_bytes = 5000})));
}

TEST(SnapRequests, for_too_much_are_refused) {
    GetByteCodes codes;
    codes.hashes.resize(max_requested_hashes);
    EXPECT_TRUE(decode_get_byte_codes(encode_get_byte_codes(codes)));
    codes.hashes.emplace_back();
    EXPECT_FALSE(decode_get_byte_codes(encode_get_byte_codes(codes)));

    GetStorageRanges slots;
    slots.accounts.resize(max_requested_hashes + 1);
    EXPECT_FALSE(decode_get_storage_ranges(encode_get_storage_ranges(slots)));

    // However they are spread over sets.
    for (const std::size_t size : {1U, 7U, 4096U}) {
        GetTrieNodes nodes;
        for (std::size_t left = max_requested_paths; left > 0;) {
            const auto take = std::min(left, size);
            nodes.paths.emplace_back(take, Bytes{0x00});
            left -= take;
        }
        EXPECT_TRUE(decode_get_trie_nodes(encode_get_trie_nodes(nodes))) << size;
        nodes.paths.push_back({{0x00}});
        EXPECT_FALSE(decode_get_trie_nodes(encode_get_trie_nodes(nodes))) << size;
    }
    GetTrieNodes long_path{.paths = {{Bytes(max_path_bytes, 0x00)}}};
    EXPECT_TRUE(decode_get_trie_nodes(encode_get_trie_nodes(long_path)));
    long_path.paths[0][0].push_back(0x00);
    EXPECT_FALSE(decode_get_trie_nodes(encode_get_trie_nodes(long_path)));
}

TEST(SnapRequests, of_another_shape_are_refused) {
    EXPECT_FALSE(decode_get_account_range({}));
    EXPECT_FALSE(decode_get_account_range(Bytes{0xc1, 0x07}));
    EXPECT_FALSE(decode_get_byte_codes(
        rlp::encode_list(std::uint64_t{7}, std::uint64_t{1}, std::uint64_t{500'000})));
    auto longer = encode_get_account_range({});
    longer.push_back(0x80);
    EXPECT_FALSE(decode_get_account_range(longer));
}

TEST(SnapAnswers, are_what_their_encodings_say) {
    const AccountRange accounts{
        .request_id = 7,
        .accounts = {{hash_of(1), encode_slim_account({})},
                     {hash_of(2), encode_slim_account({{.nonce = 1, .balance = 5}, hash_of(9)})}},
        .proof = {Bytes(100, 3), Bytes(33, 4)}};
    EXPECT_EQ(decode_account_range(encode_account_range(accounts)), accounts);

    const StorageRanges slots{.request_id = 8,
                              .slots = {{{hash_of(1), {0x02}}, {hash_of(2), {0x81, 0x80}}}, {}},
                              .proof = {Bytes(100, 3)}};
    EXPECT_EQ(decode_storage_ranges(encode_storage_ranges(slots)), slots);

    const Blobs blobs{.request_id = 9, .items = {{}, Bytes(300, 1), {0x01}}};
    EXPECT_EQ(decode_blobs(encode_blobs(blobs)), blobs);
}

TEST(SnapAnswers, that_are_empty_are_short) {
    EXPECT_EQ(to_hex(encode_account_range({.request_id = 7})), "0xc307c0c0");
    EXPECT_EQ(to_hex(encode_storage_ranges({.request_id = 7})), "0xc307c0c0");
    EXPECT_EQ(to_hex(encode_blobs({.request_id = 7})), "0xc207c0");
}

TEST(SlimAccount, leaves_out_the_hashes_of_nothing) {
    const SlimAccount plain{{.nonce = 3, .balance = 256}};
    EXPECT_EQ(to_hex(encode_slim_account(plain)), "0xc6038201008080");
    EXPECT_EQ(decode_slim_account(encode_slim_account(plain)), plain);
    const SlimAccount contract{{.nonce = 1, .balance = {}, .code_hash = hash_of(2)}, hash_of(1)};
    EXPECT_EQ(decode_slim_account(encode_slim_account(contract)), contract);
    EXPECT_FALSE(decode_slim_account(
        rlp::encode_list(std::uint64_t{}, std::uint64_t{}, EMPTY_TRIE_ROOT, ByteView{})));
}

TEST(SnapCapability, takes_its_place_after_eth_and_istanbul_as_besu_counts) {
    const OfferedCapability ours[] = {
        capability(),
        {.capability = {.name = "istanbul", .version = 100}, .message_count = 22},
        {.capability = {.name = "eth", .version = 68}, .message_count = 17}};
    const Capability theirs[] = {{"snap", 1}, {"istanbul", 100}, {"eth", 68}};
    const auto shared = shared_capabilities(ours, theirs);
    ASSERT_EQ(shared.size(), 3U);
    EXPECT_EQ(shared[2].capability.name, "snap");
    EXPECT_EQ(shared[2].offset, 0x10 + 17 + 22);
    EXPECT_EQ(capability().message_count, 17);
}

TEST(SnapCodes, of_requests_are_even) {
    EXPECT_TRUE(is_request(0x06));
    EXPECT_TRUE(is_answer(0x07));
    EXPECT_FALSE(is_request(0x07));
    EXPECT_FALSE(is_request(0x08));
    EXPECT_FALSE(is_answer(0x09));
}

}  // namespace
}  // namespace meta138::p2p::snap
