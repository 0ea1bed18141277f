// SPDX-License-Identifier: Apache-2.0
// The input says what peers claim, answer and when time passes. Whatever it is: requests stay
// within their bounds, what is imported links, and once honest peers are left alone the download
// ends.
#include "downloader.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/types/genesis.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

using namespace meta138;
using namespace meta138::sync;

namespace {

constexpr std::uint64_t true_head = 60;

std::vector<SharedHeader> make_chain(std::uint64_t blocks, std::uint8_t mark,
                                     const std::vector<SharedHeader>& shared) {
    auto chain = shared;
    while (chain.size() <= blocks) {
        auto item = std::make_shared<DownloadedHeader>();
        item->header.number = chain.size();
        item->header.extra_data = Bytes{mark};
        if (!chain.empty()) item->header.parent_hash = chain.back()->hash;
        item->hash = item->raw_hash = block_hash(item->header);
        chain.push_back(std::move(item));
    }
    return chain;
}

struct Chains {
    std::vector<SharedHeader> honest = make_chain(true_head, 1, {});
    std::vector<SharedHeader> fake = make_chain(300, 2, {honest.begin(), honest.begin() + 20});
    std::unique_ptr<blockchain::Consensus> consensus =
        blockchain::make_trusting_consensus(Genesis{});
};

/// Carries out what the downloader asks for, as the input says.
class World {
public:
    World(const Chains& chains, ByteView input) : chains_{chains}, input_{input} {
        settings_.headers_per_request = 16;
        settings_.max_headers_ahead = 64;
        settings_.blocks_per_import = 8;
        downloader_.emplace(settings_, 0, chains.honest[0]->hash);
    }

    void run() {
        while (!input_.empty()) step();
        // From here on everybody is honest and quick.
        is_calm_ = true;
        for (std::uint64_t i = 100; i < 103; ++i) connect(static_cast<p2p::PeerId>(i), true_head);
        for (int i = 0; i < 2000 && head_ < true_head; ++i) {
            now_ += std::chrono::milliseconds{100};
            take(downloader_->on_time(now_));
            while (!pending_.empty()) answer(0, 0);
        }
        META138_ASSERT(head_ == true_head);
    }

private:
    std::uint8_t byte() {
        if (input_.empty()) return 0;
        const auto value = input_.front();
        input_ = input_.subspan(1);
        return value;
    }

    void connect(p2p::PeerId id, std::uint64_t claims) {
        connected_[id] = true;
        take(downloader_->on_peer(
            id, {.number = claims, .hash = chains_.honest.back()->hash, .earliest = 0}, now_));
    }

    void step() {
        const auto what = byte();
        const auto id = static_cast<p2p::PeerId>(1 + byte() % 4);
        switch (what % 8) {
            case 0: connect(id, byte()); break;
            case 1:
                connected_.erase(id);
                take(downloader_->on_disconnected(id, now_));
                break;
            case 2: take(downloader_->on_announced(id, byte() * 3U, what % 2 == 0, now_)); break;
            case 3:
                now_ += std::chrono::milliseconds{byte() * 20};
                take(downloader_->on_time(now_));
                break;
            case 4: take(downloader_->on_behind(byte(), now_)); break;
            default:
                if (!pending_.empty()) answer(byte() % pending_.size(), byte());
        }
        check();
    }

    void check() {
        META138_ASSERT(downloader_->held_headers() <=
                       settings_.max_headers_ahead + 4 * settings_.headers_per_request);
        META138_ASSERT(downloader_->pending_requests() <= 7 * settings_.requests_per_peer);
    }

    void take(DownloadActions actions) {
        for (auto& action : actions) {
            if (auto* punish = std::get_if<Punish>(&action)) {
                if (punish->offence == Offence::slow || punish->offence == Offence::empty) continue;
                META138_ASSERT(!is_calm_ || !connected_.contains(punish->peer) ||
                               static_cast<std::uint64_t>(punish->peer) < 100 ||
                               punish->offence != Offence::invalid);
                connected_.erase(punish->peer);
                continue;
            }
            pending_.push_back(std::move(action));
        }
    }

