// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "future_messages.hpp"
#include "heard.hpp"
#include "height.hpp"
#include "outbox.hpp"
#include "participant.hpp"
#include "signing_record.hpp"

#include "meta138/qbft/core.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace meta138::qbft {

/// Which messages take part, which wait, which are passed on (Besu BaseBftController,
/// QbftController, QbftGossiperImpl). What they do is the participant's.
class Core::Implementation {
public:
    Implementation(CoreSettings settings, std::optional<SafetyRecord> record);

    void start_height(HeightSettings settings, const Instant& now);
    void stop();
    void on_message(MessageCode code, ByteView payload, const Address& from, const Instant& now);
    void on_connected(const Address& peer, const Instant& now);
    void on_time(const Instant& now);
    [[nodiscard]] std::optional<milliseconds> due_in(const Instant& now) const;
    [[nodiscard]] Status status() const;

    /// Null: nothing is decided here.
    [[nodiscard]] Participant* participant() noexcept { return participant_.get(); }
    [[nodiscard]] Actions take() { return outbox_.take(record_); }

private:
    [[nodiscard]] std::uint64_t number() const noexcept { return height_ ? height_->number() : 0; }
    [[nodiscard]] std::size_t peers_to_wait_for(const Instant& now) const;
    [[nodiscard]] bool has_peers() const;
    void keep_for_later(MessageCode code, ByteView payload, std::uint64_t sequence,
                        const Address& from, const Instant& now);
    /// Absent: none that is missing here.
    [[nodiscard]] std::optional<std::uint64_t> highest_known_block() const;
    void watch_height(const Instant& now);
    void tell_behind(std::uint64_t known);
    void admit(MessageCode code, ByteView payload, const Address& from, const Instant& now);
    template <typename Decode>
    void admit_decoded(const Decode& decode, MessageCode code, ByteView payload,
                       const Address& from, const Instant& now);
    [[nodiscard]] bool may_take_part(MessageCode code, const std::optional<Address>& author,
                                     const Address& from);
    void gossip(MessageCode code, ByteView payload, const Hash32& id, const Address& author,
                const Address& from);
    void observe(Observation::Kind kind, MessageCode code, std::uint64_t sequence,
                 std::optional<Address> author, std::string text);

    CoreSettings settings_;
    SigningRecord record_;
    Histories histories_;
    FutureMessages future_;
    Outbox outbox_;

    std::optional<Height> height_;  // the last that was started
    bool is_running_ = false;
    std::unique_ptr<Participant> participant_;
    std::set<Address> connected_;  // validators that were, since the start
    bool was_started_ = false;
    std::size_t wanted_peers_ = 0;  // before the first block is proposed

    Heard heard_;                             // heights, of the current validators
    std::uint64_t told_behind_ = 0;           // the last BehindNetwork
    std::optional<milliseconds> behind_due_;  // steady: blocks are missing

    /// How many messages of an author were looked at.
    struct Share {
        std::size_t sound = 0;
        std::map<Address, std::size_t> unsound{};  ///< By whom they came from.
    };
    std::size_t& unsound_of(Share& share, const Address& from);
    std::uint32_t shares_round_ = 0;
    std::map<Address, Share> shares_;  // in that round
};

}  // namespace meta138::qbft
