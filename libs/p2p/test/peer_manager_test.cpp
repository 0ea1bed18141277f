// SPDX-License-Identifier: Apache-2.0
#include "peer_manager.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using Time = PeerManager::Time;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

crypto::PublicKey id_of(unsigned number) {
    crypto::PublicKey id;
    id[0] = static_cast<std::uint8_t>(number >> 8);
    id[1] = static_cast<std::uint8_t>(number);
    return id;
}

Enode node_of(unsigned number, std::string host = {}) {
    if (host.empty())
        host = "198." + std::to_string(18 + number % 2) + "." + std::to_string(number) + ".1";
    return {.id = id_of(number), .host = std::move(host), .tcp_port = 30303, .udp_port = 30303};
}

/// A manager in virtual time, and what it has decided so far.
class PeerManagerTest : public testing::Test {
protected:
    PeerManagerTest() {
        options.id = id_of(500);
        options.random = [state = std::uint64_t{7}]() mutable {
            return state = state * 6364136223846793005 + 1442695040888963407;
        };
    }

    PeerManager& manager() {
        if (!manager_) manager_.emplace(options);
        return *manager_;
    }

    /// Takes over what was decided.
    void act() {
        for (auto& action : manager().take_actions()) {
            if (auto* dial = std::get_if<PeerManager::Dial>(&action)) dials.push_back(*dial);
            if (auto* drop = std::get_if<PeerManager::Drop>(&action)) drops.push_back(*drop);
            if (auto* gone = std::get_if<PeerManager::Unreachable>(&action))
                unreachable.push_back(*gone);
            if (auto* back = std::get_if<PeerManager::Reached>(&action)) reached.push_back(*back);
        }
    }

    /// Lets time go by, from one due moment to the next. Dials fail at once if `refuse_dials`.
    void advance(std::chrono::milliseconds by, bool refuse_dials = false) {
        const auto end = now + by;
        while (true) {
            act();
            if (refuse_dials)
                for (const auto& dial : std::exchange(dials, {})) {
                    attempts.push_back(now);
                    fail(dial.connection);
                }
            act();
            if (manager().due() > end) break;
            now = std::max(now, manager().due());
            manager().on_time(now);
        }
        now = end;
    }

    void fail(PeerId id, std::string why = "Connection refused") {
        manager().closed(id, DisconnectReason::tcp_error, true, {}, why, now);
    }
    void close(PeerId id, DisconnectReason reason = DisconnectReason::tcp_error,
               bool by_remote = true) {
        manager().closed(id, reason, by_remote, {}, "closed", now);
        act();
    }

    /// Somebody comes in and says who he is.
    std::expected<PeerId, RefusedPeer> come(unsigned number, const std::string& ip = {}) {
        const auto address = *IpAddress::parse(ip.empty() ? node_of(number).host : ip);
        const auto connection = manager().accept(address, now);
        EXPECT_TRUE(connection.has_value());
        const auto verdict =
            manager().established(*connection, {id_of(number), address, 30303}, now);
        act();
        if (!verdict) {
            close(*connection, verdict.error().reason, false);
            return std::unexpected{verdict.error()};
        }
        return *connection;
    }
    /// The dial succeeds.
    std::expected<void, RefusedPeer> reach(PeerId connection, unsigned number) {
        const auto address = *IpAddress::parse(node_of(number).host);
        auto verdict = manager().established(connection, {id_of(number), address, 30303}, now);
        act();
        return verdict;
    }
    /// An outbound peer by discovery.
    PeerId find_and_reach(unsigned number) {
        manager().add_candidate(node_of(number), now);
        act();
        EXPECT_EQ(dials.back().node.id, id_of(number));
        const auto id = dials.back().connection;
        EXPECT_TRUE(reach(id, number).has_value());
        return id;
    }

    PeerManager::Options options;
    Time now{1h};
    std::vector<PeerManager::Dial> dials;
    std::vector<PeerManager::Drop> drops;
    std::vector<PeerManager::Unreachable> unreachable;
    std::vector<PeerManager::Reached> reached;
    std::vector<Time> attempts;

private:
    std::optional<PeerManager> manager_;
};

