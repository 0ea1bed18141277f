// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace meta138::qbft {

struct FutureLimits {
    std::size_t messages = 1000;
    std::uint64_t distance = 10;  ///< In blocks above the height that is decided.
    std::size_t bytes = std::size_t{64} << 20;
};

struct FutureMessage {
    MessageCode code{};
    Bytes payload;
    Address from;  ///< The peer it came from.
};

/// Messages of heights to come, as they came (Besu FutureMessageBuffer).
///
/// Limited in number, bytes and distance. When a limit is reached, the author who has most gives,
/// of its highest height what came last: so a flood displaces itself, whoever relays it. All
/// authors that are no validators now (anybody can make keys) count as one.
class FutureMessages {
public:
    explicit FutureMessages(const FutureLimits& limits) : limits_{limits} {}

    /// `id` is message_id; `author`: absent for one who is no validator now. False: refused, or
    /// there already.
    bool add(FutureMessage message, const Hash32& id, std::uint64_t sequence,
             const std::optional<Address>& author, std::uint64_t height);
    /// Those of that height in the order they came; what is for lower heights is forgotten.
    [[nodiscard]] std::vector<FutureMessage> take(std::uint64_t height);

    [[nodiscard]] bool contains(const Hash32& id) const { return ids_.contains(id); }
    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
    /// Of the payloads.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    struct Entry {
        FutureMessage message;
        Hash32 id;
    };
    using Entries = std::map<std::pair<std::uint64_t, std::uint64_t>, Entry>;  // (height, arrival)
    struct Share {
        Entries entries;
        std::size_t bytes = 0;
    };
    using Shares = std::map<std::optional<Address>, Share>;

    [[nodiscard]] bool is_over() const noexcept;
    [[nodiscard]] Shares::iterator largest_share();
    FutureMessage remove(Share& share, Entries::iterator entry);

    FutureLimits limits_;
    Shares shares_;
    std::unordered_set<Hash32> ids_;
    std::size_t bytes_ = 0;
    std::uint64_t next_arrival_ = 0;
};

}  // namespace meta138::qbft
