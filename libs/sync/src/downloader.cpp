// SPDX-License-Identifier: Apache-2.0
#include "downloader.hpp"

#include <algorithm>
#include <utility>

namespace meta138::sync {

using namespace std::chrono_literals;

namespace {

/// So far back the speed is taken from.
constexpr auto speed_window = 5s;
/// Blocks that must have come in and turned out valid before we say that we are far behind.
constexpr std::uint64_t proof_of_lag = 4;

}  // namespace

Downloader::Downloader(const DownloaderSettings& settings, std::uint64_t head,
                       const Hash32& head_hash,
                       std::function<std::optional<Hash32>(std::uint64_t)> canonical_hash)
    : settings_{settings},
      canonical_hash_{std::move(canonical_hash)},
      head_{head},
      head_hash_{head_hash},
      bad_{settings.max_bad_blocks, settings.seed},
      starting_block_{head},
      random_{settings.seed} {}

Downloader::Peer* Downloader::find(PeerId peer) {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? nullptr : &found->second;
}

DownloadActions Downloader::on_peer(PeerId peer, const PeerHead& head, Time now) {
    DownloadActions actions = on_disconnected(peer, now);  // whoever had that number before
    auto& entry = peers_[peer];
    entry.number = head.number;
    entry.head = head.hash;
    entry.earliest = head.earliest;
    if (head.hash == head_hash_) {
        entry.number = head_;
        entry.is_proven = true;
    }
    schedule(now, actions);
    return actions;
}

DownloadActions Downloader::on_announced(PeerId peer, std::uint64_t number, bool is_urgent,
                                         Time now) {
    DownloadActions actions;
    auto* entry = find(peer);
    if (entry == nullptr) return actions;
    entry->number = std::max(entry->number.value_or(0), number);
    if (is_urgent && number > head_) is_urgent_ = true;
    schedule(now, actions);
    return actions;
}

DownloadActions Downloader::on_range(PeerId peer, std::uint64_t earliest, std::uint64_t latest,
                                     Time now) {
    DownloadActions actions;
    auto* entry = find(peer);
    if (entry == nullptr) return actions;
    entry->number = latest;
    entry->earliest = earliest;
    schedule(now, actions);
    return actions;
}

DownloadActions Downloader::on_disconnected(PeerId peer, Time now) {
    std::vector<std::uint64_t> open;
    for (const auto& [id, request] : requests_)
        if (request.peer == peer) open.push_back(id);
    for (const auto id : open) {
        const auto request = take(peer, id);
        release(*request, id);
    }
    peers_.erase(peer);
    DownloadActions actions;
    schedule(now, actions);
    return actions;
}

bool Downloader::expects(PeerId peer, std::uint64_t request) const {
    const auto found = requests_.find(request);
    return found != requests_.end() && found->second.peer == peer;
}

std::optional<Downloader::Request> Downloader::take(PeerId peer, std::uint64_t id) {
    const auto found = requests_.find(id);
    if (found == requests_.end() || found->second.peer != peer) return std::nullopt;
    auto request = std::move(found->second);
    requests_.erase(found);
    if (request.kind == Kind::bodies) --open_body_requests_;
    if (auto* entry = find(peer)) --entry->in_flight;
    return request;
}

// What a request was to bring is open again.
void Downloader::release(const Request& request, std::uint64_t id) {
    if (request.kind == Kind::segment) {
        const auto found = segments_.find(request.start);
        if (found != segments_.end() && found->second.request == id) found->second.request = 0;
    }
    if (request.kind == Kind::bodies)
        for (auto& slot : slots_)
            if (slot.request == id) slot.request = 0;
}

DownloadActions Downloader::on_headers(PeerId peer, std::uint64_t id,
                                       std::vector<SharedHeader> headers, Time now) {
    DownloadActions actions;
    const auto request = take(peer, id);
    if (!request) return actions;
    counters_.headers += headers.size();
    switch (request->kind) {
        case Kind::segment: {
            const auto found = segments_.find(request->start);
            if (found != segments_.end() && found->second.request == id) {
                found->second.request = 0;
                on_segment(peer, *request, std::move(headers), now, actions);
            }
            break;
        }
        case Kind::head:
        case Kind::probe: on_first_header(peer, *request, headers, now, actions); break;
        case Kind::bodies: punish(peer, Offence::invalid, "headers for bodies", now, actions);
    }
    schedule(now, actions);
    return actions;
}

void Downloader::on_first_header(PeerId peer, const Request& request,
                                 const std::vector<SharedHeader>& headers, Time now,
                                 DownloadActions& actions) {
    auto* entry = find(peer);
    if (entry == nullptr) return;
    if (headers.empty()) {
        // A probe finds nothing when we are up to date. But who does not know its own head ...
        if (request.kind == Kind::head)
            fail(peer, Offence::empty, "does not have the header of its own head", now, actions);
        return;
    }
    const auto& first = *headers.front();
    const bool is_asked_for = request.kind == Kind::head ? first.hash == entry->head
                                                         : first.header.number == request.start;
    if (headers.size() > 1 || !is_asked_for) {
        punish(peer, Offence::invalid, "answered with headers that were not asked for", now,
               actions);
        return;
    }
    entry->failures = 0;
    entry->number = std::max(entry->number.value_or(0), first.header.number);
    if (request.kind == Kind::probe && first.header.number > head_) is_urgent_ = true;
}

DownloadActions Downloader::on_bodies(PeerId peer, std::uint64_t id,
                                      std::vector<std::optional<DownloadedBlock>> blocks,
                                      std::size_t unmatched, Time now) {
    DownloadActions actions;
    const auto request = take(peer, id);
    if (!request) return actions;
    release(*request, id);
    if (request->kind != Kind::bodies || unmatched > 0) {
        punish(peer, Offence::invalid, "sent bodies that were not asked for", now, actions);
        schedule(now, actions);
        return actions;
    }
    const bool is_empty =
        std::ranges::none_of(blocks, [](const auto& block) { return block.has_value(); });
    // Answers are cut at a limit of bytes: what is missing at the end may still come.
    bool is_cut = !is_empty;
    std::vector<SharedHeader> missing;
    for (auto i = blocks.size(); i-- > 0;) {
        if (blocks[i])
            is_cut = false;
        else if (!is_cut)
            missing.push_back(request->headers[i]);
    }
    const auto slot_of = [this](const DownloadedHeader& header) -> Slot* {
        if (slots_.empty() || header.header.number < slots_.front().header->header.number)
            return nullptr;
        const auto index = header.header.number - slots_.front().header->header.number;
        if (index >= slots_.size() || slots_[index].header->hash != header.hash) return nullptr;
        return &slots_[index];
    };
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (!blocks[i]) continue;
        auto* slot = slot_of(*request->headers[i]);
        if (slot == nullptr || slot->block) continue;
        ++counters_.bodies;
        slot->block = std::move(blocks[i]->block);
        slot->bytes = blocks[i]->bytes;
        slot->body_source = peer;
        bytes_ahead_ += slot->bytes;
    }
    for (const auto& header : missing)
        if (auto* slot = slot_of(*header)) slot->failed.insert(peer);
    if (is_empty) {
        const bool is_its_own = std::ranges::any_of(missing, [&](const auto& header) {
            const auto* slot = slot_of(*header);
            return slot != nullptr && slot->source == peer;
        });
        if (is_its_own)
            fail(peer, Offence::empty, "does not have the bodies of headers that it sent", now,
                 actions);
    } else if (auto* entry = find(peer)) {
        entry->failures = 0;
    }
    schedule(now, actions);
    return actions;
}

