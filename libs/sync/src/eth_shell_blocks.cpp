// SPDX-License-Identifier: Apache-2.0
#include "decode_answers.hpp"
#include "eth_shell.hpp"

#include "meta138/base/hex.hpp"

#include <algorithm>
#include <utility>

namespace meta138::sync {

namespace eth = p2p::eth;

namespace {

constexpr int points_for_slow = -5;
constexpr int points_for_empty = -5;
constexpr int points_for_repeated_block = -3;
constexpr int points_for_stray_answer = -1;
constexpr int points_for_too_many_blocks = -1;
/// Twenty kilobytes for each header that is asked for: a hundred validators' seals are less.
constexpr std::size_t max_headers_answer = std::size_t{4} << 20;

}  // namespace

void EthProtocol::Implementation::on_headers(PeerId peer, Bytes payload) {
    const auto id = eth::peek_request_id(payload);
    if (id && required_.expects(peer, *id)) {
        on_required_header(peer, payload);
        return;
    }
    if (!id || !downloader_.expects(peer, *id)) {
        metrics_.stray_answers.increment();
        peers_.score(peer, points_for_stray_answer);
        return;
    }
    if (payload.size() > max_headers_answer) {
        carry_out(downloader_.on_failed(peer, *id, true, peers_.now()));
        return;
    }
    const bool is_accepted = in_background(
        [view = first_view_, payload = std::move(payload)] {
            return decode_headers(payload, view->consensus());
        },
        [peer, id = *id](Implementation& here, auto headers) {
            const auto now = here.peers_.now();
            here.carry_out(headers ? here.downloader_.on_headers(peer, id, *std::move(headers), now)
                                   : here.downloader_.on_failed(peer, id, true, now));
        });
    if (!is_accepted) carry_out(downloader_.on_failed(peer, *id, false, peers_.now()));
}

void EthProtocol::Implementation::ask_for_required_blocks() {
    for (const auto& question : required_.on_time(peers_.now()))
        send(question.peer, Code::get_block_headers,
             eth::encode_get_block_headers({.request_id = question.request,
                                            .start = question.number,
                                            .limit = 1,
                                            .skip = 0,
                                            .reverse = false}));
}

// One header: small enough for this thread.
void EthProtocol::Implementation::on_required_header(PeerId peer, ByteView payload) {
    constexpr std::size_t max_answer = std::size_t{64} << 10;
    const auto headers = payload.size() <= max_answer
                             ? decode_headers(payload, first_view_->consensus())
                             : std::unexpected{rlp::DecodeError{}};
    if (!headers || headers->size() > 1) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol,
                   "it was asked for one header, and answers otherwise");
        return;
    }
    const auto known = chain_of(peer);
    const auto hash = headers->empty() ? std::nullopt : std::optional{headers->front()->hash};
    const auto now = peers_.now();
    if (const auto other = required_.on_answer(peer, hash, known ? known->number : 0, now)) {
        carry_out(Punish{peer, Offence::other_chain, *other});
        return;
    }
    ask_for_required_blocks();
    auto* connection = find(peer);
    if (connection == nullptr || !connection->held_head || required_.is_doubtful(peer, now)) return;
    const auto head = *std::exchange(connection->held_head, std::nullopt);
    carry_out(downloader_.on_peer(peer, head, now));
}

void EthProtocol::Implementation::on_bodies(PeerId peer, Bytes payload) {
    const auto id = eth::peek_request_id(payload);
    const auto request = id ? body_requests_.find(*id) : body_requests_.end();
    if (!id || !downloader_.expects(peer, *id) || request == body_requests_.end()) {
        metrics_.stray_answers.increment();
        peers_.score(peer, points_for_stray_answer);
        return;
    }
    auto headers = std::move(request->second);
    body_requests_.erase(request);
    const bool is_accepted = in_background(
        [view = first_view_, payload = std::move(payload), headers = std::move(headers)] {
            return match_bodies(payload, headers, view->consensus());
        },
        [peer, id = *id](Implementation& here, auto bodies) {
            const auto now = here.peers_.now();
            here.carry_out(bodies ? here.downloader_.on_bodies(peer, id, std::move(bodies->blocks),
                                                               bodies->unmatched, now)
                                  : here.downloader_.on_failed(peer, id, true, now));
        });
    if (!is_accepted) carry_out(downloader_.on_failed(peer, *id, false, peers_.now()));
}

void EthProtocol::Implementation::carry_out(DownloadActions actions) {
    for (auto& action : actions)
        std::visit([this](auto& each) { carry_out(std::move(each)); }, action);
    std::erase_if(body_requests_,
                  [this](const auto& request) { return !downloader_.is_open(request.first); });
    if (downloader_.is_syncing() != was_syncing_) publish();
}

