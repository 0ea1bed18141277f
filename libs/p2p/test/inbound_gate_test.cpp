// SPDX-License-Identifier: Apache-2.0
#include "inbound_gate.hpp"

#include "denylist.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;

class InboundGateTest : public testing::Test {
protected:
    std::expected<std::optional<PeerId>, Refusal> enter(const std::string& ip) {
        return gate.enter(PeerId{++last_id}, *IpAddress::parse(ip), now);
    }

    NetworkLimits limits;
    InboundGate gate{limits};
    InboundGate::Time now{1h};
    std::uint64_t last_id = 0;
};

TEST_F(InboundGateTest, an_address_begins_few_handshakes_at_once) {
    for (auto i = 0; i < 8; ++i) EXPECT_TRUE(enter("192.0.2.1"));
    EXPECT_EQ(enter("192.0.2.1").error(), Refusal::too_many_handshakes);
    EXPECT_TRUE(enter("192.0.2.2"));
    gate.leave(PeerId{1});
    EXPECT_TRUE(enter("192.0.2.1"));
}

TEST_F(InboundGateTest, a_64_of_ipv6_counts_as_one_address) {
    for (auto i = 0; i < 8; ++i) EXPECT_TRUE(enter("2001:db8::" + std::to_string(i + 1)));
    EXPECT_EQ(enter("2001:db8::99").error(), Refusal::too_many_handshakes);
    EXPECT_TRUE(enter("2001:db8:0:1::99"));
}

TEST_F(InboundGateTest, an_address_begins_60_handshakes_a_minute) {
    auto admitted = 0;
    for (auto i = 0; i < 600; ++i) {  // ten a second
        admitted += enter("192.0.2.1") ? 1 : 0;
        gate.leave(PeerId{last_id});
        now += 100ms;
    }
    EXPECT_GE(admitted, 115);  // the burst, and one a second
    EXPECT_LE(admitted, 125);
}

TEST_F(InboundGateTest, all_addresses_together_begin_so_many_a_second) {
    auto admitted = 0;
    for (auto i = 0; i < 1000; ++i) {
        admitted +=
            enter("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)) ? 1 : 0;
        gate.leave(PeerId{last_id});
    }
    EXPECT_EQ(admitted, 200);
    now += 1s;
    EXPECT_TRUE(enter("10.0.0.1"));
}

TEST_F(InboundGateTest, the_oldest_handshake_of_the_busiest_address_gives_way) {
    ASSERT_TRUE(enter("10.0.0.2"));
    ASSERT_TRUE(enter("10.0.0.3"));
    for (auto i = 0; i < 62; ++i) ASSERT_EQ(enter("10.0.0.1").value(), std::nullopt);
    EXPECT_EQ(enter("10.0.0.1").value(), PeerId{3});
    EXPECT_EQ(enter("10.0.0.4").value(), PeerId{4});
    EXPECT_EQ(gate.handshakes(), 64U);
}

TEST(Denylist, forgets_the_ban_that_ends_first_when_it_is_full) {
    Denylist denylist;
    const Denylist::Time now{1h};
    const auto id = [](std::size_t number) {
        crypto::PublicKey key;
        key[0] = static_cast<std::uint8_t>(number >> 8);
        key[1] = static_cast<std::uint8_t>(number);
        return key;
    };
    for (std::size_t i = 0; i <= Denylist::max_nodes; ++i)
        denylist.ban(id(i), now + std::chrono::seconds{static_cast<long>(i) + 10});
    EXPECT_EQ(denylist.size(), Denylist::max_nodes);
    EXPECT_FALSE(denylist.contains(id(0), now));
    EXPECT_TRUE(denylist.contains(id(1), now));
    EXPECT_FALSE(denylist.contains(id(1), now + 11s));
}

}  // namespace
}  // namespace meta138::p2p
