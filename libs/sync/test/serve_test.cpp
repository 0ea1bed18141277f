// SPDX-License-Identifier: Apache-2.0
#include "serve.hpp"

#include "test_node.hpp"

#include <gtest/gtest.h>

namespace meta138::sync::test {
namespace {

namespace eth = p2p::eth;

class Serve : public testing::Test {
protected:
    static TestNode& node() {
        static FakeNetwork network;
        static TestNode node{network};
        static const bool is_built = [] {
            node.extend(600);
            return true;
        }();
        (void)is_built;
        return node;
    }
    std::shared_ptr<const blockchain::ChainView> view = node().chain.view();

    std::vector<std::uint64_t> numbers(const eth::GetBlockHeaders& request) {
        const auto answer = eth::decode_block_headers(serve_headers(*view, request)).value();
        EXPECT_EQ(answer.request_id, request.request_id);
        std::vector<std::uint64_t> result;
        for (const auto& header : answer.items) result.push_back(header.number);
        return result;
    }
    using Numbers = std::vector<std::uint64_t>;
};

TEST_F(Serve, headers_from_a_number_or_a_hash_on) {
    EXPECT_EQ(numbers({.request_id = 7, .start = std::uint64_t{3}, .limit = 3, .skip = 0}),
              (Numbers{3, 4, 5}));
    EXPECT_EQ(numbers({.request_id = 7, .start = view->block_hash(3), .limit = 2, .skip = 0}),
              (Numbers{3, 4}));
}

TEST_F(Serve, headers_with_gaps_and_backwards) {
    EXPECT_EQ(numbers({.request_id = 1, .start = std::uint64_t{10}, .limit = 3, .skip = 4}),
              (Numbers{10, 15, 20}));
    EXPECT_EQ(
        numbers(
            {.request_id = 1, .start = std::uint64_t{10}, .limit = 9, .skip = 2, .reverse = true}),
        (Numbers{10, 7, 4, 1}));
    EXPECT_EQ(
        numbers(
            {.request_id = 1, .start = std::uint64_t{2}, .limit = 9, .skip = 0, .reverse = true}),
        (Numbers{2, 1, 0}));
}

TEST_F(Serve, headers_end_at_either_end_of_the_chain) {
    EXPECT_EQ(numbers({.request_id = 1, .start = std::uint64_t{599}, .limit = 9, .skip = 0}),
              (Numbers{599, 600}));
    EXPECT_EQ(numbers({.request_id = 1, .start = std::uint64_t{601}, .limit = 9, .skip = 0}),
              Numbers{});
    EXPECT_EQ(numbers({.request_id = 1, .start = UINT64_MAX, .limit = 9, .skip = UINT64_MAX}),
              Numbers{});
    EXPECT_EQ(numbers({.request_id = 1,
                       .start = std::uint64_t{5},
                       .limit = 9,
                       .skip = UINT64_MAX,
                       .reverse = true}),
              Numbers{5});
    EXPECT_EQ(numbers({.request_id = 1, .start = std::uint64_t{5}, .limit = 9, .skip = UINT64_MAX}),
              Numbers{5});
}

TEST_F(Serve, at_most_512_headers) {
    EXPECT_EQ(
        numbers({.request_id = 1, .start = std::uint64_t{0}, .limit = 10'000, .skip = 0}).size(),
        512U);
}

TEST_F(Serve, no_headers_of_an_unknown_hash) {
    EXPECT_EQ(numbers({.request_id = 1, .start = Hash32{}, .limit = 3, .skip = 0}), Numbers{});
}

TEST_F(Serve, bodies_that_fit_their_headers) {
    eth::HashesRequest request{.request_id = 9, .hashes = {}};
    for (std::uint64_t i = 0; i <= 8; ++i) request.hashes.push_back(view->block_hash(i));
    request.hashes.insert(request.hashes.begin() + 3, Hash32{});  // unknown: left out
    const auto answer = eth::decode_block_bodies(serve_bodies(*view, request)).value();
    ASSERT_EQ(answer.items.size(), 9U);
    EXPECT_EQ(transactions_root(answer.items[4].transactions),
              view->blocks().header(4)->header.transactions_root);
    EXPECT_EQ(answer.items[4].withdrawals, std::vector<Withdrawal>{});
}

TEST_F(Serve, at_most_128_bodies_and_256_receipts) {
    eth::HashesRequest request{.request_id = 9, .hashes = {}};
    for (std::uint64_t i = 1; i <= 600; ++i) request.hashes.push_back(view->block_hash(i));
    EXPECT_EQ(eth::decode_block_bodies(serve_bodies(*view, request)).value().items.size(), 128U);
    EXPECT_EQ(eth::decode_receipts(serve_receipts(*view, request, 69), 69).value().items.size(),
              256U);
}

TEST_F(Serve, receipts_that_fit_their_headers_in_both_shapes) {
    const eth::HashesRequest request{.request_id = 9, .hashes = {view->block_hash(4)}};
    for (const std::uint64_t version : {68U, 69U}) {
        const auto answer =
            eth::decode_receipts(serve_receipts(*view, request, version), version).value();
        ASSERT_EQ(answer.items.size(), 1U);
        EXPECT_EQ(receipts_root(answer.items[0]), view->blocks().header(4)->header.receipt_root)
            << version;
    }
}

TEST_F(Serve, transactions_of_the_pool) {
    auto& pool = node().pool;
    meta138::test::ChainGenerator source{chain_options(5)};
    eth::HashesRequest request{.request_id = 2, .hashes = {Hash32{}}};
    for (int i = 0; i < 3; ++i) {
        const auto candidate = source.next(meta138::test::Workload::transfers);
        ASSERT_TRUE(pool.add({*candidate.transaction, std::nullopt}, true));
        request.hashes.push_back(candidate.hash);
    }
    const auto answer =
        eth::decode_pooled_transactions(serve_pooled_transactions(pool, request)).value();
    ASSERT_EQ(answer.items.size(), 3U);
    EXPECT_EQ(transaction_hash(answer.items[2].transaction), request.hashes[3]);
}

}  // namespace
}  // namespace meta138::sync::test
