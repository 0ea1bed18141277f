// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "downloader.hpp"
#include "sealed_consensus.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace meta138::sync::test {

using namespace std::chrono_literals;
using Time = Downloader::Time;

/// Headers that link, number 0 first; other ones for each seed.
class FakeChain {
public:
    FakeChain(std::size_t blocks, std::uint64_t seed, const FakeChain* parent = nullptr,
              std::size_t shared = 0) {
        for (std::size_t i = 0; i <= blocks; ++i) {
            if (parent != nullptr && i <= shared) {
                headers_.push_back(parent->headers_[i]);
                continue;
            }
            auto item = std::make_shared<DownloadedHeader>();
            item->header.number = i;
            item->header.gas_used = 21'000;
            item->header.extra_data = Bytes{static_cast<std::uint8_t>(i == 0 ? 0 : seed)};
            if (i > 0) item->header.parent_hash = headers_.back()->hash;
            item->hash = item->raw_hash = block_hash(item->header);
            headers_.push_back(std::move(item));
        }
    }
    [[nodiscard]] const SharedHeader& at(std::uint64_t number) const { return headers_[number]; }
    [[nodiscard]] std::uint64_t head() const { return headers_.size() - 1; }
    [[nodiscard]] bool has(const DownloadedHeader& header) const {
        return header.header.number <= head() && at(header.header.number)->hash == header.hash;
    }

private:
    std::vector<SharedHeader> headers_;
};

/// How a peer answers.
struct ScriptedPeer {
    const FakeChain* chain = nullptr;
    std::chrono::milliseconds latency{20};
    std::uint64_t claims = 0;   ///< Its head as it says; 0: the chain's.
    bool hides_number = false;  ///< As in eth/68.
    bool answers = true;
    bool has_bodies = true;
    bool sends_wrong_bodies = false;
    bool shuffles_headers = false;
    bool sends_too_many = false;
    std::size_t max_items = SIZE_MAX;  ///< Of an answer.
    std::uint64_t earliest = 0;
    bool is_connected = true;
};

/// A downloader, peers that do as told, and a chain that takes the blocks of one FakeChain. Time
/// passes as the events say.
class DownloadWorld {
public:
    explicit DownloadWorld(const FakeChain& truth, DownloaderSettings settings = {},
                           std::uint64_t head = 0)
        : truth_{truth},
          head_{head},
          downloader_{settings, head, truth.at(head)->hash,
                      [this](std::uint64_t number) -> std::optional<Hash32> {
                          if (number > head_) return std::nullopt;
                          return truth_.at(number)->hash;
                      }},
          settings_{settings} {}

    p2p::PeerId add(const ScriptedPeer& peer) {
        const auto id = static_cast<p2p::PeerId>(peers_.size() + 1);
        peers_[id] = peer;
        const auto number = peer.claims != 0 ? peer.claims : peer.chain->head();
        carry_out(
            downloader_.on_peer(id,
                                {.number = peer.hides_number ? std::nullopt : std::optional{number},
                                 .hash = peer.chain->at(peer.chain->head())->hash,
                                 .earliest = peer.earliest},
                                now_));
        return id;
    }
    void disconnect(p2p::PeerId id) {
        peers_[id].is_connected = false;
        carry_out(downloader_.on_disconnected(id, now_));
    }

    /// Until `is_done` or so long; whether it was done.
    bool run(const std::function<bool()>& is_done, std::chrono::milliseconds limit) {
        const auto end = now_ + limit;
        auto tick = now_;
        while (!is_done()) {
            if (!events_.empty() && events_.begin()->first <= tick) {
                now_ = std::max(now_, events_.begin()->first);
                auto event = std::move(events_.begin()->second);
                events_.erase(events_.begin());
                event();
            } else {
                if (tick > end) return false;
                now_ = tick;
                tick += 100ms;
                carry_out(downloader_.on_time(now_));
            }
            max_headers = std::max(max_headers, downloader_.held_headers());
            max_bytes = std::max(max_bytes, downloader_.held_bytes());
            was_syncing |= downloader_.is_syncing();
        }
        return true;
    }
    bool run_to(std::uint64_t number, std::chrono::milliseconds limit = 60s) {
        return run([&] { return head_ >= number; }, limit);
    }
    void pass(std::chrono::milliseconds time) {
        run([] { return false; }, time);
    }
    /// The chain got a block otherwise: consensus decided it.
    void set_head(std::uint64_t number) {
        head_ = number;
        carry_out(downloader_.on_head(number, truth_.at(number)->hash, now_));
    }
    void announce(p2p::PeerId id, std::uint64_t number, bool is_urgent = false) {
        carry_out(downloader_.on_announced(id, number, is_urgent, now_));
    }

    [[nodiscard]] std::uint64_t head() const { return head_; }
    [[nodiscard]] Time now() const { return now_; }
    Downloader& downloader() { return downloader_; }
    void carry_out(DownloadActions actions) {
        for (auto& action : actions)
            std::visit([this](auto& each) { carry_out(std::move(each)); }, action);
    }

