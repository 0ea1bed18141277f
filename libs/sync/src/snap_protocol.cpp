// SPDX-License-Identifier: Apache-2.0
#include "meta138/sync/snap_protocol.hpp"

#include "serve_snap.hpp"
#include "snap_queue.hpp"

#include "meta138/p2p/snap.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace meta138::sync {

namespace {

namespace snap = p2p::snap;
using namespace std::chrono_literals;

/// Beyond this the peer has to read first.
constexpr std::size_t max_unread_bytes = std::size_t{2} << 20;
constexpr auto look_again = 100ms;  // whether it has read, or whether a worker has room
constexpr int points_for_flood = -5;
constexpr int points_for_stray_answer = -1;

template <typename Request>
std::optional<SnapRequest> as_request(std::expected<Request, rlp::DecodeError> decoded) {
    if (!decoded) return std::nullopt;
    return SnapRequest{*std::move(decoded)};
}

/// None: it cannot be decoded.
std::optional<SnapRequest> decode_request(snap::Code code, ByteView payload) {
    switch (code) {
        case snap::Code::get_account_range:
            return as_request(snap::decode_get_account_range(payload));
        case snap::Code::get_storage_ranges:
            return as_request(snap::decode_get_storage_ranges(payload));
        case snap::Code::get_byte_codes: return as_request(snap::decode_get_byte_codes(payload));
        case snap::Code::get_trie_nodes: return as_request(snap::decode_get_trie_nodes(payload));
        case snap::Code::account_range:
        case snap::Code::storage_ranges:
        case snap::Code::byte_codes:
        case snap::Code::trie_nodes: break;
    }
    return std::nullopt;
}

struct Answer {
    snap::Code code{};
    Bytes payload;
};

class Server {
public:
    explicit Server(const storage::Snapshot& chain) : chain_{chain} {}

    Answer operator()(const snap::GetAccountRange& request) const {
        return {snap::Code::account_range, serve_account_range(chain_, request)};
    }
    Answer operator()(const snap::GetStorageRanges& request) const {
        return {snap::Code::storage_ranges, serve_storage_ranges(chain_, request)};
    }
    Answer operator()(const snap::GetByteCodes& request) const {
        return {snap::Code::byte_codes, serve_byte_codes(chain_, request)};
    }
    Answer operator()(const snap::GetTrieNodes& request) const {
        return {snap::Code::trie_nodes, serve_trie_nodes(chain_, request)};
    }

private:
    const storage::Snapshot& chain_;
};

struct SnapMetrics {
    explicit SnapMetrics(telemetry::Metrics& metrics)
        : served{metrics.counter(telemetry::Category::meta138, "snap_requests_served",
                                 "Requests of peers for states that were answered")},
          refused{metrics.counter(telemetry::Category::meta138, "snap_requests_refused",
                                  "Requests of peers for states beyond what one may have waiting")},
          bytes{metrics.counter(telemetry::Category::meta138, "snap_bytes_served",
                                "Bytes of states that peers were given, before compression")} {}

    telemetry::Counter& served;
    telemetry::Counter& refused;
    telemetry::Counter& bytes;
};

}  // namespace

class SnapProtocol::Implementation : public std::enable_shared_from_this<Implementation> {
public:
    Implementation(SnapServices services, Peers& peers, const telemetry::Logger& log,
                   telemetry::Metrics& metrics)
        : services_{std::move(services)}, peers_{peers}, log_{log}, metrics_{metrics} {}

    void on_message(p2p::PeerId peer, std::uint8_t code, ByteView payload) {
        if (snap::is_answer(code)) {
            peers_.score(peer, points_for_stray_answer);  // we ask for nothing
            return;
        }
        if (!snap::is_request(code)) {
            breach(peer, "a code that snap lacks");
            return;
        }
        if (!services_.is_ready(peer)) {
            breach(peer, "a request for states before its Status");
            return;
        }
        auto request = decode_request(static_cast<snap::Code>(code), payload);
        if (!request) {
            breach(peer, "a request for states that cannot be decoded");
            return;
        }
        if (!queue_.add(peer, *std::move(request))) {
            metrics_.refused.increment();
            peers_.score(peer, points_for_flood);
            return;
        }
        pump();
    }

