// SPDX-License-Identifier: Apache-2.0
#include "meta138/sync/qbft_relay.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace meta138::sync {
namespace {

using namespace std::chrono_literals;
using qbft::MessageCode;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Key {
    explicit Key(std::uint64_t number)
        : secret{crypto::SecretKey::from(to_hash32(uint256{number}).bytes).value()},
          address{crypto::address_of(crypto::public_key(secret))} {}

    [[nodiscard]] Bytes prepare(std::uint64_t sequence, std::uint32_t round = 0,
                                std::uint64_t digest = 1) const {
        return qbft::encode_prepare(qbft::sign_prepare(
            {.sequence = sequence, .round = round, .digest = to_hash32(uint256{digest})},
            [this](const Hash32& hash) { return crypto::sign(hash, secret); }, address));
    }

    crypto::SecretKey secret;
    Address address;
};

constexpr auto peer(std::uint64_t number) {
    return static_cast<p2p::PeerId>(number);
}

/// A sentry with validators 1 to 4 as peers 1 to 4, another sentry as peer 5 and a stranger as 6;
/// the head is block 10.
class QbftRelayTest : public testing::Test {
protected:
    QbftRelayTest() {
        for (std::uint64_t i = 1; i <= 6; ++i) keys.emplace_back(i);
        relay.set_validators(10, {key(1).address, key(2).address, key(3).address, key(4).address});
        for (std::uint64_t i = 1; i <= 6; ++i) connect(i);
    }
    const Key& key(std::size_t number) const { return keys[number - 1]; }
    std::vector<QbftRelay::Relayed> connect(std::uint64_t i) {
        return relay.on_connected(peer(i), key(i).address, i == 5, now);
    }
    std::vector<p2p::PeerId> receive(std::uint64_t from, const Bytes& message) {
        return relay.on_message(peer(from), MessageCode::prepare, message, now).to;
    }
    std::uint64_t dropped(RelayDrop drop) const {
        return relay.counters().dropped[static_cast<std::size_t>(drop)];
    }

