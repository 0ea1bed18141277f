// SPDX-License-Identifier: Apache-2.0
#include "eth_shell.hpp"

#include "meta138/crypto/kzg.hpp"
#include "meta138/types/pooled_transaction.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_map>
#include <utility>

namespace meta138::sync {

namespace eth = p2p::eth;

namespace {

/// Messages with transactions of one peer wait for a worker up to this; what comes beyond is lost,
/// until the peer reminds us of it. On a busy machine many come before a worker has time.
constexpr std::size_t max_waiting_transaction_bytes = std::size_t{4} << 20;
/// What one worker works off at a time, and how many do so for one peer.
constexpr std::size_t transaction_batch_bytes = std::size_t{2} << 20;
constexpr std::size_t max_transaction_batches = 2;
/// Of the pool, told to a peer that has just connected.
constexpr std::size_t max_announced_content = 4 * eth::max_sent_announcements;
constexpr int points_for_bad_transaction = -10;
constexpr int points_for_stray_answer = -1;

/// Whoever passes these on does not check them. Other errors depend on the head or on settings.
bool is_senders_fault(txpool::PoolError error) {
    using enum txpool::PoolError;
    return error == invalid_signature || error == wrong_chain_id || error == invalid_blobs;
}

/// EIP-4844: blobs that are not those of the hashes that were signed. Only the sender can have put
/// them there, and the transaction itself may be good: somebody else has it with its own.
bool has_foreign_blobs(const PooledTransaction& pooled) {
    if (!pooled.sidecar) return false;
    return !std::ranges::equal(pooled.sidecar->commitments,
                               pooled.transaction.blob_versioned_hashes, {},
                               crypto::kzg_to_versioned_hash);
}

/// The head that this node has by now may be behind the one that the sender judged by: a block
/// later the verdict may be another.
bool depends_on_head(txpool::PoolError error) {
    using enum txpool::PoolError;
    return error == pool_disabled || error == state_unavailable || error == insufficient_funds ||
           error == nonce_too_far;
}

eth::TransactionAnnouncement announcement_of(const txpool::PoolTransaction& transaction) {
    auto size = transaction.encoded_size;
    // With its sidecar, as it is sent.
    if (transaction.sidecar)
        size = encode_pooled_transaction({transaction.transaction, transaction.sidecar}).size();
    return {.hash = transaction.hash,
            .type = static_cast<std::uint8_t>(transaction.transaction.type),
            .size = static_cast<std::uint32_t>(size)};
}

}  // namespace

/// What became of a peer's transactions.
struct EthProtocol::Implementation::Judged {
    std::vector<Hash32> rejected;
    std::vector<Hash32> too_early;
    bool is_peers_fault = false;
};

// Far behind, the pool could not judge them.
bool EthProtocol::Implementation::takes_transactions() const {
    return settings_.gossip_transactions && !was_syncing_;
}

void EthProtocol::Implementation::on_pool_added(const txpool::SharedTransaction& transaction) {
    {
        const MutexLock lock{mutex_};
        if (added_.size() >= GossipSettings{}.max_waiting) return;
        added_.push_back(transaction);
        if (std::exchange(is_flush_due_, true)) return;
    }
    peers_.post_at(peers_.now() + GossipSettings{}.flush_interval, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->flush_transactions();
    });
}

void EthProtocol::Implementation::flush_transactions() {
    std::vector<txpool::SharedTransaction> added;
    {
        const MutexLock lock{mutex_};
        is_flush_due_ = false;
        added.swap(added_);
    }
    std::vector<GossipItem> items;
    items.reserve(added.size());
    for (const auto& transaction : added)
        items.push_back({announcement_of(*transaction), transaction->sidecar.has_value()});
    carry_out(gossip_.flush(items), added);
}

void EthProtocol::Implementation::carry_out(const GossipActions& actions,
                                            std::span<const txpool::SharedTransaction> items) {
    std::unordered_map<std::size_t, Bytes> encoded;  // each once, however many peers get it
    const auto encoded_item = [&](std::size_t index) -> ByteView {
        auto& bytes = encoded[index];
        if (bytes.empty()) bytes = encode_transaction(items[index]->transaction);
        return bytes;
    };
    for (const auto& action : actions) {
        if (const auto* whole = std::get_if<SendTransactions>(&action)) {
            std::vector<ByteView> opaque;
            opaque.reserve(whole->items.size());
            for (const auto index : whole->items) opaque.push_back(encoded_item(index));
            send(whole->peer, Code::transactions, eth::encode_transactions(opaque));
        } else if (const auto* hashes = std::get_if<AnnounceTransactions>(&action)) {
            const auto* connection = find(hashes->peer);
            if (connection == nullptr) continue;
            send(hashes->peer, Code::new_pooled_transaction_hashes,
                 eth::encode_new_pooled_transaction_hashes(hashes->transactions,
                                                           connection->version));
        } else if (const auto* request = std::get_if<RequestTransactions>(&action)) {
            send(request->peer, Code::get_pooled_transactions,
                 eth::encode_hashes_request(request->request, request->hashes));
        } else if (const auto* complaint = std::get_if<Complain>(&action)) {
            log_.debug("Peer {} {}", name_of(complaint->peer), complaint->reason);
            peers_.score(complaint->peer, complaint->points);
        }
    }
}