DownloadActions Downloader::on_failed(PeerId peer, std::uint64_t id, bool is_malformed, Time now) {
    DownloadActions actions;
    const auto request = take(peer, id);
    if (!request) return actions;
    release(*request, id);
    if (is_malformed)
        punish(peer, Offence::invalid, "its answer cannot be decoded", now, actions);
    else if (auto* entry = find(peer))
        entry->not_before = std::max(entry->not_before, now + 100ms);
    schedule(now, actions);
    return actions;
}

DownloadActions Downloader::on_behind(std::uint64_t number, Time now) {
    DownloadActions actions;
    if (number > head_) probe_all_ = true;
    schedule(now, actions);
    return actions;
}

void Downloader::offer(DownloadedBlock block) {
    if (block.bytes > settings_.max_offered_bytes || offered_.contains(block.raw_hash)) return;
    offered_bytes_ += block.bytes;
    offered_order_.push_back(block.raw_hash);
    offered_.emplace(block.raw_hash, std::move(block));
    while (offered_.size() > settings_.max_offered ||
           offered_bytes_ > settings_.max_offered_bytes) {
        const auto oldest = offered_.find(offered_order_.front());
        offered_order_.pop_front();
        if (oldest == offered_.end()) continue;  // was used
        offered_bytes_ -= oldest->second.bytes;
        offered_.erase(oldest);
    }
    // Those that were used leave their places in the order behind.
    while (offered_order_.size() > 4 * settings_.max_offered) offered_order_.pop_front();
}