using PeerManagerStaticNodes = PeerManagerTest;
using PeerManagerLimits = PeerManagerTest;
using PeerManagerDuplicates = PeerManagerTest;
using PeerManagerCandidates = PeerManagerTest;
using PeerManagerRules = PeerManagerTest;

// Static nodes.

TEST_F(PeerManagerStaticNodes,
       are_dialled_at_once_then_after_2_s_and_at_last_every_minute_for_ever) {
    manager().add_static(node_of(1), now);
    const auto start = now;
    advance(24h, true);
    ASSERT_GT(attempts.size(), 1000U);
    EXPECT_EQ(attempts[0], start);
    const std::vector<std::chrono::milliseconds> expected{2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto delay = attempts[i + 1] - attempts[i];
        EXPECT_LE(delay, expected[i]);
        EXPECT_GE(delay, expected[i] * 9 / 10 - 1ms);
    }
    EXPECT_LT(now - attempts.back(), 61s);
}

TEST_F(PeerManagerStaticNodes,
       that_cannot_be_reached_are_reported_once_then_hourly_with_the_cause) {
    manager().add_static(node_of(1), now);
    advance(10s, true);
    EXPECT_THAT(unreachable, IsEmpty()) << "nodes that start together need a moment";
    advance(10s, true);
    ASSERT_THAT(unreachable, SizeIs(1));
    EXPECT_EQ(unreachable[0].why, "Connection refused");
    EXPECT_EQ(unreachable[0].node, node_of(1));
    advance(50min, true);
    EXPECT_THAT(unreachable, SizeIs(1));
    advance(20min, true);
    EXPECT_THAT(unreachable, SizeIs(2));
    advance(60s);
    ASSERT_FALSE(dials.empty());
    ASSERT_TRUE(reach(dials.back().connection, 1));
    EXPECT_THAT(reached, SizeIs(1));
}

TEST_F(PeerManagerStaticNodes, are_not_reported_earlier_because_they_are_dialled_more_often) {
    options.limits.first_redial = 500ms;
    manager().add_static(node_of(1), now);
    advance(10s, true);
    EXPECT_GE(attempts.size(), 5U);
    EXPECT_THAT(unreachable, IsEmpty());
    advance(10s, true);
    EXPECT_THAT(unreachable, SizeIs(1));
}

TEST_F(PeerManagerStaticNodes, that_come_back_are_dialled_at_once_after_a_lasting_connection) {
    manager().add_static(node_of(1), now);
    act();
    ASSERT_TRUE(reach(dials.back().connection, 1));
    manager().mark_ready(dials.back().connection);
    advance(1min);
    EXPECT_THAT(dials, SizeIs(1));
    close(dials.back().connection);
    advance(100ms);
    EXPECT_THAT(dials, SizeIs(2));
}

TEST_F(PeerManagerStaticNodes, that_hang_up_at_once_each_time_are_dialled_ever_more_slowly) {
    manager().add_static(node_of(1), now);
    for (auto i = 0; i < 30; ++i) {
        const auto count = dials.size();
        while (dials.size() == count) advance(100ms);
        ASSERT_TRUE(reach(dials.back().connection, 1));
        manager().mark_ready(dials.back().connection);
        close(dials.back().connection, DisconnectReason::too_many_peers);
    }
    EXPECT_GT(now - Time{1h}, 20min);
}

TEST_F(PeerManagerStaticNodes, are_exempt_from_limits_and_take_the_place_of_the_least_of_others) {
    options.max_peers = 2;
    options.max_inbound_share = {};
    const auto good = come(1);
    const auto bad = come(2);
    manager().mark_ready(*good);
    manager().mark_ready(*bad);
    manager().score(*good, 10, now);
    manager().add_static(node_of(3), now);
    manager().add_static(node_of(4), now);
    manager().add_static(node_of(5), now);
    ASSERT_TRUE(come(3));
    ASSERT_THAT(drops, SizeIs(1));
    EXPECT_EQ(drops[0].connection, *bad);
    EXPECT_EQ(drops[0].reason, DisconnectReason::too_many_peers);
    close(*bad, DisconnectReason::too_many_peers, false);
    ASSERT_TRUE(come(4));
    EXPECT_EQ(drops.back().connection, *good);
    close(*good, DisconnectReason::too_many_peers, false);
    EXPECT_TRUE(come(5)) << "beyond max_peers";
    EXPECT_THAT(drops, SizeIs(2));
    EXPECT_EQ(manager().node_count(), 3U);
}

