// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/qbft/messages.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace meta138::sync {

struct QbftRelayLimits {
    std::size_t max_message_bytes = std::size_t{10} << 20;
    /// Heights are relayed from the head minus this one ...
    std::uint64_t past_heights = 1;
    /// ... to the head plus this one.
    std::uint64_t future_heights = 10;
    /// Messages of one author that one peer may bring in a second, and in one burst.
    double author_rate = 50;
    double author_burst = 200;
    /// Messages that a peer may bring in a second, and in one burst, for each validator: those
    /// whose author has to be recovered, so that a copy is free.
    double peer_rate_per_validator = 16;
    double peer_burst_per_validator = 64;
    /// Bytes that a peer may bring in a second, and in one burst, copies included.
    double peer_bytes_rate = 16.0 * (1 << 20);
    double peer_bytes_burst = 64.0 * (1 << 20);
    /// Hashes of messages that were seen.
    std::size_t max_seen = 16'384;
    /// After this long a message is relayed again: its author repeats what may have been lost.
    std::chrono::milliseconds repeat_after{2000};
    /// Kept to be given to validators and sentries that connect later.
    std::size_t max_kept_bytes = std::size_t{32} << 20;
};

/// Why a message was not relayed.
enum class RelayDrop : std::uint8_t {
    unknown_peer,     ///< No such connection.
    too_large,        ///< QbftRelayLimits::max_message_bytes.
    peer_rate,        ///< The peer brings more than it may.
    duplicate,        ///< Seen a moment ago.
    malformed,        ///< Not a message, or nobody can have signed it.
    out_of_window,    ///< Of a height that is long past or far ahead.
    not_a_validator,  ///< The author is none of the current validators.
    author_rate,      ///< More of that author than it can have to say.
};
inline constexpr std::size_t relay_drop_count =
    static_cast<std::size_t>(RelayDrop::author_rate) + 1;

/// In metrics: "not_a_validator".
[[nodiscard]] std::string_view to_string(RelayDrop drop) noexcept;

/// What a sentry does with QBFT messages: validators that are connected to sentries only hear each
/// other through it. Passes each message of a current validator on once, to the connected
/// validators and the other sentries; never back to whom it came from, nor to its author. What was
/// said last is kept for those who connect later.
///
/// Plain state: no socket, no clock, no thread. A hostile peer costs bounded memory, and at most
/// its rate in recoveries of authors.
class QbftRelay {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// What is to be sent to whom, as it came.
    struct Relayed {
        qbft::MessageCode code{};
        std::shared_ptr<const Bytes> payload;
        std::vector<p2p::PeerId> to;
    };
    struct Counters {
        std::uint64_t relayed = 0;                              ///< Messages.
        std::uint64_t sent = 0;                                 ///< Copies of them.
        std::uint64_t replayed = 0;                             ///< To peers that connected later.
        std::array<std::uint64_t, relay_drop_count> dropped{};  ///< By RelayDrop.
    };

    explicit QbftRelay(const QbftRelayLimits& limits = {});
    ~QbftRelay();
    QbftRelay(const QbftRelay&) = delete;
    QbftRelay& operator=(const QbftRelay&) = delete;

    /// The head, and the validators of the block after it.
    void set_validators(std::uint64_t head, std::vector<Address> validators);

    /// A connection with istanbul/100; `is_sentry`: one that we stay connected to (a static one)
    /// gets messages although it is no validator. Returns what was said last, to be sent to it.
    [[nodiscard]] std::vector<Relayed> on_connected(p2p::PeerId peer, const Address& address,
                                                    bool is_sentry, Time now);
    void on_disconnected(p2p::PeerId peer);

    /// A message as it came. Without recipients, or dropped: nothing is to be sent.
    [[nodiscard]] Relayed on_message(p2p::PeerId from, qbft::MessageCode code, Bytes payload,
                                     Time now);

    [[nodiscard]] const Counters& counters() const noexcept;
    /// Of what is kept and remembered, roughly.
    [[nodiscard]] std::size_t memory() const noexcept;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::sync
