// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/validators.hpp"

#include "test_keys.hpp"

#include <gtest/gtest.h>

namespace meta138::qbft {
namespace {

Address address(std::uint8_t last) {
    Address result;
    result[19] = last;
    return result;
}

std::vector<Address> addresses(std::initializer_list<std::uint8_t> lasts) {
    std::vector<Address> result;
    for (const auto last : lasts) result.push_back(address(last));
    return result;
}

TEST(Quorum, is_two_thirds_rounded_up) {
    const std::vector<std::size_t> expected{1, 2, 2, 3, 4, 4, 5, 6, 6, 7};
    for (std::size_t n = 1; n <= expected.size(); ++n) EXPECT_EQ(quorum(n), expected[n - 1]) << n;
}

TEST(HonestMinority, is_one_more_than_may_be_faulty) {
    const std::vector<std::size_t> expected{1, 1, 1, 2, 2, 2, 3};
    for (std::size_t n = 1; n <= expected.size(); ++n)
        EXPECT_EQ(honest_minority(n), expected[n - 1]) << n;
}

TEST(Proposer, is_the_next_after_who_built_the_block_before) {
    const auto four = addresses({1, 3, 5, 7});
    EXPECT_EQ(proposer(four, address(1), 0), address(3));
    EXPECT_EQ(proposer(four, address(1), 1), address(5));
    EXPECT_EQ(proposer(four, address(7), 0), address(1));
    EXPECT_EQ(proposer(four, address(7), 4), address(1));
    EXPECT_EQ(proposer(four, address(3), 0x7fffffff), proposer(four, address(3), 0x7fffffff % 4));
}

TEST(Proposer, after_somebody_who_is_no_validator_is_the_next_address) {
    const auto four = addresses({1, 3, 5, 7});
    EXPECT_EQ(proposer(four, address(0), 0), address(1));
    EXPECT_EQ(proposer(four, address(4), 0), address(5));
    EXPECT_EQ(proposer(four, address(4), 1), address(7));
    EXPECT_EQ(proposer(four, address(8), 0), address(1));
    EXPECT_EQ(proposer(addresses({9}), address(1), 17), address(9));
}

TEST(Proposer, of_the_derived_network_is_as_besu_has_it) {
    std::vector<Address> validators;
    for (const std::uint64_t number : {4U, 2U, 3U, 1U})
        validators.push_back(address_of_key(number));
    EXPECT_TRUE(std::ranges::is_sorted(validators));
    EXPECT_EQ(proposer(validators, {}, 0), address_of_key(4));
    EXPECT_EQ(proposer(validators, {}, 1), address_of_key(2));
    EXPECT_EQ(proposer(validators, {}, 4), address_of_key(4));
    EXPECT_EQ(proposer(validators, address_of_key(4), 0), address_of_key(2));
}

constexpr bool add = true;
constexpr bool drop = false;

TEST(VoteTally, adds_a_validator_with_more_than_half_of_the_votes) {
    VoteTally tally{addresses({1, 2, 3, 4})};
    tally.apply(address(1), {address(9), add});
    tally.apply(address(2), {address(9), add});
    EXPECT_FALSE(tally.contains(address(9)));
    EXPECT_TRUE(tally.has_vote(address(1), {address(9), add}));
    tally.apply(address(3), {address(9), add});
    EXPECT_EQ(tally.validators(), addresses({1, 2, 3, 4, 9}));
    EXPECT_FALSE(tally.has_vote(address(1), {address(9), add}));
}

TEST(VoteTally, needs_2_of_2_and_2_of_3_and_4_of_6) {
    const auto votes_needed = [](const std::vector<Address>& validators) {
        VoteTally tally{validators};
        for (std::size_t i = 0; i < validators.size(); ++i) {
            tally.apply(validators[i], {address(99), add});
            if (tally.contains(address(99))) return i + 1;
        }
        return std::size_t{0};
    };
    EXPECT_EQ(votes_needed(addresses({1})), 1U);
    EXPECT_EQ(votes_needed(addresses({1, 2})), 2U);
    EXPECT_EQ(votes_needed(addresses({1, 2, 3})), 2U);
    EXPECT_EQ(votes_needed(addresses({1, 2, 3, 4})), 3U);
    EXPECT_EQ(votes_needed(addresses({1, 2, 3, 4, 5})), 3U);
    EXPECT_EQ(votes_needed(addresses({1, 2, 3, 4, 5, 6})), 4U);
}

TEST(VoteTally, counts_a_voter_once) {
    VoteTally tally{addresses({1, 2, 3})};
    tally.apply(address(1), {address(9), add});
    tally.apply(address(1), {address(9), add});
    EXPECT_FALSE(tally.contains(address(9)));
}

TEST(VoteTally, takes_the_last_word_of_a_voter) {
    VoteTally tally{addresses({1, 2, 3})};
    tally.apply(address(1), {address(9), add});
    tally.apply(address(1), {address(9), drop});
    EXPECT_FALSE(tally.has_vote(address(1), {address(9), add}));
    EXPECT_TRUE(tally.has_vote(address(1), {address(9), drop}));
    tally.apply(address(2), {address(9), add});
    EXPECT_FALSE(tally.contains(address(9)));
}

TEST(VoteTally, of_a_dropped_validator_forgets_what_he_voted) {
    VoteTally tally{addresses({1, 2, 3, 4})};
    tally.apply(address(4), {address(9), add});
    tally.apply(address(4), {address(1), drop});
    for (const std::uint8_t voter : std::initializer_list<std::uint8_t>{1, 2, 3})
        tally.apply(address(voter), {address(4), drop});
    EXPECT_EQ(tally.validators(), addresses({1, 2, 3}));
    EXPECT_FALSE(tally.has_vote(address(4), {address(9), add}));
    EXPECT_FALSE(tally.has_vote(address(4), {address(1), drop}));
    tally.apply(address(1), {address(9), add});
    EXPECT_FALSE(tally.contains(address(9)));
}

TEST(VoteTally, counts_a_vote_of_who_is_voted_on) {
    VoteTally tally{addresses({1, 2})};
    tally.apply(address(1), {address(1), drop});
    tally.apply(address(2), {address(1), drop});
    EXPECT_EQ(tally.validators(), addresses({2}));
}

TEST(VoteTally, begins_anew_at_an_epoch) {
    VoteTally tally{addresses({1, 2, 3})};
    tally.apply(address(1), {address(9), add});
    tally.apply(address(1), {address(2), drop});
    tally.clear_votes();
    EXPECT_EQ(tally, VoteTally{addresses({1, 2, 3})});
}

}  // namespace
}  // namespace meta138::qbft