TEST_F(PeerManagerStaticNodes, are_never_banned_nor_dropped_for_their_score) {
    manager().add_static(node_of(1), now);
    const auto peer = come(1);
    manager().score(*peer, -1000, now);
    EXPECT_THAT(manager().take_actions(), IsEmpty());
    close(*peer, DisconnectReason::breach_of_protocol, false);
    EXPECT_TRUE(come(1));
}

TEST_F(PeerManagerStaticNodes, are_dialled_where_discovery_saw_them_when_they_have_moved) {
    manager().add_static(node_of(1), now);
    act();
    auto moved = node_of(1);
    moved.host = "203.0.113.9";
    manager().add_candidate(moved, now);
    fail(dials.back().connection);
    advance(2s);
    EXPECT_EQ(dials.back().node.host, "203.0.113.9");
    fail(dials.back().connection);
    advance(4s);
    EXPECT_EQ(dials.back().node, node_of(1));
}

TEST_F(PeerManagerStaticNodes, are_dialled_by_name_each_time_so_that_it_is_resolved_anew) {
    manager().add_static(node_of(1, "validator-1.besu.svc"), now);  // quorum-kubernetes#222
    for (auto i = 0; i < 10; ++i) {
        const auto count = dials.size();
        while (dials.size() == count) advance(1s);
        EXPECT_EQ(dials.back().node.host, "validator-1.besu.svc");
        fail(dials.back().connection, "cannot resolve 'validator-1.besu.svc'");
    }
}

TEST_F(PeerManagerStaticNodes, that_are_removed_are_dropped_and_dialled_no_more) {
    manager().add_static(node_of(1), now);
    act();
    const auto peer = dials.back().connection;
    ASSERT_TRUE(reach(peer, 1));
    EXPECT_TRUE(manager().remove_static(id_of(1), now));
    EXPECT_FALSE(manager().remove_static(id_of(1), now));
    act();
    ASSERT_THAT(drops, SizeIs(1));
    EXPECT_EQ(drops[0].reason, DisconnectReason::requested);
    close(peer, DisconnectReason::requested, false);
    dials.clear();
    advance(1h);
    EXPECT_THAT(dials, IsEmpty());
}

TEST_F(PeerManagerStaticNodes, are_not_this_node_itself_nor_added_twice) {
    auto self = node_of(1);
    self.id = options.id;
    EXPECT_FALSE(manager().add_static(self, now));
    EXPECT_TRUE(manager().add_static(node_of(1), now));
    EXPECT_FALSE(manager().add_static(node_of(1, "203.0.113.9"), now));
}

// Limits.

TEST_F(PeerManagerLimits, only_a_part_of_the_peers_may_have_dialled_us) {
    options.max_peers = 10;
    for (unsigned i = 0; i < 6; ++i) EXPECT_TRUE(come(i));
    const auto refused = come(6);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().rule, Refusal::too_many_inbound);
    EXPECT_EQ(refused.error().reason, DisconnectReason::too_many_peers);
    find_and_reach(7);
    EXPECT_EQ(manager().node_count(), 7U);
}

TEST_F(PeerManagerLimits, beyond_max_peers_nobody_is_let_in_or_dialled) {
    options.max_peers = 3;
    options.max_inbound_share = {};
    for (unsigned i = 0; i < 3; ++i) manager().mark_ready(come(i).value());
    EXPECT_EQ(come(3).error().rule, Refusal::too_many_peers);
    manager().add_candidate(node_of(4), now);
    advance(1min);
    EXPECT_THAT(dials, IsEmpty());
    EXPECT_FALSE(manager().wants_candidates());
}

TEST_F(PeerManagerLimits, places_are_kept_for_validators) {  // besu-eth/besu#3624
    options.max_peers = 8;
    options.max_inbound_share = {};
    options.is_validator = [](const Address& address) {
        return address == crypto::address_of(id_of(100)) ||
               address == crypto::address_of(id_of(101));
    };
    for (unsigned i = 0; i < 6; ++i) EXPECT_TRUE(come(i));
    EXPECT_EQ(come(6).error().rule, Refusal::too_many_peers);
    EXPECT_TRUE(come(100));
    EXPECT_EQ(come(6).error().rule, Refusal::too_many_peers);
    EXPECT_TRUE(come(101));
    EXPECT_EQ(manager().node_count(), 8U);
}