    void on_disconnected(p2p::PeerId peer) { queue_.on_disconnected(peer); }

private:
    void breach(p2p::PeerId peer, std::string_view why) {
        log_.debug("Disconnecting a peer: {}", why);
        peers_.disconnect(peer, p2p::DisconnectReason::breach_of_protocol);
    }

    void pump() {
        const auto now = peers_.now();
        auto next = queue_.take(now, [this](p2p::PeerId peer) {
            return peers_.queued_bytes(peer) <= max_unread_bytes;
        });
        if (next)
            serve(*std::move(next));
        else if (const auto due = queue_.due())
            wake_at(*due > now ? *due : now + look_again);
    }

    void wake_at(Peers::Time time) {
        if (wakes_at_ && *wakes_at_ <= time) return;
        wakes_at_ = time;
        peers_.post_at(time, [weak = weak_from_this(), time] {
            const auto self = weak.lock();
            if (!self || self->wakes_at_ != time) return;
            self->wakes_at_.reset();
            self->pump();
        });
    }

    void serve(SnapQueue::Next next) {
        // Shared, for a task that is refused takes its captures with it.
        auto request = std::make_shared<SnapRequest>(std::move(next.request));
        Peers::Task task = [self = shared_from_this(), peer = next.peer, request] {
            const auto begin = self->peers_.now();
            auto answer = self->answer_to(*request);
            const auto took = self->peers_.now() - begin;
            self->peers_.post(
                [weak = std::weak_ptr{self}, peer, took, answer = std::move(answer)]() mutable {
                    if (const auto here = weak.lock())
                        here->on_served(peer, took, std::move(answer));
                });
        };
        if (services_.run_on_worker(task)) return;
        queue_.put_back(std::move(*request));
        wake_at(peers_.now() + look_again);
    }

    /// On a worker.
    [[nodiscard]] std::optional<Answer> answer_to(const SnapRequest& request) const {
        try {
            const auto view = services_.view();
            return std::visit(Server{view->blocks()}, request);
        } catch (const std::exception& fault) {
            // The chain's thread meets the same fault.
            log_.error("A request for states could not be answered: {}", fault.what());
            return std::nullopt;
        }
    }

    void on_served(p2p::PeerId peer, SnapQueue::Duration took, std::optional<Answer> answer) {
        queue_.on_served(took, peers_.now());
        if (answer) {
            const auto size = answer->payload.size();
            if (peers_.send(peer, static_cast<std::uint8_t>(answer->code),
                            std::make_shared<const Bytes>(std::move(answer->payload)))) {
                metrics_.served.increment();
                metrics_.bytes.increment(size);
            }
        }
        pump();
    }

    const SnapServices services_;
    Peers& peers_;
    const telemetry::Logger log_;
    SnapMetrics metrics_;
    SnapQueue queue_;
    std::optional<Peers::Time> wakes_at_;
};

SnapProtocol::SnapProtocol(SnapServices services, Peers& peers, const telemetry::Logger& log,
                           telemetry::Metrics& metrics)
    : implementation_{std::make_shared<Implementation>(std::move(services), peers, log, metrics)} {}

SnapProtocol::~SnapProtocol() = default;

std::vector<p2p::OfferedCapability> SnapProtocol::capabilities() {
    return {snap::capability()};
}

void SnapProtocol::on_connected(const std::shared_ptr<const p2p::Peer>& /*peer*/) {}
void SnapProtocol::on_message(p2p::PeerId peer, std::uint64_t /*version*/, std::uint8_t code,
                              Bytes payload) {
    implementation_->on_message(peer, code, payload);
}
void SnapProtocol::on_disconnected(p2p::PeerId peer, p2p::DisconnectReason /*reason*/,
                                   bool /*by_remote*/) {
    implementation_->on_disconnected(peer);
}

}  // namespace meta138::sync
