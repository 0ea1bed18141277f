// SPDX-License-Identifier: Apache-2.0
#include "downloader.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::sync {

using namespace std::chrono_literals;

namespace {

/// After a fault that is nobody's, or ours.
constexpr auto pause_after_fault = 1s;
/// Blocks of which it is remembered who sent them.
constexpr std::size_t max_refused = 64;

}  // namespace

std::optional<std::string> Downloader::find_fault(const Request& request,
                                                  const std::vector<SharedHeader>& headers) const {
    if (headers.size() > request.count) return "sent more headers than it was asked for";
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (headers[i]->header.number != request.start + i)
            return "sent headers that were not asked for";
        if (i > 0 && headers[i]->header.parent_hash != headers[i - 1]->hash)
            return fmt::format("sent headers that do not link at {}", request.start + i);
    }
    return std::nullopt;
}

void Downloader::on_segment(PeerId peer, const Request& request, std::vector<SharedHeader> headers,
                            Time now, DownloadActions& actions) {
    if (const auto fault = find_fault(request, headers)) {
        punish(peer, Offence::invalid, *fault, now, actions);
        return;
    }
    for (const auto& header : headers) {
        if (!bad_.contains(header->raw_hash)) continue;
        const auto number = header->header.number;
        note_refused(*header, peer, fmt::format("block {}", number));
        punish(peer, Offence::invalid,
               fmt::format("has block {}, which is known to be bad", number), now, actions);
        return;
    }
    auto& segment = segments_.at(request.start);
    auto* entry = find(peer);
    if (headers.empty()) {
        segment.failed.insert(peer);
        // A block later than what it has is no lie: it may have said so of a block on its way.
        if (entry != nullptr) entry->number = std::min(*entry->number, request.start - 1);
        fail(peer, Offence::empty,
             fmt::format("does not have block {}, which it claimed", request.start), now, actions);
        return;
    }
    if (entry != nullptr) entry->failures = 0;
    const auto received = headers.size();
    segment.source = peer;
    segment.headers = std::move(headers);
    if (received < segment.count) {
        auto& rest = segments_[request.start + received];
        rest.count = segment.count - received;
        segment.count = received;
    }
    link(now, actions);
}

// Takes over what links to our chain, as far as it goes.
void Downloader::link(Time now, DownloadActions& actions) {
    while (!segments_.empty()) {
        const auto first = segments_.begin();
        const auto end = tail();
        if (first->first > end.number + 1 || first->second.headers.empty()) return;
        auto segment = std::move(first->second);
        const auto start = first->first;
        segments_.erase(first);
        if (!link_segment(start, segment, now, actions)) return;
    }
}

bool Downloader::link_segment(std::uint64_t start, Segment& segment, Time now,
                              DownloadActions& actions) {
    const auto end = tail();
    // Our head may have moved on while it was under way.
    const auto known = end.number + 1 - start;
    if (known > 0) {
        if (known > segment.headers.size()) return true;
        const auto& same = *segment.headers[known - 1];
        if (!end.source && same.hash != end.hash) {
            refuse_chain(segment.source, same, end.hash, now, actions);
            return false;
        }
        if (same.hash == end.hash)
            segment.headers.erase(segment.headers.begin(),
                                  segment.headers.begin() + static_cast<std::ptrdiff_t>(known));
        else
            return true;
        if (segment.headers.empty()) return true;
    }
    if (segment.headers.front()->header.parent_hash != end.hash) {
        resolve_conflict(end.number + 1, segment, end, now, actions);
        return false;
    }
    if (auto* peer = find(segment.source)) peer->is_proven = true;
    for (const auto& header : segment.headers) append(header, segment.source);
    return true;
}

void Downloader::append(const SharedHeader& header, PeerId source) {
    Slot slot{.header = header,
              .source = source,
              .body_source = source,
              .block = std::nullopt,
              .bytes = 0,
              .request = 0,
              .failed = {}};
    if (header->empty_block) {
        slot.block = header->empty_block;
    } else if (const auto offered = offered_.find(header->raw_hash); offered != offered_.end()) {
        slot.block = std::move(offered->second.block);
        slot.bytes = offered->second.bytes;
        offered_bytes_ -= slot.bytes;
        bytes_ahead_ += slot.bytes;
        offered_.erase(offered);
    }
    slots_.push_back(std::move(slot));
}

// Two peers tell different stories. Which is true only an import can say: the story that we are in
// is followed until it fails or its teller does.
void Downloader::resolve_conflict(std::uint64_t start, Segment& segment, const Tail& end, Time now,
                                  DownloadActions& actions) {
    if (!end.source) {
        refuse_chain(segment.source, *segment.headers.front(), end.hash, now, actions);
        return;
    }
    if (*end.source == segment.source) {
        punish(segment.source, Offence::invalid,
               fmt::format("sent headers that do not link at {}", start), now, actions);
        return;
    }
    auto& again = segments_[start];
    again.count = segment.headers.size();
    again.failed = segment.failed;
    const auto* teller = find(*end.source);
    if (teller != nullptr && !again.failed.contains(*end.source) && teller->number &&
        *teller->number >= start) {
        again.failed.insert(segment.source);
        again.preferred = *end.source;
        return;
    }
    // Nobody goes on with what we have: it is given up as far as it is that peer's.
    segments_.clear();
    auto keep = slots_.size();
    while (keep > 0 && slots_[keep - 1].source == *end.source) --keep;
    drop_slots_from(keep);
}