TEST_F(PeerManagerLimits, a_validator_takes_the_place_of_another_node) {
    options.max_peers = 2;
    options.max_inbound_share = {};
    options.is_validator = [](const Address& address) {
        return address == crypto::address_of(id_of(100));
    };
    EXPECT_TRUE(come(1));
    EXPECT_TRUE(come(2));
    EXPECT_TRUE(come(100));
    EXPECT_THAT(drops, SizeIs(1));
}

TEST_F(PeerManagerLimits, one_range_of_addresses_gets_few_of_the_inbound_places) {
    for (unsigned i = 0; i < 5; ++i) EXPECT_TRUE(come(i, "192.0.2." + std::to_string(i + 1)));
    EXPECT_EQ(come(5, "192.0.2.200").error().rule, Refusal::too_many_of_range);
    EXPECT_TRUE(come(6, "198.51.100.1"));
    for (unsigned i = 10; i < 15; ++i)
        EXPECT_TRUE(come(i, "2001:db8:0:" + std::to_string(i) + "::1"));
    EXPECT_EQ(come(15, "2001:db8:0:ff::1").error().rule, Refusal::too_many_of_range);
}

TEST_F(PeerManagerLimits, private_networks_have_no_range_limit) {
    for (unsigned i = 0; i < 10; ++i) EXPECT_TRUE(come(i, "10.0.0." + std::to_string(i + 1)));
}

TEST_F(PeerManagerLimits, a_peer_that_is_not_ready_in_20_s_is_dropped) {
    const auto ready = come(1);
    const auto silent = come(2);
    manager().mark_ready(*ready);
    advance(19s);
    EXPECT_THAT(drops, IsEmpty());
    advance(2s);
    ASSERT_THAT(drops, SizeIs(1));
    EXPECT_EQ(drops[0].connection, *silent);
    EXPECT_EQ(drops[0].reason, DisconnectReason::timeout);
}

TEST_F(PeerManagerLimits, a_drawn_newcomer_takes_a_place_only_with_random_priority) {
    options.max_peers = 4;
    options.max_inbound_share = {};
    options.random_priority = true;
    for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(come(i));
    auto taken = 0;
    for (unsigned i = 4; i < 12; ++i) {
        if (!come(i)) continue;
        ++taken;
        close(drops.back().connection, drops.back().reason, false);
    }
    EXPECT_GT(taken, 0);
    EXPECT_LT(taken, 8);
    EXPECT_EQ(manager().node_count(), 4U);
}

// Duplicates.

TEST_F(PeerManagerDuplicates, of_two_that_dial_each_other_both_sides_keep_the_same_connection) {
    for (const auto ours_is_lower : {true, false}) {
        auto low = options;
        auto high = options;
        low.id = id_of(1);
        high.id = id_of(2);
        PeerManager a{ours_is_lower ? low : high};
        PeerManager b{ours_is_lower ? high : low};
        const auto a_number = ours_is_lower ? 1U : 2U;
        const auto b_number = ours_is_lower ? 2U : 1U;
        const auto a_ip = *IpAddress::parse(node_of(a_number).host);
        const auto b_ip = *IpAddress::parse(node_of(b_number).host);
        a.add_static(node_of(b_number), now);
        b.add_static(node_of(a_number), now);
        const auto dialled_by_a = std::get<PeerManager::Dial>(a.take_actions().at(0)).connection;
        const auto dialled_by_b = std::get<PeerManager::Dial>(b.take_actions().at(0)).connection;
        const auto from_a = b.accept(a_ip, now);
        const auto from_b = a.accept(b_ip, now);
        // In different orders at the two.
        EXPECT_TRUE(a.established(dialled_by_a, {id_of(b_number), b_ip, 0}, now));
        EXPECT_TRUE(a.established(*from_b, {id_of(b_number), b_ip, 0}, now));
        EXPECT_TRUE(b.established(dialled_by_b, {id_of(a_number), a_ip, 0}, now));
        EXPECT_TRUE(b.established(*from_a, {id_of(a_number), a_ip, 0}, now));
        EXPECT_EQ(a.node_count(), 1U);
        EXPECT_THAT(a.take_actions(), IsEmpty()) << "both carry messages for a while";
        a.on_time(now + 5s);
        b.on_time(now + 5s);
        const auto a_drops = a.take_actions();
        const auto b_drops = b.take_actions();
        ASSERT_THAT(a_drops, SizeIs(1));
        ASSERT_THAT(b_drops, SizeIs(1));
        // The one that the lower id dialled stays.
        EXPECT_EQ(std::get<PeerManager::Drop>(a_drops[0]).connection,
                  ours_is_lower ? *from_b : dialled_by_a);
        EXPECT_EQ(std::get<PeerManager::Drop>(b_drops[0]).connection,
                  ours_is_lower ? dialled_by_b : *from_a);
    }
}

