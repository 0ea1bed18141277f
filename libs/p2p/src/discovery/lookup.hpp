// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/discovery.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace meta138::p2p::discv4 {

/// discv4.md "Recursive Lookup": asks those closest to a target for those whom they know closer,
/// until the sixteen closest have answered. Sends nothing: says whom to ask.
class Lookup {
public:
    static constexpr std::size_t k = 16;
    static constexpr std::size_t alpha = 3;
    /// A liar can name ever closer nodes; nobody has to follow for ever.
    static constexpr std::size_t max_asked = 64;

    struct Seed {
        Node node{};
        Hash32 hash{};
    };

    Lookup(const FixedBytes<64>& target, std::span<const Seed> seeds);

    [[nodiscard]] const FixedBytes<64>& target() const noexcept { return target_; }
    /// Whom to ask next; absent if enough are being asked, or nobody is left.
    [[nodiscard]] std::optional<Node> next();
    [[nodiscard]] bool is_waiting_for(const Hash32& hash) const noexcept;
    /// The answer of one that was asked.
    void answered(const Hash32& hash, std::span<const Seed> nodes);
    /// One that was asked does not answer.
    void failed(const Hash32& hash);
    [[nodiscard]] bool is_done() const noexcept;

private:
    enum class State : std::uint8_t { heard_of, asked, answered };
    struct Candidate {
        Node node{};
        Hash32 hash{};
        State state = State::heard_of;
    };

    void add(const Seed& seed);
    [[nodiscard]] bool may_ask() const noexcept;

    FixedBytes<64> target_;
    Hash32 target_hash_;
    std::vector<Candidate> candidates_;  // closest first, at most 2 k
    std::vector<Hash32> failed_;
    std::size_t asked_ = 0;
    std::size_t waiting_ = 0;
};

}  // namespace meta138::p2p::discv4