DownloadActions Downloader::on_time(Time now) {
    DownloadActions actions;
    std::vector<std::uint64_t> late;
    for (const auto& [id, request] : requests_)
        if (request.deadline <= now) late.push_back(id);
    for (const auto id : late) {
        const auto found_request = requests_.find(id);
        if (found_request == requests_.end()) continue;  // its peer has gone meanwhile
        const auto peer = found_request->second.peer;
        const auto request = take(peer, id);
        release(*request, id);
        ++counters_.timeouts;
        if (request->kind == Kind::segment) {
            const auto found = segments_.find(request->start);
            if (found != segments_.end()) found->second.failed.insert(peer);
        }
        if (request->kind == Kind::bodies)
            for (const auto& header : request->headers)
                for (auto& slot : slots_)
                    if (slot.header->hash == header->hash) slot.failed.insert(peer);
        fail(peer, Offence::slow, "did not answer in time", now, actions);
    }
    schedule(now, actions);
    return actions;
}

// Something went wrong that need not be malice: less of this peer, and nothing if it goes on.
void Downloader::fail(PeerId peer, Offence offence, const std::string& reason, Time now,
                      DownloadActions& actions) {
    auto* entry = find(peer);
    if (entry == nullptr) return;
    if (++entry->failures > settings_.max_failures) {
        punish(peer, Offence::useless, reason, now, actions);
        return;
    }
    entry->not_before = now + std::chrono::milliseconds{250} * (1U << entry->failures);
    actions.emplace_back(Punish{peer, offence, reason});
}

// The peer goes: the shell disconnects it. What it sent is judged by what it links to.
void Downloader::punish(PeerId peer, Offence offence, std::string reason, Time now,
                        DownloadActions& actions) {
    if (find(peer) == nullptr) return;
    actions.emplace_back(Punish{peer, offence, std::move(reason)});
    auto more = on_disconnected(peer, now);
    std::ranges::move(more, std::back_inserter(actions));
}

std::optional<std::uint64_t> Downloader::number_of(PeerId peer) const {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? std::nullopt : found->second.number;
}

std::size_t Downloader::held_headers() const noexcept {
    auto count = slots_.size();
    for (const auto& [start, segment] : segments_) count += segment.headers.size();
    for (const auto& batch : importing_) count += batch.slots.size();
    return count;
}

SyncStatus Downloader::status(Time now) const {
    SyncStatus status{.is_syncing = is_syncing_,
                      .starting_block = starting_block_,
                      .current_block = head_,
                      .highest_block = std::max(head_, tail().number),
                      .headers_ahead = slots_.size(),
                      .peers = peers_.size(),
                      .obstacle = obstacle_};
    for (const auto& batch : importing_) {
        status.headers_ahead += batch.slots.size();
        status.bodies_ahead += batch.slots.size();
    }
    for (const auto& slot : slots_)
        if (slot.block) ++status.bodies_ahead;
    for (const auto& [id, peer] : peers_) {
        if (!peer.number || *peer.number <= head_) continue;
        ++status.useful_peers;
        if (peer.is_proven) status.highest_block = std::max(status.highest_block, *peer.number);
    }
    if (!marks_.empty() && now - marks_.back().at < speed_window &&
        marks_.back().at > marks_.front().at) {
        const std::chrono::duration<double> passed = marks_.back().at - marks_.front().at;
        status.blocks_per_second =
            static_cast<double>(marks_.back().number - marks_.front().number) / passed.count();
    }
    return status;
}

// Hysteresis: far behind by what turned out valid, until within a block of what there is.
void Downloader::update_state(Time now) {
    while (marks_.size() > 2 && now - marks_.front().at > speed_window) marks_.pop_front();
    const auto known = std::max(head_, tail().number);
    if (!is_syncing_) {
        if (imported_in_run_ < proof_of_lag || known - head_ < settings_.blocks_behind) return;
        is_syncing_ = true;
        starting_block_ = head_ - std::min(head_, imported_in_run_);
        return;
    }
    const bool is_there = known - head_ <= 1 && target() <= head_ + 1;
    if (is_there || now - last_import_ > settings_.stall) {
        is_syncing_ = false;
        imported_in_run_ = 0;
    }
}

}  // namespace meta138::sync
