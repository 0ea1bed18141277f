// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lookup.hpp"
#include "lru_map.hpp"
#include "node_table.hpp"
#include "packet.hpp"
#include "rate_limiter.hpp"
#include "seen_as.hpp"

#include "meta138/p2p/discovery.hpp"

#include <deque>
#include <map>
#include <set>

namespace meta138::p2p {

/// In four sources: answers.cpp (what others ask), requests.cpp (what we ask), maintenance.cpp
/// (lookups, checks, refreshes) and discovery.cpp (the rest).
class Discovery::Implementation {
public:
    Implementation(DiscoveryOptions options, const crypto::SecretKey& key,
                   const RecordContent& content, const std::optional<NodeRecord>& stored, Now now,
                   Random random);

    void receive(ByteView datagram, const UdpEndpoint& from, Now now);
    void on_time(Now now);
    [[nodiscard]] Time due() const;
    [[nodiscard]] Output take_output();
    void set_wanted(bool wanted, Now now);
    void add_bootnodes(std::span<const Node> nodes, Now now);
    void add(const Node& node, Now now);
    void recheck();
    bool update_record(const RecordContent& content) { return record_.update(content); }

    [[nodiscard]] const LocalRecord& record() const noexcept { return record_; }
    [[nodiscard]] std::vector<Node> nodes() const;
    [[nodiscard]] std::vector<Node> sample(std::size_t count);
    [[nodiscard]] const discv4::NodeTable& table() const noexcept { return table_; }
    [[nodiscard]] std::size_t requests_in_flight() const noexcept { return requests_.size(); }
    [[nodiscard]] const DiscoveryCounts& counts() const noexcept { return counts_; }

private:
    enum class Kind : std::uint8_t { ping, find_node, enr_request };

    /// A node at one of its endpoints.
    struct Place {
        Hash32 hash{};
        UdpEndpoint endpoint{};

        friend auto operator<=>(const Place&, const Place&) = default;
    };
    struct RequestKey {
        Place place{};
        Kind kind{};

        friend auto operator<=>(const RequestKey&, const RequestKey&) = default;
    };
    struct Request {
        Node to{};
        unsigned sent = 0;      // how many times
        unsigned attempts = 1;  // how many times at most
        /// When to send it first, or for how long to wait for an answer.
        Time at{};
        std::vector<Hash32> hashes{};  // of the packets sent
        FixedBytes<64> target{};       // of find_node
        std::vector<Node> neighbors{};
        unsigned packets_admitted = 0;  // because of it
        bool answered = false;          // by a first packet of neighbors
    };
    /// When who proved itself to whom.
    struct Proof {
        std::optional<Time> last_pong{};  // theirs: we may answer their questions
        std::optional<Time> last_ping{};  // theirs, so they have our pong: they may answer ours
    };

    struct Sender {
        Node node{};
        Hash32 hash{};
        Hash32 packet{};

        [[nodiscard]] Place place() const { return {.hash = hash, .endpoint = node.endpoint}; }
    };

    // answers.cpp
    [[nodiscard]] bool admit(const UdpEndpoint& from);
    void handle(const Sender& from, const discv4::Ping& ping);
    void handle(const Sender& from, const discv4::Pong& pong);
    void handle(const Sender& from, const discv4::FindNode& find_node);
    void handle(const Sender& from, const discv4::Neighbors& neighbors);
    void handle(const Sender& from, const discv4::EnrRequest& request);
    void handle(const Sender& from, const discv4::EnrResponse& response);
    [[nodiscard]] std::uint16_t find_tcp_port(const Sender& from, const discv4::Message& message);
    [[nodiscard]] bool is_expired(std::uint64_t expiration);
    [[nodiscard]] bool require_proof(const Sender& from);
    void ping_back(const Node& node);

    // requests.cpp
    [[nodiscard]] static std::size_t kind_of_packet(Kind kind) noexcept;
    bool start_ping(const Node& node, unsigned attempts);
    bool start_find_node(const Node& node, const FixedBytes<64>& target);
    void start_enr_request(const Node& node);
    [[nodiscard]] Request* start(const RequestKey& key, const Node& node, unsigned attempts);
    [[nodiscard]] Request* find_request(const Sender& from, Kind kind);
    void send_request(const RequestKey& key, Request& request);
    void send_due_requests();
    void give_up(const RequestKey& key, const Request& request);
    void finish_find_node(const RequestKey& key, const Request& request);
    [[nodiscard]] Time not_before_their_ping(const Place& place);
    Hash32 send(const UdpEndpoint& to, const discv4::Message& message);

    // maintenance.cpp
    void on_proof(const Sender& from, std::optional<std::uint64_t> record_sequence);
    void on_check_failed(const Hash32& hash, const UdpEndpoint& endpoint);
    void on_record(const Hash32& hash, NodeRecord record);
    void check_later(discv4::Contact& contact);
    void tell(discv4::Contact& contact);
    void look_at_record(const Sender& from, std::optional<std::uint64_t> sequence);
    void refresh();
    void ping_bootnodes();
    void check_contacts();
    void introduce_candidates();
    void hear_of(const Node& node);
    [[nodiscard]] bool may_introduce() const noexcept;
    [[nodiscard]] bool is_news(const Hash32& hash, const Node& node);
    void advance_lookup();
    void start_lookup(const FixedBytes<64>& target);

    // discovery.cpp
    [[nodiscard]] bool accepts(const Node& node) const;
    [[nodiscard]] bool fits(const discv4::Contact& contact) const;
    [[nodiscard]] bool has_proof(const Place& place);
    [[nodiscard]] bool has_proof_of_ours(const Place& place);
    [[nodiscard]] bool is_bootnode(const crypto::PublicKey& id) const;
    [[nodiscard]] discv4::Endpoint own_endpoint(const UdpEndpoint& towards) const;
    [[nodiscard]] std::uint64_t random_number();
    [[nodiscard]] Time::duration with_jitter(Time::duration interval);

    DiscoveryOptions options_;
    const crypto::SecretKey* key_;
    crypto::PublicKey id_;
    Hash32 hash_;
    LocalRecord record_;
    Now now_;
    Random random_;

    discv4::NodeTable table_;
    discv4::LruMap<Place, Proof> proofs_;
    discv4::RateLimiter rates_;
    discv4::TokenBucket introductions_;
    discv4::SeenAsVotes votes_;
    std::optional<UdpEndpoint> seen_as_;
    std::map<RequestKey, Request> requests_;
    std::deque<Node> candidates_;
    std::set<Hash32> candidate_hashes_;
    std::optional<discv4::Lookup> lookup_;
    std::deque<FixedBytes<64>> targets_;  // of lookups to come
    bool wanted_ = true;
    bool started_ = false;
    Time next_refresh_;
    Time next_check_;

    Output output_;
    DiscoveryCounts counts_;
};

}  // namespace meta138::p2p
