// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/receipt.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace meta138::contracts {

__extension__ using int128 = __int128;

/// As an int256.
[[nodiscard]] uint256 to_word(int128 value) noexcept;

/// contracts/src/oracle/Aggregator.sol as its interface describes it (IAggregator), in plain C++:
/// no words, no slots, no gas. What a call should do, to be compared with what it does.
class FeedModel {
public:
    struct Settings {
        std::uint32_t heartbeat = 3600;
        std::uint16_t deviation_bps = 50;
        std::uint16_t max_observation_age = 300;
        bool skips_needless = false;
        int128 min_answer = 1;
        int128 max_answer = int128{1} << 80;
        std::uint32_t history = 0;

        friend bool operator==(const Settings&, const Settings&) = default;
    };
    struct Round {
        std::uint64_t id = 0;
        int128 answer = 0;
        std::uint64_t started_at = 0;
        std::uint64_t updated_at = 0;
    };
    /// What a call should come to: the revert's data, or success with an output and events.
    struct Expectation {
        std::optional<Bytes> revert;
        std::optional<uint256> output;  ///< Absent: nothing is returned.
        std::vector<Log> logs;
    };

    FeedModel(const Address& feed, const Settings& settings, const Address& admin,
              const Address& guardian, std::vector<Address> transmitters);

    // Each call as `sender` at `now`.
    Expectation transmit(const Address& sender, const uint256& round, int128 answer,
                         std::uint64_t observed_at, std::uint64_t now);
    Expectation set_settings(const Address& sender, const Settings& settings);
    Expectation add_transmitter(const Address& sender, const Address& transmitter);
    Expectation remove_transmitter(const Address& sender, const Address& transmitter);
    Expectation set_guardian(const Address& sender, const Address& guardian);
    Expectation pause(const Address& sender);
    Expectation unpause(const Address& sender);
    Expectation transfer_admin(const Address& sender, const Address& to);
    Expectation accept_admin(const Address& sender);
    /// To any implementation with the same behaviour.
    Expectation upgrade(const Address& sender, const Address& implementation);

    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    [[nodiscard]] const Round& latest() const noexcept { return latest_; }
    /// Absent: there is none, or it is not kept.
    [[nodiscard]] std::optional<Round> find_round(std::uint64_t id) const;
    [[nodiscard]] std::uint64_t due_at() const noexcept;
    [[nodiscard]] const std::vector<Address>& transmitters() const noexcept {
        return transmitters_;
    }
    [[nodiscard]] bool may_transmit(const Address& account) const noexcept;
    [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }
    [[nodiscard]] const Address& admin() const noexcept { return admin_; }
    [[nodiscard]] const Address& pending_admin() const noexcept { return pending_admin_; }
    [[nodiscard]] const Address& guardian() const noexcept { return guardian_; }

private:
    [[nodiscard]] std::uint64_t ring_size() const noexcept;
    [[nodiscard]] bool is_needed(int128 answer, std::uint64_t now) const noexcept;
    [[nodiscard]] std::optional<Expectation> refuse_unless_admin(const Address& sender) const;
    Expectation with_event(std::string_view signature, std::vector<Hash32> topics,
                           Bytes data = {}) const;

    Address feed_;
    Settings settings_;
    Round latest_;
    /// Rounds before the last, by their place in the ring.
    std::map<std::uint64_t, Round> ring_;
    std::vector<Address> transmitters_;
    Address admin_;
    Address pending_admin_;
    Address guardian_;
    bool is_paused_ = false;
};

}  // namespace meta138::contracts
