// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "packet.hpp"
#include "scenario.hpp"
#include "time.hpp"

#include "meta138/qbft/core.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <vector>

namespace meta138::simulation {

class Node;
class World;

/// What a byzantine validator does with its key, next to the honest program that it also runs: it
/// hears all that its node hears, at once, and changes what its node sends.
class Attacker {
public:
    Attacker(World& world, Node& node, Attack attack);

    /// Lays out what it does by itself.
    void begin();
    /// Its node has heard a message.
    void on_heard(const Packet& packet);
    /// Its node sends this to that node: what goes out instead; null: nothing.
    [[nodiscard]] std::shared_ptr<const Packet> instead(
        std::size_t to, const std::shared_ptr<const Packet>& packet);

private:
    using Payload = std::shared_ptr<const Bytes>;

    void act();
    [[nodiscard]] qbft::Sign sign() const;
    void send(std::size_t to, qbft::MessageCode code, Bytes payload);
    void send_to_all(qbft::MessageCode code, const Bytes& payload);
    void vote_for(const qbft::Proposal& proposal);
    void lie_about_rounds();
    void propose_without_reason();
    void replay();
    void send_garbage();
    void send_huge_rounds();
    void flood();
    [[nodiscard]] Bytes other_proposal(ByteView payload, bool is_valid);
    [[nodiscard]] Bytes wrong_seal(ByteView payload);
    [[nodiscard]] std::uint64_t height() const;
    [[nodiscard]] std::uint32_t round() const;

    World& world_;
    Node& node_;
    const Attack attack_;
    struct Heard {
        qbft::MessageCode code{};
        Payload payload;
    };
    std::deque<Heard> heard_;
    std::set<std::size_t> ignored_;  // who is left out now
    std::shared_ptr<const Packet> original_;
    std::shared_ptr<const Packet> variant_;
};

}  // namespace meta138::simulation
