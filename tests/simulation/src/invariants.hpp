// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/config.hpp"
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
#include <utility>
#include <vector>

namespace meta138::simulation {

/// The promises that hold at any moment, whatever goes wrong: what is left of it is empty, or says
/// which was broken.
class Invariants {
public:
    /// Outlived by `config`, that of the chain.
    explicit Invariants(const qbft::Config& config) : config_{config} {}

    /// A block became some honest node's head; `validators` decide on it. No two different ones at
    /// a height; each on the one before it, in its time, made by a validator; sealed by a quorum.
    [[nodiscard]] std::optional<std::string> on_committed(const Block& block,
                                                          const std::vector<Address>& validators);
    /// An honest validator sent a message of its own, restarts included: never two different ones
    /// for one height, round and code; no vote for a round that it has left; and no RoundChange
    /// that hides what it committed to.
    [[nodiscard]] std::optional<std::string> on_signed(const Address& author,
                                                       qbft::MessageCode code, ByteView payload);
    /// A core's buffers stay within their limits.
    [[nodiscard]] static std::optional<std::string> check_memory(const qbft::Core::Status& status,
                                                                 std::size_t future_messages_limit);

    [[nodiscard]] std::uint64_t height() const noexcept { return committed_.size(); }

private:
    struct Slot {
        Address author;
        std::uint64_t number = 0;
        std::uint32_t round = 0;
        qbft::MessageCode code{};
        auto operator<=>(const Slot&) const = default;
    };
    struct Committed {
        Hash32 hash;
        std::uint64_t timestamp = 0;
    };
    /// What an author has said about a height.
    struct Word {
        std::uint32_t round = 0;  ///< The highest of its RoundChanges.
        std::optional<std::uint32_t> committed{};
    };

    [[nodiscard]] std::optional<std::string> check_place(
        const Header& header, const std::vector<Address>& validators) const;
    [[nodiscard]] std::optional<std::string> check_seals(
        const Header& header, const std::vector<Address>& validators) const;
    [[nodiscard]] std::optional<std::string> check_rounds(const Slot& slot, ByteView payload);

    const qbft::Config& config_;
    std::map<std::uint64_t, Committed> committed_;
    std::set<Hash32> checked_;  // hashes of whole headers, seals included
    std::map<Slot, Hash32> signed_;
    std::map<std::pair<Address, std::uint64_t>, Word> words_;
};

}  // namespace meta138::simulation