TEST_F(PeerManagerDuplicates, the_other_side_may_have_its_own_way_before) {  // Besu: 0x05
    manager().add_static(node_of(1), now);
    act();
    const auto outbound = dials.back().connection;
    ASSERT_TRUE(reach(outbound, 1));
    const auto inbound = come(1);
    ASSERT_TRUE(inbound);
    close(outbound, DisconnectReason::already_connected, true);
    manager().mark_ready(*inbound);
    advance(1min);
    EXPECT_THAT(drops, IsEmpty());
    EXPECT_THAT(dials, SizeIs(1));
    EXPECT_EQ(manager().node_count(), 1U);
}

TEST_F(PeerManagerDuplicates, a_second_one_from_the_same_node_is_refused) {
    ASSERT_TRUE(come(1));
    const auto second = come(1);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().rule, Refusal::duplicate);
    EXPECT_EQ(second.error().reason, DisconnectReason::already_connected);
}

TEST_F(PeerManagerDuplicates, a_node_that_lost_its_old_connection_gets_a_new_one) {
    const auto old = come(1);
    manager().mark_ready(*old);
    advance(1min);
    ASSERT_TRUE(come(1)) << "it would not dial if it knew of the old one";
    ASSERT_THAT(drops, SizeIs(1));
    EXPECT_EQ(drops[0].connection, *old);
    EXPECT_EQ(drops[0].reason, DisconnectReason::already_connected);
}

// Candidates.

TEST_F(PeerManagerCandidates, are_dialled_oldest_attempt_first_and_few_at_a_time) {
    options.limits.concurrent_dials = 2;
    for (unsigned i = 1; i <= 4; ++i) manager().add_candidate(node_of(i), now);
    act();
    ASSERT_THAT(dials, SizeIs(2));
    const std::set first{dials[0].node.id, dials[1].node.id};
    for (const auto& dial : std::exchange(dials, {})) fail(dial.connection);
    act();
    ASSERT_THAT(dials, SizeIs(2));
    for (const auto& dial : dials) EXPECT_FALSE(first.contains(dial.node.id));
}

TEST_F(PeerManagerCandidates, that_fail_are_tried_again_later_and_forgotten_at_last) {
    manager().add_candidate(node_of(1), now);
    advance(24h, true);
    EXPECT_THAT(attempts, SizeIs(7));
    EXPECT_EQ(attempts[1] - attempts[0], 30s);
    EXPECT_EQ(attempts[2] - attempts[1], 60s);
    EXPECT_EQ(manager().candidate_count(), 0U);
}

TEST_F(PeerManagerCandidates, are_not_more_than_the_limit_and_one_range_does_not_fill_the_list) {
    options.max_peers = 0;
    options.limits.candidates = 10;
    for (unsigned i = 0; i < 100; ++i)
        manager().add_candidate(node_of(i, "192.0.2." + std::to_string(i + 1)), now);
    EXPECT_EQ(manager().candidate_count(), 10U);
    for (unsigned i = 200; i < 205; ++i) manager().add_candidate(node_of(i), now);
    EXPECT_EQ(manager().candidate_count(), 10U);
    for (unsigned i = 300; i < 400; ++i)
        manager().add_candidate(node_of(i, "192.0.2." + std::to_string(i - 299)), now);
    options.max_peers = 25;
    EXPECT_EQ(manager().candidate_count(), 10U);
}

