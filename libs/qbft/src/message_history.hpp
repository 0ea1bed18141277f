// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstddef>
#include <deque>
#include <unordered_set>

namespace meta138::qbft {

/// Identifies a message for filters. Depends on the code, other than Besu's: else the bytes of a
/// message sent under another code would keep the message itself out.
[[nodiscard]] Hash32 message_id(MessageCode code, ByteView payload) noexcept;

/// The last `limit` messages that were seen, first in, first out (Besu's SizeLimitedMap).
class MessageHistory {
public:
    explicit MessageHistory(std::size_t limit) : limit_{limit} {}

    /// False: it is there already.
    bool insert(const Hash32& id);
    void erase(const Hash32& id) { ids_.erase(id); }
    [[nodiscard]] bool contains(const Hash32& id) const { return ids_.contains(id); }
    /// Forgets all; from now on with that limit.
    void reset(std::size_t limit);
    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }

private:
    std::size_t limit_;
    std::unordered_set<Hash32> ids_;
    std::deque<Hash32> order_;  // may name some that were erased
};

}  // namespace meta138::qbft