// Where the consensus protocol makes blocks final, a chain without our head is another chain. Else
// the last common block lies further back.
void Downloader::refuse_chain(PeerId peer, const DownloadedHeader& theirs, const Hash32& ours,
                              Time now, DownloadActions& actions) {
    auto* entry = find(peer);
    if (entry == nullptr) return;
    if (!settings_.is_final && canonical_hash_) {
        const auto from = ancestor_.value_or(head_);
        look_back_ = look_back_ == 0 ? 1 : 2 * look_back_;
        if (from > 0 && look_back_ <= settings_.max_reorganisation) {
            ancestor_ = from - std::min(from, look_back_);
            segments_.clear();
            return;
        }
    }
    ++counters_.restarts;
    const auto number = theirs.header.number;
    punish(peer, Offence::other_chain,
           number == tail().number
               ? fmt::format("its block {} is {}, ours {}", number, to_hex(theirs.hash.bytes),
                             to_hex(ours.bytes))
               : fmt::format("its block {} has the parent {}, ours is {}", number,
                             to_hex(theirs.header.parent_hash.bytes), to_hex(ours.bytes)),
           now, actions);
    segments_.clear();
    ancestor_.reset();
    look_back_ = 0;
}

void Downloader::drop_slots_from(std::size_t index) {
    for (auto i = index; i < slots_.size(); ++i) bytes_ahead_ -= slots_[i].bytes;
    slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(index), slots_.end());
}

void Downloader::restart(Time now, std::chrono::milliseconds pause) {
    ++counters_.restarts;
    drop_slots_from(0);
    segments_.clear();
    // What is on its way to the chain may end as it likes: nobody waits for it.
    for (const auto& batch : importing_)
        for (const auto& slot : batch.slots) bytes_ahead_ -= slot.bytes;
    importing_.clear();
    ancestor_.reset();
    look_back_ = 0;
    not_before_ = std::max(not_before_, now + pause);
}

DownloadActions Downloader::on_imported(std::uint64_t id, const ImportOutcome& outcome, Time now) {
    DownloadActions actions;
    const auto found =
        std::ranges::find_if(importing_, [&](const Batch& batch) { return batch.id == id; });
    if (found == importing_.end()) return actions;
    const auto batch = std::move(*found);
    importing_.erase(found);
    for (const auto& slot : batch.slots) bytes_ahead_ -= slot.bytes;
    counters_.imported += outcome.imported;
    imported_in_run_ += outcome.imported;
    if (outcome.imported > 0) {
        last_import_ = now;
        const auto& last = *batch.slots[outcome.imported - 1].header;
        if (last.header.number > head_) {
            head_ = last.header.number;
            head_hash_ = last.hash;
        }
        marks_.push_back({now, head_});
        obstacle_.clear();
        ancestor_.reset();
        look_back_ = 0;
    }
    if (outcome.was_refused) {
        obstacle_ = "the chain's thread has no room for blocks";
        restart(now, pause_after_fault);
    } else if (outcome.error && outcome.imported < batch.slots.size()) {
        on_import_error(batch, outcome, now, actions);
    }
    schedule(now, actions);
    return actions;
}

void Downloader::on_import_error(const Batch& batch, const ImportOutcome& outcome, Time now,
                                 DownloadActions& actions) {
    const auto& slot = batch.slots[outcome.imported];
    const auto text = fmt::format("block {} ({}): {}", slot.header->header.number,
                                  to_hex(slot.header->hash.bytes), to_string(*outcome.error));
    const bool is_bad = blockchain::is_invalid(*outcome.error);
    const bool was_dropped = importing_.empty() && slots_.empty() && segments_.empty();
    restart(now, is_bad ? 0ms : std::chrono::milliseconds{pause_after_fault});
    if (is_bad) {
        bad_.insert(slot.header->raw_hash);
        note_refused(*slot.header, slot.source, text);
        punish(slot.source, Offence::invalid, "sent an invalid block: " + text, now, actions);
    } else if (!was_dropped || slot.header->header.number > head_) {
        obstacle_ = "cannot import " + text;
    }
}

// Several liars rarely tell the same lie.
void Downloader::note_refused(const DownloadedHeader& header, PeerId sender,
                              const std::string& text) {
    if (refused_.size() >= max_refused) refused_.clear();
    auto& refused = refused_[header.hash];
    if (refused.senders.size() < max_refused) refused.senders.insert(sender);
    if (refused.text.empty()) refused.text = text;
    if (refused.senders.size() > 1)
        obstacle_ = fmt::format(
            "{} peers have {}, which this node finds invalid: perhaps it is this node that errs. "
            "Compare its genesis file and its version with theirs",
            refused.senders.size(), refused.text);
}

DownloadActions Downloader::on_head(std::uint64_t number, const Hash32& hash, Time now) {
    DownloadActions actions;
    if (number > head_) obstacle_.clear();
    head_ = number;
    head_hash_ = hash;
    // What branches off below the head is not behind it.
    const bool is_branch = ancestor_.has_value();
    while (!is_branch && !slots_.empty() && slots_.front().header->header.number < number) {
        bytes_ahead_ -= slots_.front().bytes;
        slots_.pop_front();
    }
    if (!is_branch && !slots_.empty() && slots_.front().header->header.number == number) {
        const bool is_same = slots_.front().header->hash == hash;
        const auto source = slots_.front().source;
        if (is_same) {
            bytes_ahead_ -= slots_.front().bytes;
            slots_.pop_front();
        } else {
            restart(now, 0ms);
            if (settings_.is_final)
                punish(source, Offence::other_chain,
                       fmt::format("its block {} is not ours, which is final", number), now,
                       actions);
        }
    }
    link(now, actions);
    while (!segments_.empty()) {
        const auto& [start, segment] = *segments_.begin();
        if (start + segment.count > number + 1 || segment.request != 0) break;
        segments_.erase(segments_.begin());
    }
    schedule(now, actions);
    return actions;
}

}  // namespace meta138::sync