    std::vector<Key> keys;
    QbftRelay::Time now{std::chrono::hours{1}};
    QbftRelay relay;
};

TEST_F(QbftRelayTest, passes_a_message_to_the_other_validators_and_sentries) {
    EXPECT_THAT(receive(1, key(1).prepare(11)),
                UnorderedElementsAre(peer(2), peer(3), peer(4), peer(5)));
    EXPECT_EQ(relay.counters().relayed, 1U);
    EXPECT_EQ(relay.counters().sent, 4U);
}

TEST_F(QbftRelayTest, passes_a_message_once) {
    receive(1, key(1).prepare(11));
    EXPECT_THAT(receive(5, key(1).prepare(11)), IsEmpty());
    EXPECT_EQ(dropped(RelayDrop::duplicate), 1U);
}

TEST_F(QbftRelayTest, sends_nothing_back_to_the_author_or_the_relayer) {
    EXPECT_THAT(receive(5, key(1).prepare(11)), UnorderedElementsAre(peer(2), peer(3), peer(4)));
}

TEST_F(QbftRelayTest, sends_nothing_over_a_second_connection_of_the_relayer) {
    (void)relay.on_connected(peer(7), key(1).address, false, now);
    EXPECT_THAT(receive(1, key(1).prepare(11)),
                UnorderedElementsAre(peer(2), peer(3), peer(4), peer(5)));
}

TEST_F(QbftRelayTest, takes_a_validators_message_from_a_stranger) {
    EXPECT_THAT(receive(6, key(1).prepare(11)),
                UnorderedElementsAre(peer(2), peer(3), peer(4), peer(5)));
}

TEST_F(QbftRelayTest, drops_messages_of_others_than_validators) {
    EXPECT_THAT(receive(6, key(6).prepare(11)), IsEmpty());
    EXPECT_EQ(dropped(RelayDrop::not_a_validator), 1U);
}

TEST_F(QbftRelayTest, drops_garbage) {
    EXPECT_THAT(receive(1, Bytes{1, 2, 3}), IsEmpty());
    EXPECT_THAT(receive(1, Bytes{}), IsEmpty());
    EXPECT_EQ(dropped(RelayDrop::malformed), 2U);
}

TEST_F(QbftRelayTest, drops_heights_that_are_long_past_or_far_ahead) {
    for (const std::uint64_t sequence : {9U, 10U, 11U, 20U})
        EXPECT_FALSE(receive(1, key(1).prepare(sequence)).empty()) << sequence;
    for (const std::uint64_t sequence : {8U, 21U, 1'000'000U})
        EXPECT_TRUE(receive(1, key(1).prepare(sequence)).empty()) << sequence;
    EXPECT_EQ(dropped(RelayDrop::out_of_window), 3U);
}

TEST_F(QbftRelayTest, drops_what_is_too_large_unread) {
    EXPECT_THAT(receive(1, Bytes(QbftRelayLimits{}.max_message_bytes + 1)), IsEmpty());
    EXPECT_EQ(dropped(RelayDrop::too_large), 1U);
}

TEST_F(QbftRelayTest, relays_again_what_its_author_repeats_later) {
    receive(1, key(1).prepare(11));
    now += QbftRelayLimits{}.repeat_after;
    EXPECT_FALSE(receive(1, key(1).prepare(11)).empty());
}

TEST_F(QbftRelayTest, limits_the_messages_of_one_author_from_one_peer) {
    std::size_t passed = 0;
    for (std::uint64_t i = 0; i < 2000; ++i)
        passed += !receive(5, key(1).prepare(11, 0, i)).empty();
    EXPECT_LE(passed, 256U);
    // What the flood was made of comes through from others.
    EXPECT_FALSE(receive(1, key(1).prepare(11, 1)).empty());
    EXPECT_FALSE(receive(2, key(2).prepare(11)).empty());
}

TEST_F(QbftRelayTest, limits_what_it_recovers_authors_for) {
    for (std::uint64_t i = 0; i < 2000; ++i) receive(6, key(6).prepare(11, 0, i));
    EXPECT_GT(dropped(RelayDrop::peer_rate), 1500U);
    EXPECT_FALSE(receive(1, key(1).prepare(11)).empty());
    now += 10s;
    EXPECT_FALSE(receive(6, key(2).prepare(11)).empty());
}

TEST_F(QbftRelayTest, lets_through_what_a_large_network_says) {
    std::vector<Key> many;
    std::vector<Address> validators;
    for (std::uint64_t i = 1; i <= 31; ++i) validators.push_back(many.emplace_back(i).address);
    relay.set_validators(10, validators);
    for (std::uint64_t height = 11; height < 20; ++height) {
        for (const auto& each : many)
            for (std::uint32_t round = 0; round < 3; ++round)
                EXPECT_FALSE(receive(5, each.prepare(height, round)).empty());
        now += 1s;
        relay.set_validators(height, validators);
    }
}

TEST_F(QbftRelayTest, tells_who_connects_later_what_was_said_last) {
    relay.on_disconnected(peer(4));
    receive(1, key(1).prepare(11, 0));
    receive(1, key(1).prepare(11, 2));
    receive(2, key(2).prepare(11, 2));
    const auto replay = connect(4);
    ASSERT_EQ(replay.size(), 2U);
    for (const auto& each : replay) {
        EXPECT_THAT(each.to, ElementsAre(peer(4)));
        EXPECT_EQ(qbft::peek(each.code, *each.payload)->round, 2U);
    }
    EXPECT_EQ(relay.counters().replayed, 2U);
    EXPECT_THAT(connect(6), IsEmpty());  // a stranger
}

TEST_F(QbftRelayTest, does_not_tell_a_validator_what_it_said_itself) {
    receive(1, key(1).prepare(11));
    relay.on_disconnected(peer(1));
    EXPECT_THAT(connect(1), IsEmpty());
}

TEST_F(QbftRelayTest, forgets_what_is_past) {
    receive(1, key(1).prepare(11));
    relay.set_validators(13, {key(1).address, key(2).address});
    EXPECT_THAT(connect(2), IsEmpty());
}

TEST_F(QbftRelayTest, forgets_validators_that_were_voted_out) {
    receive(1, key(1).prepare(11));
    relay.set_validators(10, {key(2).address, key(3).address});
    EXPECT_THAT(connect(2), IsEmpty());
    EXPECT_THAT(receive(5, key(1).prepare(11, 1)), IsEmpty());
    EXPECT_THAT(receive(2, key(2).prepare(11)), UnorderedElementsAre(peer(3), peer(5)));
}

TEST_F(QbftRelayTest, takes_bounded_memory_whatever_comes) {
    std::mt19937_64 random{1};
    for (int i = 0; i < 50'000; ++i) {
        const auto from = 1 + random() % 6;
        switch (random() % 4) {
            case 0: receive(from, key(from).prepare(random() % 30, 0, 1)); break;
            case 1:
                receive(from, Bytes(random() % 2000, static_cast<std::uint8_t>(random())));
                break;
            case 2:
                relay.on_disconnected(peer(from));
                connect(from);
                break;
            default: now += std::chrono::milliseconds{random() % 20};
        }
    }
    EXPECT_LT(relay.memory(), std::size_t{4} << 20);
}

}  // namespace
}  // namespace meta138::sync
