// SPDX-License-Identifier: Apache-2.0
// The watch over promises sees what it is there for.
#include "invariants.hpp"

#include "chain_spec.hpp"

#include "meta138/qbft/extra_data.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace meta138::simulation {
namespace {

using qbft::MessageCode;

struct InvariantsTest : testing::Test {
    qbft::Sign sign = [](const Hash32& hash) { return crypto::sign(hash, identity(0).key); };
    Address author = identity(0).address;
    Hash32 digest = to_hash32(uint256{1});
    qbft::Config config;
    Invariants invariants{config};

    std::optional<std::string> prepare(std::uint32_t round) {
        return invariants.on_signed(
            author, MessageCode::prepare,
            qbft::encode_prepare(qbft::sign_prepare(
                {.sequence = 5, .round = round, .digest = digest}, sign, author)));
    }
    std::optional<std::string> commit(std::uint32_t round) {
        return invariants.on_signed(
            author, MessageCode::commit,
            qbft::encode_commit(qbft::sign_commit(
                {.sequence = 5, .round = round, .digest = digest, .commit_seal = sign(digest)},
                sign, author)));
    }
    std::optional<std::string> change_round(std::uint32_t round,
                                            std::optional<std::uint32_t> prepared = {}) {
        qbft::RoundChangePayload payload{.sequence = 5, .round = round, .prepared = {}};
        if (prepared)
            payload.prepared = {.prepared_round = *prepared, .prepared_block_hash = digest};
        return invariants.on_signed(
            author, MessageCode::round_change,
            qbft::encode_round_change(
                {.round_change = qbft::sign_round_change(payload, sign, author),
                 .block = nullptr,
                 .block_access_list = {},
                 .prepares = {}}));
    }

    // Sealed by three of four.
    Block block(std::uint64_t number, const Hash32& parent, std::uint64_t timestamp,
                std::size_t seals = 3) {
        Block made;
        auto& header = made.header;
        header.number = number;
        header.parent_hash = parent;
        header.timestamp = timestamp;
        header.coinbase = author;
        qbft::ExtraData extra{.vanity = Bytes(32, 0), .validators = validators};
        header.extra_data = qbft::encode_extra_data(extra);
        const auto hash = qbft::committed_seal_hash(header);
        for (std::size_t i = 0; i < seals; ++i)
            extra.seals.push_back(crypto::sign(hash, identity(i).key));
        header.extra_data = qbft::encode_extra_data(extra);
        return made;
    }
    std::vector<Address> validators{identity(0).address, identity(1).address, identity(2).address,
                                    identity(3).address};
};

TEST_F(InvariantsTest, a_vote_for_a_round_that_was_left_is_seen) {
    EXPECT_EQ(prepare(0), std::nullopt);
    EXPECT_EQ(change_round(2), std::nullopt);
    EXPECT_EQ(prepare(0), std::nullopt);  // the same again is no new vote
    EXPECT_TRUE(prepare(1)->contains("prepares in a round that it has left"));
    EXPECT_TRUE(commit(1)->contains("commits in a round that it has left"));
    EXPECT_EQ(prepare(2), std::nullopt);
}

TEST_F(InvariantsTest, a_round_change_that_hides_a_commit_is_seen) {
    EXPECT_EQ(commit(1), std::nullopt);
    EXPECT_EQ(change_round(2, 1), std::nullopt);
    EXPECT_TRUE(change_round(3)->contains("hides"));
    EXPECT_TRUE(change_round(4, 0)->contains("hides"));
}

TEST_F(InvariantsTest, a_block_beside_its_place_is_seen) {
    const auto first = block(1, {}, 100);
    EXPECT_EQ(invariants.on_committed(first, validators), std::nullopt);
    const auto hash = qbft::on_chain_hash(first.header);
    const auto early = block(2, hash, 100);
    EXPECT_TRUE(Invariants{invariants}.on_committed(early, validators)->contains("period"));
    const auto orphan = block(2, digest, 101);
    EXPECT_TRUE(Invariants{invariants}.on_committed(orphan, validators)->contains("stand on"));
    auto stranger = block(2, hash, 101);
    stranger.header.coinbase = identity(7).address;
    EXPECT_TRUE(
        Invariants{invariants}.on_committed(stranger, validators)->contains("no validator"));
    EXPECT_EQ(invariants.on_committed(block(2, hash, 101), validators), std::nullopt);
    EXPECT_TRUE(invariants.on_committed(block(2, hash, 102), validators)->contains("FORK"));
}

TEST_F(InvariantsTest, a_block_with_too_few_seals_is_seen) {
    EXPECT_TRUE(
        invariants.on_committed(block(1, {}, 100, 2), validators)->contains("2 seals of 4"));
}

}  // namespace
}  // namespace meta138::simulation
