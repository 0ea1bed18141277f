// SPDX-License-Identifier: Apache-2.0
#include "downloader.hpp"

#include <algorithm>
#include <utility>

namespace meta138::sync {

using namespace std::chrono_literals;

// The highest block that somebody who may be on our chain says it has.
std::uint64_t Downloader::target() const {
    auto highest = head_;
    for (const auto& [id, peer] : peers_)
        if (peer.number) highest = std::max(highest, *peer.number);
    return highest;
}

Downloader::Tail Downloader::tail() const {
    const auto of = [](const Slot& slot) {
        return Tail{slot.header->header.number, slot.header->hash, slot.source};
    };
    if (!slots_.empty()) return of(slots_.back());
    if (!importing_.empty()) {
        const auto last = of(importing_.back().slots.back());
        if (last.number > head_) return last;
    }
    if (ancestor_ && canonical_hash_)
        if (const auto hash = canonical_hash_(*ancestor_)) return {*ancestor_, *hash, std::nullopt};
    return {head_, head_hash_, std::nullopt};
}

void Downloader::schedule(Time now, DownloadActions& actions) {
    update_state(now);
    ask_for_heads(now, actions);
    probe(now, actions);
    const auto highest = target();
    if (highest <= head_) {
        behind_since_.reset();
        is_urgent_ = false;
        if (!is_active() && !is_syncing_) imported_in_run_ = 0;
    } else if (!behind_since_) {
        behind_since_ = now;
    }
    if (now < not_before_) return;
    const bool is_patient = behind_since_ && !is_urgent_ && !is_active() &&
                            highest - head_ <= settings_.grace_blocks &&
                            now - *behind_since_ < settings_.grace;
    if (highest > head_ && !is_patient) add_segments(now);
    ask_for_segments(now, actions);
    ask_for_bodies(now, actions);
    import_ready(now, actions);
}

std::uint64_t Downloader::open_request(PeerId peer, Kind kind, Time now) {
    const auto id = next_request_++;
    requests_[id] = {.peer = peer,
                     .kind = kind,
                     .deadline = now + settings_.request_timeout,
                     .start = 0,
                     .count = 0,
                     .headers = {}};
    ++peers_.at(peer).in_flight;
    if (kind == Kind::bodies) ++open_body_requests_;
    return id;
}

// The least busy of those who may be asked; of equals any.
template <typename Accepts>
std::optional<Downloader::PeerId> Downloader::choose(Time now, Accepts&& accepts) {
    std::optional<PeerId> best;
    std::size_t least = SIZE_MAX;
    std::size_t equals = 0;
    for (const auto& [id, peer] : peers_) {
        if (peer.in_flight >= settings_.requests_per_peer || now < peer.not_before ||
            !accepts(id, peer))
            continue;
        const auto load = peer.in_flight + 2 * peer.failures;
        if (load > least) continue;
        equals = load < least ? 1 : equals + 1;
        if (load < least || random_() % equals == 0) best = id;
        least = load;
    }
    return best;
}

// eth/68 tells the hash of a head, not its number.
void Downloader::ask_for_heads(Time now, DownloadActions& actions) {
    for (auto& [id, peer] : peers_) {
        if (peer.number || peer.in_flight > 0 || now < peer.not_before) continue;
        const auto request = open_request(id, Kind::head, now);
        actions.emplace_back(
            RequestHeaders{.peer = id, .request = request, .start = peer.head, .limit = 1});
    }
}

// An announcement may be lost, and a peer of eth/68 says nothing else.
void Downloader::probe(Time now, DownloadActions& actions) {
    const auto ask = [&](PeerId id) {
        const auto request = open_request(id, Kind::probe, now);
        requests_[request].start = head_ + 1;
        actions.emplace_back(
            RequestHeaders{.peer = id, .request = request, .start = head_ + 1, .limit = 1});
    };
    const bool is_idle = !is_active() && target() <= head_;
    if (std::exchange(probe_all_, false) && is_idle) {
        for (const auto& [id, peer] : peers_)
            if (peer.in_flight == 0 && now >= peer.not_before) ask(id);
    } else if (now >= next_probe_) {
        if (next_probe_ != Time{} && is_idle)
            if (const auto id = choose(now, [](PeerId, const Peer& peer) {
                    return peer.number && peer.in_flight == 0;
                }))
                ask(*id);
        next_probe_ = now + settings_.probe_interval;
    }
}

void Downloader::add_segments(Time now) {
    if (now < not_before_) return;
    const auto highest = target();
    const auto first = importing_.empty() ? tail().number - slots_.size()
                                          : importing_.front().slots.front().header->header.number;
    const auto limit = std::min(first + settings_.max_headers_ahead, highest);
    auto next = tail().number + 1;
    auto known = segments_.begin();
    // Also into gaps that dropped segments left.
    while (next <= limit) {
        if (known != segments_.end() && known->first <= next) {
            next = std::max(next, known->first + known->second.count);
            ++known;
            continue;
        }
        const auto end = known == segments_.end() ? limit + 1 : std::min(known->first, limit + 1);
        const auto count = std::min(settings_.headers_per_request, end - next);
        segments_.emplace(next, Segment{}).first->second.count = count;
        next += count;
    }
}

void Downloader::ask_for_segments(Time now, DownloadActions& actions) {
    for (auto found = segments_.begin(); found != segments_.end();) {
        auto& [start, segment] = *found;
        if (segment.request != 0 || !segment.headers.empty()) {
            ++found;
            continue;
        }
        const auto first = start;
        const auto can_serve = [&](PeerId id, const Peer& peer) {
            return peer.number && *peer.number >= first && peer.earliest <= first &&
                   !segment.failed.contains(id);
        };
        const bool is_hopeless = std::ranges::none_of(
            peers_, [&](const auto& entry) { return can_serve(entry.first, entry.second); });
        if (is_hopeless) {
            // Nobody has it: what was claimed is not there. Asked again when somebody claims anew.
            if (segment.failed.empty() || target() < first) {
                segments_.erase(found, segments_.end());
                break;
            }
            segment.failed.clear();
            ++found;
            continue;
        }
        auto peer = choose(now, [&](PeerId id, const Peer& entry) {
            return segment.preferred == id && can_serve(id, entry);
        });
        if (!peer) peer = choose(now, can_serve);
        if (peer) {
            segment.request = open_request(*peer, Kind::segment, now);
            auto& request = requests_[segment.request];
            request.start = start;
            request.count = segment.count;
            actions.emplace_back(RequestHeaders{
                .peer = *peer, .request = segment.request, .start = start, .limit = segment.count});
        }
        ++found;
    }
}

void Downloader::ask_for_bodies(Time now, DownloadActions& actions) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        auto& first = slots_[i];
        if (first.block || first.request != 0) continue;
        if (open_body_requests_ >= settings_.body_requests) return;
        if (i > 0 && bytes_ahead_ >= settings_.max_bytes_ahead) return;
        const auto number = first.header->header.number;
        const auto may_have = [&](PeerId id, const Peer& peer) {
            return peer.number && *peer.number >= number && peer.earliest <= number &&
                   !first.failed.contains(id);
        };
        const bool is_hopeless = std::ranges::none_of(
            peers_, [&](const auto& entry) { return may_have(entry.first, entry.second); });
        if (is_hopeless) {
            if (++first.rounds >= settings_.body_rounds || first.failed.empty()) {
                blame_body(i, now, actions);
                return;
            }
            first.failed.clear();
        }
        auto peer = choose(now, may_have);
        if (!peer) continue;
        std::vector<SharedHeader> headers;
        std::uint64_t gas = 0;
        const auto id = open_request(*peer, Kind::bodies, now);
        for (auto j = i; j < slots_.size() && headers.size() < settings_.bodies_per_request; ++j) {
            auto& slot = slots_[j];
            if (slot.block || slot.request != 0 || slot.failed.contains(*peer)) continue;
            if (slot.header->header.number > *peers_.at(*peer).number) break;
            const auto used = slot.header->header.gas_used;
            if (!headers.empty() && used > settings_.gas_per_body_request - gas) break;
            gas += std::min(used, settings_.gas_per_body_request - gas);
            slot.request = id;
            headers.push_back(slot.header);
        }
        requests_[id].headers = headers;
        actions.emplace_back(
            RequestBodies{.peer = *peer, .request = id, .headers = std::move(headers)});
    }
}