void EthProtocol::Implementation::announce_pool(PeerId peer) {
    (void)in_background(
        [&pool = pool_] {
            std::vector<eth::TransactionAnnouncement> content;
            for (const auto& entry : pool.content(max_announced_content))
                content.push_back(announcement_of(*entry.transaction));
            return content;
        },
        [peer](Implementation& here, const std::vector<eth::TransactionAnnouncement>& content) {
            here.carry_out(here.gossip_.on_content(peer, content), {});
        });
}

// Whatever was lost on its way, here or further on, is told of again. Peers that have it pay no
// more than a look into their pools.
void EthProtocol::Implementation::remind_of_transactions() {
    if (!takes_transactions() || is_reminding_ || connections_.empty()) return;
    struct Overdue {
        std::vector<eth::TransactionAnnouncement> announcements;
        std::uint64_t last = 0;
    };
    is_reminding_ = in_background(
        [&pool = pool_, after = reminded_to_] {
            constexpr GossipSettings settings;
            const auto found = pool.overdue(after, settings.reminders, settings.overdue_after);
            Overdue overdue{.announcements = {}, .last = found.last};
            for (const auto& transaction : found.transactions)
                overdue.announcements.push_back(announcement_of(*transaction));
            return overdue;
        },
        [](Implementation& here, const Overdue& overdue) {
            here.is_reminding_ = false;
            here.reminded_to_ = overdue.last;
            here.metrics_.reminders.increment(overdue.announcements.size());
            here.carry_out(here.gossip_.remind(overdue.announcements), {});
        });
}

void EthProtocol::Implementation::on_transaction_hashes(PeerId peer, std::uint64_t version,
                                                        ByteView payload) {
    const auto hashes = eth::decode_new_pooled_transaction_hashes(payload, version);
    if (!hashes) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol,
                   "NewPooledTransactionHashes that cannot be decoded");
        return;
    }
    if (!takes_transactions()) return;
    gossip_.on_announced(
        peer, *hashes, [this](const Hash32& hash) { return pool_.find(hash) != nullptr; },
        peers_.now());
}

void EthProtocol::Implementation::on_transactions(PeerId peer, Bytes payload) {
    auto* connection = find_ready(peer);
    if (connection == nullptr || !takes_transactions()) return;
    const auto bytes = payload.size();
    if (connection->transaction_bytes + bytes > max_waiting_transaction_bytes ||
        !reserve(transaction_bytes_in_work_, bytes)) {
        metrics_.transaction_messages_dropped.increment();
        return;
    }
    connection->transaction_bytes += bytes;
    connection->transactions.push_back(std::move(payload));
    pump_transactions(peer);
}

struct EthProtocol::Implementation::DecodedTransactions {
    std::vector<PooledTransaction> fresh;  // that the pool does not have
    std::vector<Hash32> hashes;            // of all
    bool is_malformed = false;
};

EthProtocol::Implementation::DecodedTransactions EthProtocol::Implementation::decode_batch(
    std::span<const Bytes> messages, const txpool::SharedPool& pool) {
    DecodedTransactions decoded;
    for (const auto& message : messages) {
        auto transactions = eth::decode_transactions(message);
        if (!transactions) {
            decoded.is_malformed = true;
            return decoded;
        }
        for (auto& transaction : *transactions) {
            const auto hash = transaction_hash(transaction);
            decoded.hashes.push_back(hash);
            if (pool.find(hash) == nullptr)
                decoded.fresh.push_back({std::move(transaction), std::nullopt});
        }
    }
    return decoded;
}

