// SPDX-License-Identifier: Apache-2.0
#include "discovery/address_rules.hpp"
#include "discovery/lookup.hpp"
#include "discovery/lru_map.hpp"
#include "discovery/node_table.hpp"
#include "discovery/rate_limiter.hpp"
#include "discovery/seen_as.hpp"

#include "meta138/crypto/keccak.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace meta138::p2p::discv4 {
namespace {

using namespace std::chrono_literals;
using Added = NodeTable::Added;

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

/// At distance 2^255 and more from the hash of zeros: all in the last bucket.
Contact far_contact(std::uint8_t number, std::string_view address = "10.0.0.1") {
    Contact contact;
    contact.hash[0] = 0x80;
    contact.hash[31] = number;
    contact.node.id[0] = number;
    contact.node.endpoint = {.ip = ip(address), .port = 30303};
    return contact;
}

/// In the bucket of that number.
Contact contact_at(std::size_t bucket, std::string_view address) {
    Contact contact;
    contact.hash[31 - bucket / 8] = static_cast<std::uint8_t>(1 << bucket % 8);
    contact.node.endpoint = {.ip = ip(address), .port = 30303};
    return contact;
}

NodeTable full_table() {
    NodeTable table{{}, {}};
    for (std::uint8_t i = 1; i <= NodeTable::bucket_size; ++i)
        EXPECT_EQ(table.add(far_contact(i)), Added::added);
    return table;
}

TEST(NodeTable, our_own_id_is_refused) {
    NodeTable table{{}, {}};
    EXPECT_EQ(table.add({}), Added::refused);
    EXPECT_EQ(table.find({}), nullptr);
}

TEST(NodeTable, every_distance_has_a_bucket) {
    NodeTable table{{}, {}};
    for (std::size_t bucket = 0; bucket < 256; ++bucket)
        EXPECT_EQ(table.add(contact_at(bucket, "10.0.0.1")), Added::added) << bucket;
    EXPECT_EQ(table.size(), 256U);
}

TEST(NodeTable, who_answers_is_not_replaced) {
    auto table = full_table();
    EXPECT_EQ(table.add(far_contact(100)), Added::in_reserve);
    EXPECT_EQ(table.size(), NodeTable::bucket_size);
    EXPECT_EQ(table.find_in_bucket(far_contact(100).hash), nullptr);
    EXPECT_NE(table.find(far_contact(100).hash), nullptr);
    EXPECT_EQ(table.replace_silent(far_contact(1).hash), nullptr);
}

TEST(NodeTable, the_reserve_is_bounded) {
    auto table = full_table();
    for (std::uint8_t i = 100; i < 150; ++i) table.add(far_contact(i));
    std::size_t kept = 0;
    for (std::uint8_t i = 100; i < 150; ++i) kept += table.find(far_contact(i).hash) ? 1 : 0;
    EXPECT_EQ(kept, NodeTable::reserve_size);
    EXPECT_NE(table.find(far_contact(149).hash), nullptr);
}

TEST(NodeTable, a_silent_node_makes_room) {
    auto table = full_table();
    table.find(far_contact(5).hash)->failures = 1;
    EXPECT_EQ(table.add(far_contact(100)), Added::replaced);
    EXPECT_EQ(table.find(far_contact(5).hash), nullptr);
    EXPECT_EQ(table.size(), NodeTable::bucket_size);
}

TEST(NodeTable, who_fails_is_replaced_from_the_reserve) {
    auto table = full_table();
    table.add(far_contact(100));
    table.add(far_contact(101));
    table.find(far_contact(5).hash)->failures = 1;
    const auto* const next = table.replace_silent(far_contact(5).hash);
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(next->hash, far_contact(101).hash);  // seen last
    EXPECT_EQ(table.find(far_contact(5).hash), nullptr);
}

TEST(NodeTable, without_a_reserve_a_silent_node_stays) {
    auto table = full_table();
    table.find(far_contact(5).hash)->failures = 9;
    EXPECT_EQ(table.replace_silent(far_contact(5).hash), nullptr);
    EXPECT_NE(table.find(far_contact(5).hash), nullptr);
    const auto closest = table.closest({}, 100, [](const Contact&) { return true; });
    EXPECT_EQ(closest.size(), NodeTable::bucket_size - 1);  // nobody is told of it
}

TEST(NodeTable, the_closest_come_first) {
    auto table = full_table();
    const auto target = far_contact(6).hash;
    const auto closest = table.closest(target, 3, [](const Contact&) { return true; });
    ASSERT_EQ(closest.size(), 3U);
    EXPECT_EQ(closest[0]->hash, target);
    EXPECT_EQ(closest[1]->hash, far_contact(7).hash);  // 6 xor 7 = 1
    EXPECT_EQ(closest[2]->hash, far_contact(4).hash);  // 6 xor 4 = 2
}

TEST(NodeTable, a_bucket_holds_two_of_a_public_range) {
    NodeTable table{{}, {}};
    EXPECT_EQ(table.add(far_contact(1, "203.0.113.1")), Added::added);
    EXPECT_EQ(table.add(far_contact(2, "203.0.113.2")), Added::added);
    EXPECT_EQ(table.add(far_contact(3, "203.0.113.3")), Added::over_range);
    EXPECT_EQ(table.add(far_contact(4, "203.0.114.1")), Added::added);
    EXPECT_FALSE(table.has_room(far_contact(5).hash, ip("203.0.113.9")));
    EXPECT_TRUE(table.has_room(far_contact(5).hash, ip("203.0.115.9")));
}

TEST(NodeTable, the_table_holds_ten_of_a_public_range) {
    NodeTable table{{}, {}};
    for (std::size_t i = 0; i < 10; ++i)
        EXPECT_EQ(table.add(contact_at(200 + i, "2001:db8:1::1")), Added::added);
    EXPECT_EQ(table.add(contact_at(250, "2001:db8:1:2::1")), Added::over_range);
    EXPECT_EQ(table.add(contact_at(251, "2001:db8:2::1")), Added::added);
    table.remove(contact_at(200, "::").hash);
    EXPECT_EQ(table.add(contact_at(250, "2001:db8:1:2::1")), Added::added);
}

TEST(NodeTable, operators_may_have_as_many_on_their_networks_as_they_like) {
    NodeTable table{{}, {}};
    for (std::uint8_t i = 1; i < 10; ++i)
        EXPECT_EQ(table.add(far_contact(i, "127.0.0.1")), Added::added);
    NodeTable strict{{}, {.also_private_ranges = true}};
    strict.add(far_contact(1));
    strict.add(far_contact(2));
    EXPECT_EQ(strict.add(far_contact(3)), Added::over_range);
}

TEST(NodeTable, bootnodes_may_be_many_of_one_range) {
    NodeTable table{{}, {}};
    for (std::uint8_t i = 1; i < 10; ++i) {
        auto contact = far_contact(i, "203.0.113.1");
        contact.is_bootnode = true;
        EXPECT_EQ(table.add(contact), Added::added);
    }
}

TEST(NodeTable, a_move_counts_for_the_new_range) {
    NodeTable table{{}, {}};
    table.add(far_contact(1, "203.0.113.1"));
    table.add(far_contact(2, "203.0.113.2"));
    table.add(far_contact(3, "198.51.100.1"));
    auto* const contact = table.find(far_contact(3).hash);
    EXPECT_FALSE(table.move(*contact, far_contact(3, "203.0.113.3").node));
    EXPECT_EQ(contact->node.endpoint.ip, ip("198.51.100.1"));
    auto* const first = table.find(far_contact(1).hash);
    EXPECT_TRUE(table.move(*first, far_contact(1, "192.0.2.1").node));
    EXPECT_TRUE(table.move(*contact, far_contact(3, "203.0.113.3").node));
}

Lookup::Seed seed(std::uint32_t number) {
    Lookup::Seed result;
    result.node.id[0] = static_cast<std::uint8_t>(number);
    result.node.id[1] = static_cast<std::uint8_t>(number >> 8);
    result.hash = crypto::keccak256(result.node.id.bytes);
    return result;
}

std::vector<Lookup::Seed> seeds(std::uint32_t first, std::uint32_t count) {
    std::vector<Lookup::Seed> result;
    for (std::uint32_t i = 0; i < count; ++i) result.push_back(seed(first + i));
    return result;
}

Hash32 hash_of(const Node& node) {
    return crypto::keccak256(node.id.bytes);
}

TEST(Lookup, asks_three_at_a_time) {
    Lookup lookup{{}, seeds(0, 10)};
    const auto first = lookup.next();
    EXPECT_TRUE(first && lookup.next() && lookup.next());
    EXPECT_FALSE(lookup.next());
    EXPECT_FALSE(lookup.is_done());
    lookup.answered(hash_of(*first), {});
    EXPECT_TRUE(lookup.next());
}

TEST(Lookup, without_seeds_it_is_done) {
    Lookup lookup{{}, {}};
    EXPECT_FALSE(lookup.next());
    EXPECT_TRUE(lookup.is_done());
}

TEST(Lookup, ends_when_the_sixteen_closest_have_answered) {
    Lookup lookup{{}, seeds(0, 16)};
    std::size_t asked = 0;
    while (const auto node = lookup.next()) {
        ++asked;
        lookup.answered(hash_of(*node), seeds(100, 16));
    }
    EXPECT_TRUE(lookup.is_done());
    EXPECT_GE(asked, 16U);
    EXPECT_LE(asked, 32U);
}

TEST(Lookup, who_failed_is_not_asked_again) {
    Lookup lookup{{}, seeds(0, 2)};
    const auto first = lookup.next();
    const auto second = lookup.next();
    lookup.failed(hash_of(*first));
    lookup.answered(hash_of(*second), std::vector{Lookup::Seed{*first, hash_of(*first)}});
    EXPECT_FALSE(lookup.next());
    EXPECT_TRUE(lookup.is_done());
}

TEST(Lookup, a_liar_who_names_ever_closer_nodes_is_not_followed_for_ever) {
    Lookup lookup{{}, seeds(0, 1)};
    const auto target = crypto::keccak256(FixedBytes<64>{}.bytes);
    std::size_t asked = 0;
    auto forged = target;
    while (!lookup.is_done() && asked < 1000) {
        const auto node = lookup.next();
        ASSERT_TRUE(node);
        ++asked;
        // Closer and closer hashes, which no keys need to have.
        std::vector<Lookup::Seed> closer;
        for (std::uint8_t i = 0; i < 3; ++i) {
            forged[31 - asked / 8 % 32] ^= static_cast<std::uint8_t>(asked * 3 + i);
            auto lie = seed(static_cast<std::uint32_t>(1000 + 3 * asked + i));
            closer.push_back(lie);
        }
        lookup.answered(hash_of(*node), closer);
    }
    EXPECT_LE(asked, Lookup::max_asked);
}

TEST(LruMap, what_was_used_longest_ago_makes_room) {
    LruMap<int, int> map{2};
    map.use(1) = 10;
    map.use(2) = 20;
    map.use(1);
    map.use(3) = 30;
    EXPECT_EQ(map.size(), 2U);
    ASSERT_NE(map.find(1), nullptr);
    EXPECT_EQ(*map.find(1), 10);
    EXPECT_EQ(map.find(2), nullptr);
}

TEST(TokenBucket, refills_at_its_rate) {
    const Time start{1h};
    TokenBucket bucket{10, 2, start};
    EXPECT_TRUE(bucket.take(start));
    EXPECT_TRUE(bucket.take(start));
    EXPECT_FALSE(bucket.take(start));
    const auto next = bucket.next(start);
    EXPECT_GT(next, start + 99ms);
    EXPECT_LT(next, start + 110ms);
    EXPECT_TRUE(bucket.take(next));
    EXPECT_FALSE(bucket.take(start));  // a clock that went back refills nothing
    bucket.take(start + 10s);
    EXPECT_TRUE(bucket.take(start + 10s));
    EXPECT_FALSE(bucket.take(start + 10s));  // no more than the burst
}

TEST(RateLimiter, one_source_does_not_use_up_the_others_share) {
    const Time start{1h};
    RateLimiter limiter{{.packets_per_second = 1, .packet_burst = 5}, start};
    const UdpEndpoint loud{ip("203.0.113.1"), 1};
    int admitted = 0;
    for (std::uint16_t i = 0; i < 100; ++i)
        admitted += limiter.admit({loud.ip, i}, start) ? 1 : 0;  // its ports do not matter
    EXPECT_EQ(admitted, 5);
    EXPECT_TRUE(limiter.admit({ip("203.0.113.2"), 1}, start));
}

TEST(RateLimiter, on_a_private_network_a_port_is_a_source) {
    const Time start{1h};
    RateLimiter limiter{{.packets_per_second = 1, .packet_burst = 1}, start};
    EXPECT_TRUE(limiter.admit({ip("127.0.0.1"), 1}, start));
    EXPECT_FALSE(limiter.admit({ip("127.0.0.1"), 1}, start));
    EXPECT_TRUE(limiter.admit({ip("127.0.0.1"), 2}, start));
}

TEST(RateLimiter, a_flood_does_not_drown_the_answers_to_our_questions) {
    const Time start{1h};
    RateLimiter limiter{{.all_packets_per_second = 10, .all_packet_burst = 10}, start};
    for (std::uint8_t i = 0; i < 200; ++i)
        static_cast<void>(limiter.admit({*IpAddress::from(Bytes{203, 0, i, 1}), 1}, start));
    EXPECT_FALSE(limiter.admit({ip("198.51.100.1"), 1}, start));
    EXPECT_TRUE(limiter.admit_answer(start));
}

TEST(AddressRules, a_stranger_cannot_point_us_at_our_own_network) {
    const auto internet = ip("203.0.113.1");
    const auto lan = ip("192.168.1.1");
    const auto host = ip("127.0.0.1");
    EXPECT_FALSE(may_tell(internet, lan));
    EXPECT_FALSE(may_tell(internet, host));
    EXPECT_TRUE(may_tell(internet, ip("198.51.100.1")));
    EXPECT_TRUE(may_tell(lan, ip("10.0.0.1")));
    EXPECT_FALSE(may_tell(lan, host));
    EXPECT_TRUE(may_tell(lan, internet));
    EXPECT_TRUE(may_tell(host, lan));
    EXPECT_TRUE(may_tell(host, ip("::1")));
    EXPECT_FALSE(may_tell(host, ip("255.255.255.255")));
    EXPECT_FALSE(may_tell(host, ip("ff02::1")));
}

TEST(AddressRules, ports_of_services_are_no_nodes) {
    EXPECT_FALSE(is_plausible({ip("203.0.113.1"), 53}));
    EXPECT_FALSE(is_plausible({ip("203.0.113.1"), 0}));
    EXPECT_TRUE(is_plausible({ip("203.0.113.1"), 30303}));
    EXPECT_TRUE(is_plausible({ip("10.0.0.1"), 53}));
    EXPECT_FALSE(is_plausible({ip("0.0.0.0"), 30303}));
}

TEST(SeenAsVotes, one_owner_of_many_addresses_does_not_decide) {
    SeenAsVotes votes;
    const Time now{1h};
    const UdpEndpoint lie{ip("198.51.100.66"), 1};
    const UdpEndpoint truth{ip("198.51.100.1"), 30303};
    for (std::uint8_t i = 0; i < 100; ++i)
        votes.add(*IpAddress::from(Bytes{203, 0, 113, i}), lie, now);
    EXPECT_FALSE(votes.result(now));
    for (std::uint8_t i = 0; i < 3; ++i)
        votes.add(*IpAddress::from(Bytes{192, 0, i, 1}), truth, now);
    EXPECT_EQ(votes.result(now), truth);
}

TEST(SeenAsVotes, old_ones_and_loopback_do_not_count) {
    SeenAsVotes votes;
    const Time now{100h};
    const UdpEndpoint endpoint{ip("10.0.0.1"), 30303};
    votes.add(ip("10.0.0.2"), endpoint, now);
    votes.add(ip("10.0.0.3"), endpoint, now);
    EXPECT_EQ(votes.result(now), endpoint);
    EXPECT_FALSE(votes.result(now + 2h));
    votes.add(ip("10.0.0.4"), {ip("127.0.0.1"), 30303}, now);
    EXPECT_EQ(votes.result(now), endpoint);
}

}  // namespace
}  // namespace meta138::p2p::discv4
