// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/core.hpp"
#include "meta138/qbft/messages.hpp"
#include "meta138/types/block.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace meta138::simulation {

/// The promises that hold at any moment, whatever goes wrong: what is left of it is empty, or says
/// which was broken.
class Invariants {
public:
    /// A block became some honest node's head; `validators` decide on it. No two different ones at
    /// a height; sealed by a quorum.
    [[nodiscard]] std::optional<std::string> on_committed(const Block& block,
                                                          const std::vector<Address>& validators);
    /// An honest validator sent a message of its own: never two different ones for one height,
    /// round and code, restarts included.
    [[nodiscard]] std::optional<std::string> on_signed(const Address& author,
                                                       qbft::MessageCode code, ByteView payload);
    /// A core's buffers stay within their limits.
    [[nodiscard]] static std::optional<std::string> check_memory(const qbft::Core::Status& status,
                                                                 std::size_t future_messages_limit);

    [[nodiscard]] std::uint64_t height() const noexcept { return committed_.size(); }
    [[nodiscard]] const std::map<std::uint64_t, Hash32>& committed() const noexcept {
        return committed_;
    }

private:
    struct Slot {
        Address author;
        std::uint64_t number = 0;
        std::uint32_t round = 0;
        qbft::MessageCode code{};
        auto operator<=>(const Slot&) const = default;
    };
    std::map<std::uint64_t, Hash32> committed_;
    std::set<Hash32> checked_;  // hashes of whole headers, seals included
    std::map<Slot, Hash32> signed_;
};

}  // namespace meta138::simulation