// Nobody has the body of a header that linked. Who sent the header should.
void Downloader::blame_body(std::size_t index, Time now, DownloadActions& actions) {
    const auto source = slots_[index].source;
    const auto number = slots_[index].header->header.number;
    drop_slots_from(index);
    segments_.clear();
    not_before_ = now + 500ms;
    obstacle_ = "no peer has the body of block " + std::to_string(number);
    fail(source, Offence::empty, "sent a header whose body nobody has", now, actions);
}

void Downloader::import_ready(Time now, DownloadActions& actions) {
    while (importing_.size() < settings_.imports_at_once && !slots_.empty() &&
           slots_.front().block) {
        Batch batch{.id = next_batch_++, .slots = {}};
        ImportBatch action{.batch = batch.id, .blocks = {}};
        std::uint64_t gas = 0;
        while (!slots_.empty() && slots_.front().block &&
               action.blocks.size() < settings_.blocks_per_import) {
            const auto used = slots_.front().header->header.gas_used;
            if (!action.blocks.empty() && used > settings_.gas_per_import - gas) break;
            gas += std::min(used, settings_.gas_per_import - gas);
            action.blocks.push_back(*std::move(slots_.front().block));
            slots_.front().block.reset();
            batch.slots.push_back(std::move(slots_.front()));
            slots_.pop_front();
        }
        importing_.push_back(std::move(batch));
        actions.emplace_back(std::move(action));
        if (last_import_ == Time{}) last_import_ = now;
    }
}

}  // namespace meta138::sync