void EthProtocol::Implementation::carry_out(RequestHeaders&& request) {
    send(request.peer, Code::get_block_headers,
         eth::encode_get_block_headers({.request_id = request.request,
                                        .start = request.start,
                                        .limit = request.limit,
                                        .skip = 0,
                                        .reverse = false}));
}

void EthProtocol::Implementation::carry_out(RequestBodies&& request) {
    std::vector<Hash32> hashes;
    hashes.reserve(request.headers.size());
    for (const auto& header : request.headers) hashes.push_back(header->hash);
    body_requests_[request.request] = std::move(request.headers);
    send(request.peer, Code::get_block_bodies, eth::encode_hashes_request(request.request, hashes));
}

void EthProtocol::Implementation::carry_out(ImportBatch&& batch) {
    services_.import_blocks(
        std::move(batch.blocks), [self = shared_from_this(), id = batch.batch](auto outcome) {
            self->post([id, outcome = std::move(outcome)](Implementation& here) {
                here.carry_out(here.downloader_.on_imported(id, outcome, here.peers_.now()));
            });
        });
}

void EthProtocol::Implementation::carry_out(const Punish& punish) {
    switch (punish.offence) {
        case Offence::slow: peers_.score(punish.peer, points_for_slow); break;
        case Offence::empty: peers_.score(punish.peer, points_for_empty); break;
        case Offence::useless:
            disconnect(punish.peer, p2p::DisconnectReason::useless_peer, punish.reason);
            break;
        case Offence::other_chain:
            log_.warn("Peer {} is on another chain: {}", name_of(punish.peer), punish.reason);
            disconnect(punish.peer, p2p::DisconnectReason::useless_peer, punish.reason);
            break;
        case Offence::invalid:
            log_.warn("Peer {} {}", name_of(punish.peer), punish.reason);
            metrics_.bad_blocks.increment();
            disconnect(punish.peer, p2p::DisconnectReason::breach_of_protocol, punish.reason);
            break;
    }
}

void EthProtocol::Implementation::on_new_block_hashes(PeerId peer, ByteView payload) {
    const auto blocks = eth::decode_new_block_hashes(payload);
    if (!blocks) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol,
                   "NewBlockHashes that cannot be decoded");
        return;
    }
    if (const auto highest = propagation_.on_hashes(peer, *blocks, head_))
        carry_out(downloader_.on_announced(peer, *highest, false, peers_.now()));
}

void EthProtocol::Implementation::on_block_range_update(PeerId peer, ByteView payload) {
    const auto range = eth::decode_block_range_update(payload);
    if (!range) {
        disconnect(peer, p2p::DisconnectReason::subprotocol_error,
                   "a BlockRangeUpdate that makes no sense");
        return;
    }
    note_chain(peer, [&](PeerChain& chain) {
        chain.number = range->latest;
        chain.head = range->latest_hash;
        chain.earliest = range->earliest;
    });
    carry_out(downloader_.on_range(peer, range->earliest, range->latest, peers_.now()));
}

void EthProtocol::Implementation::on_new_block(PeerId peer, Bytes payload) {
    const auto header = decode_new_block_header(payload, first_view_->consensus());
    if (!header) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol,
                   "a NewBlock that cannot be decoded");
        return;
    }
    const auto number = header->header.number;
    if (downloader_.is_bad(header->raw_hash)) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol, "a block known to be bad");
        return;
    }
    const auto verdict = propagation_.on_new_block(peer,
                                                   {.number = number,
                                                    .hash = header->hash,
                                                    .raw_hash = header->raw_hash,
                                                    .parent_hash = header->header.parent_hash},
                                                   head_, head_hash_);
    if (verdict == NewBlockVerdict::repeated) peers_.score(peer, points_for_repeated_block);
    if (verdict == NewBlockVerdict::too_many) peers_.score(peer, points_for_too_many_blocks);
    if (verdict != NewBlockVerdict::import && verdict != NewBlockVerdict::wait) {
        metrics_.new_blocks_ignored.increment();
        if (number > head_)
            carry_out(downloader_.on_announced(
                peer, number, verdict == NewBlockVerdict::out_of_window, peers_.now()));
        return;
    }
    const auto bytes = payload.size();
    if (!reserve(block_bytes_in_work_, bytes)) {
        propagation_.on_done(peer, header->hash);
        return;
    }
    struct Prepared {
        std::optional<DownloadedBlock> block;
        uint256 total_difficulty;
    };
    const bool is_accepted = in_background(
        [view = first_view_, raw_hash = header->raw_hash, payload = std::move(payload),
         &pool = pool_] {
            const auto known = [&pool](std::span<const Hash32> hashes,
                                       std::span<std::optional<Address>> out) {
                pool.find_senders(hashes, out);
            };
            Prepared prepared;
            auto message = eth::decode_new_block(payload);
            if (!message) return prepared;
            prepared.total_difficulty = message->total_difficulty;
            prepared.block =
                DownloadedBlock{.block = blockchain::PreparedBlock{std::move(message->block),
                                                                   view->consensus(), 1, known},
                                .raw_hash = raw_hash,
                                .bytes = payload.size()};
            return prepared;
        },
        [peer, verdict, bytes, hash = header->hash](Implementation& here, Prepared prepared) {
            here.block_bytes_in_work_ -= bytes;
            if (prepared.block) {
                here.on_prepared(peer, *std::move(prepared.block), verdict,
                                 prepared.total_difficulty);
                return;
            }
            here.propagation_.on_done(peer, hash);
            here.disconnect(peer, p2p::DisconnectReason::breach_of_protocol,
                            "a NewBlock that cannot be decoded");
        });
    if (is_accepted) return;
    block_bytes_in_work_ -= bytes;
    propagation_.on_done(peer, header->hash);
}

