// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/p2p/snap.hpp"

#include <gtest/gtest.h>

namespace meta138::p2p::snap {
namespace {

TEST(SnapAnswer, of_a_node_without_state_is_empty) {
    const Hash32 hash{{1}};
    const auto empty = Bytes{0xc0};
    const auto hashes = rlp::encode_list(hash, hash);
    const auto paths = rlp::encode_list(rlp::Raw{rlp::encode_list(ByteView{hash.bytes})});
    const auto with_proof = rlp::encode_list(std::uint64_t{7}, rlp::Raw{empty}, rlp::Raw{empty});
    const auto without = rlp::encode_list(std::uint64_t{7}, rlp::Raw{empty});

    EXPECT_EQ(empty_answer(Code::get_account_range, rlp::encode_list(std::uint64_t{7}, hash, hash,
                                                                     hash, std::uint64_t{500000})),
              with_proof);
    EXPECT_EQ(empty_answer(Code::get_storage_ranges,
                           rlp::encode_list(std::uint64_t{7}, hash, rlp::Raw{hashes}, ByteView{},
                                            ByteView{hash.bytes}, std::uint64_t{500000})),
              with_proof);
    EXPECT_EQ(
        empty_answer(Code::get_byte_codes,
                     rlp::encode_list(std::uint64_t{7}, rlp::Raw{hashes}, std::uint64_t{500000})),
        without);
    EXPECT_EQ(
        empty_answer(Code::get_trie_nodes, rlp::encode_list(std::uint64_t{7}, hash, rlp::Raw{paths},
                                                            std::uint64_t{500000})),
        without);
}

TEST(SnapAnswer, to_what_is_no_request_is_an_error) {
    EXPECT_FALSE(empty_answer(Code::get_account_range, {}));
    EXPECT_FALSE(empty_answer(Code::get_account_range, Bytes{0xc1, 0x07}));
    EXPECT_FALSE(
        empty_answer(Code::get_byte_codes,
                     rlp::encode_list(std::uint64_t{7}, std::uint64_t{1}, std::uint64_t{500000})));
}

TEST(SnapCapability, takes_its_place_in_the_numbering) {
    EXPECT_EQ(capability().message_count, 17);
    EXPECT_TRUE(is_request(0x06));
    EXPECT_FALSE(is_request(0x07));
    EXPECT_FALSE(is_request(0x08));
}

}  // namespace
}  // namespace meta138::p2p::snap