    void answer(std::size_t index, std::uint8_t how) {
        auto action = std::move(pending_[index]);
        pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
        if (auto* headers = std::get_if<RequestHeaders>(&action)) answer(*headers, how);
        if (auto* bodies = std::get_if<RequestBodies>(&action)) answer(*bodies, how);
        if (auto* batch = std::get_if<ImportBatch>(&action)) import(*batch, how);
    }

    [[nodiscard]] bool is_honest(p2p::PeerId id) const {
        return is_calm_ || static_cast<std::uint64_t>(id) >= 100;
    }

    void answer(const RequestHeaders& request, std::uint8_t how) {
        if (is_honest(request.peer)) how = 0;
        const auto& chain = how % 3 == 1 ? chains_.fake : chains_.honest;
        std::vector<SharedHeader> headers;
        const auto* number = std::get_if<std::uint64_t>(&request.start);
        auto limit = request.limit;
        if (how % 7 == 3) limit = how % 5;
        if (how % 11 == 4) ++limit;
        for (auto i = number ? *number : true_head; i < chain.size() && headers.size() < limit; ++i)
            headers.push_back(chain[i]);
        if (how % 13 == 5) std::reverse(headers.begin(), headers.end());
        if (how % 17 == 6)
            take(downloader_->on_failed(request.peer, request.request, how % 2 == 0, now_));
        else if (how % 19 != 7)
            take(downloader_->on_headers(request.peer, request.request, headers, now_));
    }

    void answer(const RequestBodies& request, std::uint8_t how) {
        if (is_honest(request.peer)) how = 0;
        std::vector<std::optional<DownloadedBlock>> blocks(request.headers.size());
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const auto& header = *request.headers[i];
            const auto number = header.header.number;
            const bool has_it = number <= true_head && chains_.honest[number]->hash == header.hash;
            if (how % 5 == 1 || (how % 3 == 2 && i % 2 == 0) || (!has_it && how == 0)) continue;
            blocks[i] = DownloadedBlock{
                .block = blockchain::PreparedBlock{Block{.header = header.header,
                                                         .transactions = {},
                                                         .ommers = {},
                                                         .withdrawals = std::nullopt},
                                                   *chains_.consensus},
                .raw_hash = header.raw_hash,
                .bytes = 100};
        }
        if (how % 19 == 7) return;
        take(downloader_->on_bodies(request.peer, request.request, std::move(blocks),
                                    how % 23 == 8 ? 1 : 0, now_));
    }

    void import(const ImportBatch& batch, std::uint8_t how) {
        ImportOutcome outcome;
        if (!is_calm_ && how % 9 == 1) {
            outcome.was_refused = true;
            take(downloader_->on_imported(batch.batch, outcome, now_));
            return;
        }
        std::optional<Hash32> parent;
        for (const auto& block : batch.blocks) {
            const auto& header = block.block().header;
            META138_ASSERT(!parent || header.parent_hash == *parent);
            parent = block_hash(header);
            if (header.number > head_ + 1)
                outcome.error = blockchain::UnknownParent{};
            else if (header.number > true_head || chains_.honest[header.number]->hash != *parent)
                outcome.error = blockchain::InvalidSeal{"bad"};
            if (outcome.error) break;
            ++outcome.imported;
            if (header.number == head_ + 1) {
                ++head_;
                take(downloader_->on_head(head_, *parent, now_));
            }
        }
        take(downloader_->on_imported(batch.batch, outcome, now_));
    }

    const Chains& chains_;
    ByteView input_;
    DownloaderSettings settings_;
    std::optional<Downloader> downloader_;
    Downloader::Time now_{std::chrono::hours{1}};
    std::vector<DownloadAction> pending_;
    std::map<p2p::PeerId, bool> connected_;
    std::uint64_t head_ = 0;
    bool is_calm_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Chains chains;
    if (size > 2000) return 0;
    World{chains, ByteView{data, size}}.run();
    return 0;
}