    std::map<p2p::PeerId, std::vector<Offence>> offences;
    std::vector<std::string> reasons;
    std::size_t header_requests = 0;
    std::size_t body_requests = 0;
    std::map<p2p::PeerId, std::size_t> requests_of;
    std::size_t max_headers = 0;
    std::size_t max_bytes = 0;
    bool was_syncing = false;
    std::chrono::milliseconds import_time{0};  ///< Of a block.
    bool refuses_imports = false;
    std::size_t body_bytes = 1000;
    std::size_t imports_under_way = 0;
    std::size_t max_imports = 0;

private:
    void later(std::chrono::milliseconds delay, std::function<void()> event) {
        events_.emplace(now_ + delay, std::move(event));
    }

    void carry_out(RequestHeaders&& request) {
        ++header_requests;
        ++requests_of[request.peer];
        const auto& peer = peers_.at(request.peer);
        if (!peer.answers) return;
        std::vector<SharedHeader> headers;
        std::optional<std::uint64_t> first;
        if (const auto* number = std::get_if<std::uint64_t>(&request.start)) {
            first = *number;
        } else {
            for (std::uint64_t i = 0; i <= peer.chain->head(); ++i)
                if (peer.chain->at(i)->hash == std::get<Hash32>(request.start)) first = i;
        }
        const auto limit =
            std::min<std::uint64_t>(request.limit, peer.max_items) + (peer.sends_too_many ? 1 : 0);
        for (auto i = first.value_or(UINT64_MAX); i <= peer.chain->head() && headers.size() < limit;
             ++i)
            headers.push_back(peer.chain->at(i));
        if (peer.shuffles_headers && headers.size() > 2) std::swap(headers[0], headers[2]);
        later(peer.latency,
              [this, id = request.peer, request = request.request, headers = std::move(headers)] {
                  if (peers_.at(id).is_connected)
                      carry_out(downloader_.on_headers(id, request, headers, now_));
              });
    }

    void carry_out(RequestBodies&& request) {
        ++body_requests;
        ++requests_of[request.peer];
        const auto& peer = peers_.at(request.peer);
        if (!peer.answers) return;
        later(peer.latency, [this, request = std::make_shared<RequestBodies>(std::move(request))] {
            const auto& from = peers_.at(request->peer);
            if (!from.is_connected) return;
            std::vector<std::optional<DownloadedBlock>> blocks(request->headers.size());
            std::size_t sent = 0;
            for (std::size_t i = 0; i < blocks.size() && sent < from.max_items; ++i) {
                const auto& header = *request->headers[i];
                if (!from.has_bodies || from.sends_wrong_bodies || !from.chain->has(header))
                    continue;
                ++sent;
                blocks[i] = DownloadedBlock{
                    .block = blockchain::PreparedBlock{Block{.header = header.header,
                                                             .transactions = {},
                                                             .ommers = {},
                                                             .withdrawals = std::nullopt},
                                                       consensus_},
                    .raw_hash = header.raw_hash,
                    .bytes = body_bytes};
            }
            carry_out(downloader_.on_bodies(request->peer, request->request, std::move(blocks),
                                            from.sends_wrong_bodies ? 1 : 0, now_));
        });
    }

    void carry_out(ImportBatch&& batch) {
        ++imports_under_way;
        max_imports = std::max(max_imports, imports_under_way);
        std::vector<Header> headers;
        for (const auto& block : batch.blocks) headers.push_back(block.block().header);
        const auto time = import_time * static_cast<int>(headers.size());
        later(time, [this, id = batch.batch, headers = std::move(headers)] {
            --imports_under_way;
            ImportOutcome outcome;
            if (refuses_imports) {
                outcome.was_refused = true;
                carry_out(downloader_.on_imported(id, outcome, now_));
                return;
            }
            for (const auto& header : headers) {
                if (header.number > head_ + 1) {
                    outcome.error = blockchain::UnknownParent{};
                } else if (block_hash(header) != truth_.at(header.number)->hash) {
                    outcome.error = blockchain::InvalidSeal{.reason = "not enough seals"};
                } else {
                    head_ = std::max(head_, header.number);
                    ++outcome.imported;
                    carry_out(downloader_.on_head(head_, truth_.at(head_)->hash, now_));
                }
                if (outcome.error) break;
            }
            carry_out(downloader_.on_imported(id, outcome, now_));
        });
    }

    void carry_out(Punish&& punish) {
        offences[punish.peer].push_back(punish.offence);
        reasons.push_back(punish.reason);
        if (punish.offence == Offence::slow || punish.offence == Offence::empty) return;
        peers_.at(punish.peer).is_connected = false;
        carry_out(downloader_.on_disconnected(punish.peer, now_));
    }

    const FakeChain& truth_;
    std::uint64_t head_;
    Downloader downloader_;
    DownloaderSettings settings_;
    SealedConsensus consensus_{Genesis{}};
    Time now_{std::chrono::hours{1}};
    std::multimap<Time, std::function<void()>> events_;
    std::map<p2p::PeerId, ScriptedPeer> peers_;
};

}  // namespace meta138::sync::test