void EthProtocol::Implementation::on_prepared(PeerId peer, DownloadedBlock block,
                                              NewBlockVerdict verdict,
                                              const uint256& total_difficulty) {
    const auto number = block.block.block().header.number;
    const auto hash = block.block.hash();
    note_chain(peer, [&](PeerChain& chain) {
        if (number < chain.number) return;
        chain.number = number;
        chain.head = hash;
        if (chain.total_difficulty) chain.total_difficulty = total_difficulty;
    });
    if (hash == head_hash_) {
        propagation_.on_done(peer, hash);
        return;
    }
    // While waiting for a worker the parent may have come, or still be missing.
    const bool is_child = block.block.block().header.parent_hash == head_hash_;
    const bool is_for_chain = is_child || (number <= head_ && !first_view_->consensus().is_final());
    if (verdict == NewBlockVerdict::wait && !is_child) {
        downloader_.offer(std::move(block));
        propagation_.on_done(peer, hash);
        carry_out(downloader_.on_announced(peer, number, true, peers_.now()));
        return;
    }
    if (!is_for_chain) {
        metrics_.new_blocks_ignored.increment();
        propagation_.on_done(peer, hash);
        if (number > head_) carry_out(downloader_.on_announced(peer, number, true, peers_.now()));
        return;
    }
    std::vector<blockchain::PreparedBlock> blocks;
    blocks.push_back(std::move(block.block));
    services_.import_blocks(std::move(blocks),
                            [self = shared_from_this(), peer, hash, number](auto outcome) {
                                self->post([=, outcome = std::move(outcome)](Implementation& here) {
                                    here.on_announced_imported(peer, hash, number, outcome);
                                });
                            });
}

void EthProtocol::Implementation::on_announced_imported(PeerId peer, const Hash32& hash,
                                                        std::uint64_t number,
                                                        const ImportOutcome& outcome) {
    propagation_.on_done(peer, hash);
    const auto now = peers_.now();
    if (!outcome.error) {
        if (!outcome.was_refused) metrics_.new_blocks_imported.increment();
        carry_out(downloader_.on_announced(peer, number, false, now));
        return;
    }
    if (!blockchain::is_invalid(*outcome.error)) {
        carry_out(downloader_.on_announced(peer, number, true, now));
        return;
    }
    // By all its bytes: the block of this hash may be a good one, with other seals or body.
    carry_out(Punish{
        peer, Offence::invalid,
        "announced an invalid block " + std::to_string(number) + ": " + to_string(*outcome.error)});
}

void EthProtocol::Implementation::on_head(const blockchain::HeadEvent& event) {
    std::shared_ptr<const blockchain::ExecutedBlock> newest;
    if (!event.added.empty()) newest = event.added.back();
    post([newest, number = event.view->head().header.number, hash = event.view->head().hash,
          difficulty = event.view->head().total_difficulty](Implementation& here) {
        here.head_ = number;
        here.head_hash_ = hash;
        here.gossip_.on_head();
        here.carry_out(here.downloader_.on_head(number, hash, here.peers_.now()));
        // What we download is no news to others.
        if (newest && newest->hash == hash && !here.downloader_.is_catching_up())
            here.announce(*newest, difficulty);
    });
}

void EthProtocol::Implementation::announce(const blockchain::ExecutedBlock& block,
                                           const uint256& total_difficulty) {
    const auto recipients = propagation_.take_recipients(block.hash);
    if (recipients.empty()) return;
    const auto payload = std::make_shared<const Bytes>(
        eth::encode_new_block(encode_block(block.block), total_difficulty));
    for (const auto peer : recipients)
        peers_.send(peer, static_cast<std::uint8_t>(Code::new_block), payload);
}

void EthProtocol::Implementation::on_behind(std::uint64_t number) {
    post([number](Implementation& here) {
        here.carry_out(here.downloader_.on_behind(number, here.peers_.now()));
    });
}

}  // namespace meta138::sync
