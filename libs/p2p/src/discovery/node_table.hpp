// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/discovery.hpp"

#include <array>
#include <functional>
#include <map>

namespace meta138::p2p::discv4 {

using Time = Discovery::Time;

/// A node that proved its endpoint at least once.
struct Contact {
    Node node{};
    Hash32 hash{};              ///< Of the id: its place among all nodes.
    Time last_pong{};           ///< The latest endpoint proof.
    Time next_check{};          ///< When it is pinged again.
    Time::duration interval{};  ///< Between checks.
    unsigned failures = 0;      ///< Checks since last_pong that nobody answered.
    bool is_bootnode = false;   ///< Of the operator's choice.
    std::optional<NodeRecord> record{};
    std::optional<Node> moved_to{};  ///< Another endpoint that it proved, if this one fails.
    std::optional<Time> told{};      ///< When it was last reported.
    std::optional<Node> told_node{};

    [[nodiscard]] bool answers() const noexcept { return failures == 0; }
};

/// Kademlia's table: 256 buckets of at most 16 nodes by the distance of their hash from ours, and a
/// few in reserve for each (discv4.md "Kademlia Table"). Nodes that answer stay; only the silent
/// are replaced.
class NodeTable {
public:
    static constexpr std::size_t bucket_size = 16;
    static constexpr std::size_t reserve_size = 10;

    enum class Added : std::uint8_t {
        added,
        replaced,    ///< A silent node made room.
        in_reserve,  ///< The bucket is full of nodes that answer.
        over_range,  ///< Too many of its network range are here already.
        refused,     ///< Our own id.
    };

    NodeTable(const Hash32& self, const DiscoveryLimits& limits);

    /// The contact's hash must not be in the table yet.
    Added add(Contact contact);
    /// In a bucket or in reserve; null if in neither. Until the next change of the table.
    [[nodiscard]] Contact* find(const Hash32& hash);
    /// In a bucket.
    [[nodiscard]] Contact* find_in_bucket(const Hash32& hash);
    /// A check failed for good: if somebody is in reserve, it takes the place and is returned.
    /// Otherwise the silent node stays, so that after an outage of ours there is somebody to ask.
    Contact* replace_silent(const Hash32& hash);
    void remove(const Hash32& hash);
    /// The contact's endpoint; false if its new range is full, then nothing changes.
    bool move(Contact& contact, const Node& node);

    /// Nodes that answer, closest to the target first.
    [[nodiscard]] std::vector<const Contact*> closest(
        const Hash32& target, std::size_t count,
        const std::function<bool(const Contact&)>& wanted) const;
    /// Of all buckets, in no particular order.
    [[nodiscard]] std::vector<Contact*> contacts();
    [[nodiscard]] std::vector<const Contact*> contacts() const;
    /// In buckets, those in reserve not counted.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Whether a node could be taken up now, into a bucket or in reserve.
    [[nodiscard]] bool has_room(const Hash32& hash, const IpAddress& address) const;

private:
    struct Bucket {
        std::vector<Contact> nodes{};
        std::vector<Contact> reserve{};  // most recent last
    };

    [[nodiscard]] std::optional<std::size_t> bucket_of(const Hash32& hash) const noexcept;
    [[nodiscard]] bool is_limited(const IpAddress& address) const noexcept;
    [[nodiscard]] bool range_has_room(const Bucket& bucket, const IpAddress& address) const;
    void count_range(const IpAddress& address, int by);
    void insert(Bucket& bucket, Contact contact);
    void erase(Bucket& bucket, std::size_t index);

    Hash32 self_;
    DiscoveryLimits limits_;
    std::array<Bucket, 256> buckets_;
    std::map<IpAddress, std::size_t> ranges_;  // nodes in buckets, of limited addresses
    std::size_t size_ = 0;
};

/// Whether a is closer to the target than b.
[[nodiscard]] bool is_closer(const Hash32& target, const Hash32& a, const Hash32& b) noexcept;

}  // namespace meta138::p2p::discv4