void EthProtocol::Implementation::pump_transactions(PeerId peer) {
    auto* connection = find(peer);
    if (connection == nullptr || connection->transactions.empty() ||
        connection->transactions_in_work >= max_transaction_batches)
        return;
    // Shared, so that it is still here if no worker has room.
    const auto batch = std::make_shared<std::vector<Bytes>>();
    auto& waiting = connection->transactions;
    std::size_t bytes = 0;
    while (!waiting.empty() &&
           (batch->empty() || bytes + waiting.front().size() <= transaction_batch_bytes)) {
        bytes += waiting.front().size();
        batch->push_back(std::move(waiting.front()));
        waiting.pop_front();
    }
    const bool is_accepted =
        in_background([batch, &pool = pool_] { return decode_batch(*batch, pool); },
                      [peer, bytes](Implementation& here, DecodedTransactions decoded) {
                          here.transaction_bytes_in_work_ -= bytes;
                          if (auto* from = here.find(peer)) --from->transactions_in_work;
                          if (decoded.is_malformed) {
                              here.disconnect(peer, p2p::DisconnectReason::breach_of_protocol,
                                              "Transactions that cannot be decoded");
                              return;
                          }
                          here.metrics_.transactions_received.increment(decoded.hashes.size());
                          here.gossip_.on_transactions(peer, decoded.hashes);
                          here.add_to_pool(peer, std::move(decoded.fresh));
                          here.pump_transactions(peer);
                      });
    if (is_accepted) {
        connection->transaction_bytes -= bytes;
        ++connection->transactions_in_work;
        return;
    }
    for (auto& message : std::views::reverse(*batch)) waiting.push_front(std::move(message));
}

// Who sent them is marked as knowing them before the pool tells of them.
void EthProtocol::Implementation::add_to_pool(PeerId peer,
                                              std::vector<PooledTransaction> transactions) {
    if (transactions.empty()) return;
    const bool is_accepted = in_background(
        [&pool = pool_, transactions = std::move(transactions)]() mutable {
            Judged judged;
            std::vector<Hash32> hashes;
            std::erase_if(transactions, [&](const PooledTransaction& each) {
                const auto hash = transaction_hash(each.transaction);
                if (pool.find(hash) != nullptr) return true;
                hashes.push_back(hash);
                return false;
            });
            const auto results = pool.add(std::move(transactions), false);
            for (std::size_t i = 0; i != results.size(); ++i) {
                if (results[i] || results[i].error() == txpool::PoolError::already_known) continue;
                (depends_on_head(results[i].error()) ? judged.too_early : judged.rejected)
                    .push_back(hashes[i]);
                judged.is_peers_fault |= is_senders_fault(results[i].error());
            }
            return judged;
        },
        [peer](Implementation& here, const Judged& judged) {
            for (const auto& hash : judged.rejected) here.gossip_.on_rejected(hash);
            for (const auto& hash : judged.too_early) here.gossip_.on_refused_at_head(hash);
            if (judged.is_peers_fault) here.peers_.score(peer, points_for_bad_transaction);
        });
    if (!is_accepted) metrics_.transaction_messages_dropped.increment();
}

void EthProtocol::Implementation::on_pooled_transactions(PeerId peer, Bytes payload) {
    const auto id = eth::peek_request_id(payload);
    if (!id || !gossip_.expects(peer, *id)) {
        metrics_.stray_answers.increment();
        peers_.score(peer, points_for_stray_answer);
        return;
    }
    const auto bytes = payload.size();
    if (!reserve(transaction_bytes_in_work_, bytes)) {
        carry_out(gossip_.on_failed(peer, *id, false), {});
        return;
    }
    struct Decoded {
        std::vector<PooledTransaction> transactions;
        std::vector<eth::TransactionAnnouncement> content;
        bool is_malformed = false;
    };
    const bool is_accepted = in_background(
        [payload = std::move(payload)] {
            Decoded decoded;
            auto answer = eth::decode_pooled_transactions(payload);
            if (!answer || std::ranges::any_of(answer->items, has_foreign_blobs)) {
                decoded.is_malformed = true;
                return decoded;
            }
            for (const auto& each : answer->items)
                decoded.content.push_back(
                    {.hash = transaction_hash(each.transaction),
                     .type = static_cast<std::uint8_t>(each.transaction.type),
                     .size = static_cast<std::uint32_t>(encode_pooled_transaction(each).size())});
            decoded.transactions = std::move(answer->items);
            return decoded;
        },
        [peer, id = *id, bytes](Implementation& here, Decoded decoded) {
            here.transaction_bytes_in_work_ -= bytes;
            here.metrics_.transactions_received.increment(decoded.transactions.size());
            here.carry_out(decoded.is_malformed ? here.gossip_.on_failed(peer, id, true)
                                                : here.gossip_.on_answer(peer, id, decoded.content),
                           {});
            here.add_to_pool(peer, std::move(decoded.transactions));
        });
    if (is_accepted) return;
    transaction_bytes_in_work_ -= bytes;
    carry_out(gossip_.on_failed(peer, *id, false), {});
}

}  // namespace meta138::sync
