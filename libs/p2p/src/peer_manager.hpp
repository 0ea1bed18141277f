// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "denylist.hpp"
#include "inbound_gate.hpp"
#include "refusal.hpp"

#include "meta138/p2p/disconnect.hpp"
#include "meta138/p2p/enode.hpp"
#include "meta138/p2p/ip_address.hpp"
#include "meta138/p2p/network.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace meta138::p2p {

/// Who is dialled and when, who may stay, who must go. No socket, no clock, no thread: what it
/// decides are actions for the shell to carry out.
///
/// - Static nodes are dialled for ever, are exempt from all limits but the operator's own
///   (banned ids, subnets, permissions), and take the place of others.
/// - Validators come next: places are kept for them, and they take those of others.
/// - Others share what is left; only a part of them may have dialled us.
/// - A node has one connection. Of two that arose from dialling each other, the one that the node
///   with the lower id dialled stays: both sides decide alike, a while later, so that a node with
///   another rule can have its way before (Besu refuses one of them by itself).
class PeerManager {
public:
    using Time = std::chrono::steady_clock::time_point;

    struct Options {
        crypto::PublicKey id;  ///< Ours.
        std::size_t max_peers = 25;
        std::optional<double> max_inbound_share = 0.6;
        bool random_priority = false;
        std::vector<Subnet> net_restrict;  ///< Empty: any.
        std::vector<crypto::PublicKey> banned;
        std::chrono::milliseconds check_maintained{60'000};
        std::chrono::milliseconds initiate{30'000};
        NetworkLimits limits;
        std::function<std::optional<std::string>(const Enode&)> find_refusal;
        std::function<bool(const Address&)> is_validator;
        std::function<std::uint64_t()> random;  ///< For jitter and priorities; not secret.
    };

    /// Connect to it, under that id; then tell established(), or closed() when it fails.
    struct Dial {
        PeerId connection{};
        Enode node;
    };
    /// End a connection; then tell closed().
    struct Drop {
        PeerId connection{};
        DisconnectReason reason{};
        std::string why;  ///< For the log.
    };
    /// A static node that the operator should know about.
    struct Unreachable {
        Enode node;
        std::uint64_t failures = 0;
        std::string why;  ///< Of the last failure.
    };
    /// It is back after Unreachable.
    struct Reached {
        Enode node;
    };
    using Action = std::variant<Dial, Drop, Unreachable, Reached>;

    /// What a connection turned out to be.
    struct Remote {
        crypto::PublicKey key;
        IpAddress ip;
        std::uint16_t listen_port = 0;
    };

    explicit PeerManager(Options options);

    // Connections.

    /// Somebody connected: may be followed by a Drop of another one, whose handshake takes long.
    std::expected<PeerId, Refusal> accept(const IpAddress& from, Time now);
    /// Both Hellos are there. The refusal's connection must be ended, then closed() told.
    std::expected<void, RefusedPeer> established(PeerId connection, const Remote& remote, Time now);
    /// It is over, or never came to be. `key` as far as it is known.
    void closed(PeerId connection, DisconnectReason reason, bool by_remote,
                const std::optional<crypto::PublicKey>& key, const std::string& why, Time now);
    void mark_ready(PeerId connection);
    void score(PeerId connection, int points, Time now);

    // Nodes.

    /// False: it is one already, or us.
    bool add_static(const Enode& node, Time now);
    bool remove_static(const crypto::PublicKey& id, Time now);
    [[nodiscard]] bool is_static(const crypto::PublicKey& id) const;
    [[nodiscard]] std::vector<Enode> static_nodes() const;
    /// One that discovery found.
    void add_candidate(const Enode& node, Time now);
    /// Permissions or validators have changed.
    void recheck(Time now);
    /// The operator's rules for an address: --net-restrict.
    [[nodiscard]] bool accepts(const IpAddress& ip) const;
    /// Why not, by any rule that does not depend on how many there are.
    [[nodiscard]] std::optional<RefusedPeer> find_refusal(const Enode& node, Time now) const;

    void on_time(Time now);
    [[nodiscard]] Time due() const noexcept { return due_; }
    [[nodiscard]] std::vector<Action> take_actions();
    [[nodiscard]] bool has_actions() const noexcept { return !actions_.empty(); }

    /// Nodes with an established connection.
    [[nodiscard]] std::size_t node_count() const;
    /// Whether discovered nodes would be dialled.
    [[nodiscard]] bool wants_candidates() const;
    [[nodiscard]] std::size_t candidate_count() const noexcept { return candidates_.size(); }

private:
    enum class Stage : std::uint8_t { dialling, accepted, established };
    struct Connection {
        Stage stage{};
        bool is_inbound = false;
        bool is_ready = false;
        bool is_dropped = false;  // a Drop is under way
        IpAddress ip = {};
        Enode node = {};  // the key is known once dialled or established
        Address address = {};
        Time since{};  // of the stage
        double score = 0;
        Time scored{};
        std::uint64_t priority = 0;
    };
    struct StaticNode {
        Enode node;
        std::optional<Enode> found = {};  // where discovery saw it, if elsewhere
        std::uint64_t failures = 0;
        Time failing_since{};  // the first of them
        Time next_dial{};
        std::optional<Time> next_warning = {};
        bool warned = false;
    };
    struct Candidate {
        Enode node;
        Time last_attempt{};
        Time next_dial{};
        unsigned failures = 0;
    };
    /// Two connections of one node, of which one goes when it is time.
    struct Duel {
        PeerId loser{};
        PeerId winner{};
        Time at{};
    };
    struct Census {
        std::size_t all = 0;
        std::size_t validators = 0;
        std::size_t others_inbound = 0;
    };
    using Connections = std::map<PeerId, Connection>;

    [[nodiscard]] bool is_validator(const Connection& connection) const;
    [[nodiscard]] Census census(std::optional<PeerId> without = {}) const;
    [[nodiscard]] std::size_t places_for_others(const Census& census) const;
    [[nodiscard]] bool is_engaged(const crypto::PublicKey& id) const;
    [[nodiscard]] double score_at(const Connection& connection, Time now) const;

    std::optional<RefusedPeer> settle_duplicate(PeerId id, const Connection& connection, Time now);
    std::optional<RefusedPeer> find_place(PeerId id, const Connection& connection, Time now);
    [[nodiscard]] std::optional<PeerId> find_least(PeerId except, Time now) const;
    void drop(PeerId id, DisconnectReason reason, std::string why);
    void static_failed(StaticNode& node, const std::string& why, Time now);
    void static_lost(StaticNode& node, Time lasted_since, bool was_ready, Time now);
    void candidate_failed(const crypto::PublicKey& id, DisconnectReason reason, Time now);
    void make_room_for_candidate(const Enode& node);
    void dial_static(Time now);
    void dial_candidates(Time now);
    void dial(const Enode& node, Time now);
    void pass(Time now);
    [[nodiscard]] std::chrono::milliseconds redial_delay(std::uint64_t failures);
    void update_due(Time now);

    const Options options_;
    Denylist denylist_;
    InboundGate gate_;
    Connections connections_;
    std::map<crypto::PublicKey, StaticNode> static_nodes_;
    std::map<crypto::PublicKey, Candidate> candidates_;
    std::vector<Duel> duels_;
    std::vector<Action> actions_;
    std::uint64_t last_id_ = 0;
    Time due_ = Time::min();
};

}  // namespace meta138::p2p