// Rules.

TEST_F(PeerManagerRules, a_breach_of_the_protocol_bans_for_a_while) {
    const auto peer = come(1);
    close(*peer, DisconnectReason::breach_of_protocol, false);
    EXPECT_EQ(come(1).error().rule, Refusal::denylist);
    manager().add_candidate(node_of(1), now);
    act();
    EXPECT_THAT(dials, IsEmpty());
    now += 16min;
    EXPECT_TRUE(come(1));
}

TEST_F(PeerManagerRules, an_ordinary_end_does_not_ban) {
    for (const auto reason : {DisconnectReason::client_quitting, DisconnectReason::tcp_error,
                              DisconnectReason::too_many_peers, DisconnectReason::useless_peer}) {
        const auto peer = come(1);
        ASSERT_TRUE(peer);
        close(*peer, reason, false);
    }
    const auto peer = come(1);
    close(*peer, DisconnectReason::breach_of_protocol, true);
    EXPECT_TRUE(come(1)) << "what the other side says of us is not its fault";
}

TEST_F(PeerManagerRules, a_low_score_drops_and_bans_and_is_forgotten_with_time) {
    const auto peer = come(1);
    manager().mark_ready(*peer);
    manager().score(*peer, -90, now);
    now += 10min;  // -45
    manager().score(*peer, -50, now);
    act();
    EXPECT_THAT(drops, IsEmpty());
    manager().score(*peer, -6, now);
    act();
    ASSERT_THAT(drops, SizeIs(1));
    EXPECT_EQ(drops[0].reason, DisconnectReason::useless_peer);
    close(*peer, DisconnectReason::useless_peer, false);
    EXPECT_EQ(come(1).error().rule, Refusal::denylist);
}

TEST_F(PeerManagerRules, banned_ids_are_refused_even_if_static) {
    options.banned = {id_of(1)};
    manager().add_static(node_of(1), now);
    act();
    EXPECT_THAT(dials, IsEmpty());
    EXPECT_EQ(come(1).error().rule, Refusal::banned_id);
}

TEST_F(PeerManagerRules, outside_of_the_subnets_nobody_comes_in_or_is_dialled) {
    options.net_restrict = {*parse_subnet("10.0.0.0/8"), *parse_subnet("fd00::/8")};
    EXPECT_EQ(manager().accept(*IpAddress::parse("192.0.2.1"), now).error(), Refusal::net_restrict);
    EXPECT_TRUE(come(1, "10.1.2.3"));
    EXPECT_TRUE(come(2, "fd00::1"));
    manager().add_candidate(node_of(3, "192.0.2.1"), now);
    manager().add_candidate(node_of(4, "10.0.0.4"), now);
    act();
    ASSERT_THAT(dials, SizeIs(1));
    EXPECT_EQ(dials[0].node.id, id_of(4));
}

TEST_F(PeerManagerRules, permissions_are_asked_for_both_directions_and_again_when_they_change) {
    std::set forbidden{id_of(1), id_of(2)};
    options.find_refusal = [&](const Enode& node) -> std::optional<std::string> {
        if (!forbidden.contains(node.id)) return std::nullopt;
        return "nodes-allowlist has no entry for it";
    };
    const auto refused = come(1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().rule, Refusal::permissions);
    EXPECT_THAT(refused.error().detail, HasSubstr("nodes-allowlist"));
    manager().add_static(node_of(2), now);
    act();
    EXPECT_THAT(dials, IsEmpty());
    const auto peer = come(3);
    manager().mark_ready(*peer);
    forbidden = {id_of(3)};
    manager().recheck(now);
    act();
    ASSERT_THAT(drops, SizeIs(1));
    EXPECT_EQ(drops[0].connection, *peer);
    advance(1min);
    EXPECT_EQ(dials.back().node.id, id_of(2));
}

TEST_F(PeerManagerRules, a_connection_with_ourselves_is_refused) {
    const auto refused = come(500, "192.0.2.1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, DisconnectReason::same_identity);
}

}  // namespace
}  // namespace meta138::p2p
