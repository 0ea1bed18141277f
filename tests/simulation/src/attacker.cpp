// SPDX-License-Identifier: Apache-2.0
#include "attacker.hpp"

#include "node.hpp"
#include "world.hpp"

#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/extra_data.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace meta138::simulation {

namespace {

using namespace std::chrono_literals;
using qbft::MessageCode;

constexpr std::array codes{MessageCode::proposal, MessageCode::prepare, MessageCode::commit,
                           MessageCode::round_change};
constexpr std::size_t max_heard = 512;
/// How often an attacker does something by itself.
constexpr Time pause = 700ms;
constexpr std::size_t flood_size = 300;

std::shared_ptr<const Packet> message(MessageCode code, Bytes payload) {
    return std::make_shared<const Packet>(
        Packet{.kind = Packet::Kind::consensus,
               .code = code,
               .payload = std::make_shared<const Bytes>(std::move(payload))});
}

Hash32 random_hash(Random& random) {
    return to_hash32(uint256{random.next()} << 64 | uint256{random.next()});
}

}  // namespace

Attacker::Attacker(World& world, Node& node, Attack attack)
    : world_{world}, node_{node}, attack_{attack} {}

void Attacker::begin() {
    if (attack_ == Attack::amnesia) node_.unknown_past_wait = 0ms;
    world_.at(Time{world_.random().between(1'000'000, 4'000'000)}, [this] { act(); });
}

void Attacker::act() {
    const auto next = Time{
        static_cast<Time::rep>(world_.random().exponential(static_cast<double>(pause.count())))};
    world_.at(world_.now() + next, [this] { act(); });
    if (!node_.is_up()) return;
    switch (attack_) {
        case Attack::silence_to_some:
        case Attack::twin:
            ignored_.clear();
            for (std::size_t i = 0; i < world_.nodes().size(); ++i)
                if (world_.random().chance(0.4)) ignored_.insert(i);
            break;
        case Attack::wrong_justification:
            if (world_.random().chance(0.5))
                lie_about_rounds();
            else
                propose_without_reason();
            break;
        case Attack::replays: replay(); break;
        case Attack::garbage: send_garbage(); break;
        case Attack::huge_rounds: send_huge_rounds(); break;
        case Attack::flood:
            if (world_.random().chance(0.2)) flood();
            break;
        case Attack::amnesia:
            if (world_.random().chance(0.1)) {
                node_.crash(true);
                world_.on_crashed(node_);
            }
            break;
        case Attack::silence:
        case Attack::equivocation:
        case Attack::double_votes:
        case Attack::invalid_blocks:
        case Attack::wrong_seals: break;
    }
}

void Attacker::on_heard(const Packet& packet) {
    if (heard_.size() == max_heard) heard_.pop_front();
    heard_.push_back({.code = packet.code, .payload = packet.payload});
    if (attack_ != Attack::double_votes && attack_ != Attack::equivocation) return;
    if (packet.code != MessageCode::proposal) return;
    if (const auto proposal = qbft::decode_proposal(*packet.payload)) vote_for(*proposal);
}

std::shared_ptr<const Packet> Attacker::instead(std::size_t to,
                                                const std::shared_ptr<const Packet>& packet) {
    if (packet->kind != Packet::Kind::consensus) return packet;
    auto& random = world_.random();
    switch (attack_) {
        case Attack::silence: return nullptr;
        case Attack::silence_to_some:
        case Attack::twin: return ignored_.contains(to) ? nullptr : packet;
        case Attack::equivocation:
        case Attack::invalid_blocks:
            if (packet->code != MessageCode::proposal) return packet;
            if (original_ != packet) {
                original_ = packet;
                variant_ = message(packet->code, other_proposal(*packet->payload,
                                                                attack_ == Attack::equivocation));
                world_.count_attack();
                if (attack_ == Attack::equivocation) {
                    for (const auto& both : {original_, variant_})
                        if (const auto proposal = qbft::decode_proposal(*both->payload))
                            vote_for(*proposal);
                }
            }
            return attack_ == Attack::invalid_blocks || to % 2 == 0 ? variant_ : packet;
        case Attack::wrong_seals:
            if (packet->code != MessageCode::commit) return packet;
            world_.count_attack();
            return message(packet->code, wrong_seal(*packet->payload));
        case Attack::wrong_justification:
            // Says that nothing was prepared.
            if (packet->code == MessageCode::round_change && random.chance(0.7)) {
                auto change = qbft::decode_round_change(*packet->payload);
                if (!change || change->round_change.author != node_.address()) return packet;
                auto payload = change->round_change.payload;
                payload.prepared.reset();
                world_.count_attack();
                return message(packet->code,
                               qbft::encode_round_change({.round_change = qbft::sign_round_change(
                                                              payload, sign(), node_.address()),
                                                          .block = nullptr,
                                                          .block_access_list = {},
                                                          .prepares = {}}));
            }
            return packet;
        case Attack::double_votes:
        case Attack::replays:
        case Attack::garbage:
        case Attack::huge_rounds:
        case Attack::flood:
        case Attack::amnesia: return packet;
    }
    return packet;
}

qbft::Sign Attacker::sign() const {
    return [this](const Hash32& hash) { return crypto::sign(hash, node_.identity().key); };
}

std::uint64_t Attacker::height() const {
    return node_.head() + 1;
}

std::uint32_t Attacker::round() const {
    return node_.validator().status().core.round;
}

void Attacker::send(std::size_t to, MessageCode code, Bytes payload) {
    world_.count_attack();
    world_.send(node_.index(), to, message(code, std::move(payload)), world_.now());
}

void Attacker::send_to_all(MessageCode code, const Bytes& payload) {
    world_.count_attack();
    const auto packet = message(code, payload);
    for (const auto& other : world_.nodes())
        if (other->index() != node_.index())
            world_.send(node_.index(), other->index(), packet, world_.now());
}

void Attacker::vote_for(const qbft::Proposal& proposal) {
    const auto& payload = proposal.proposal.payload;
    const auto digest = qbft::committed_seal_hash(payload.block->header);
    const auto seal = sign()(qbft::committed_seal_hash(payload.block->header, payload.round));
    send_to_all(MessageCode::prepare,
                qbft::encode_prepare(qbft::sign_prepare(
                    {.sequence = payload.sequence, .round = payload.round, .digest = digest},
                    sign(), node_.address())));
    send_to_all(MessageCode::commit,
                qbft::encode_commit(qbft::sign_commit({.sequence = payload.sequence,
                                                       .round = payload.round,
                                                       .digest = digest,
                                                       .commit_seal = seal},
                                                      sign(), node_.address())));
}

// Another block of the same turn: with another vanity, or one that breaks a rule.
Bytes Attacker::other_proposal(ByteView payload, bool is_valid) {
    auto proposal = qbft::decode_proposal(payload);
    if (!proposal) return {payload.begin(), payload.end()};
    auto block = *proposal->proposal.payload.block;
    auto& header = block.header;
    auto& random = world_.random();
    auto extra = qbft::decode_extra_data(header.extra_data).value();
    switch (is_valid ? 0 : 1 + random.below(7)) {
        case 0: extra.vanity.front() ^= 1; break;
        case 1: header.state_root = random_hash(random); break;
        case 2: header.timestamp += 1 + random.below(100'000); break;
        case 3: extra.validators = {node_.address()}; break;
        case 4: header.parent_hash = random_hash(random); break;
        case 5: header.gas_used = header.gas_limit + 1; break;
        case 6: header.coinbase = world_.nodes().front()->address(); break;
        case 7: extra.round += 1; break;
        default: break;
    }
    header.extra_data = qbft::encode_extra_data(extra);
    auto changed = proposal->proposal.payload;
    changed.block = std::make_shared<const Block>(std::move(block));
    proposal->proposal = qbft::sign_proposal(std::move(changed), sign(), node_.address());
    return qbft::encode_proposal(*proposal);
}

Bytes Attacker::wrong_seal(ByteView payload) {
    const auto commit = qbft::decode_commit(payload);
    if (!commit || commit->author != node_.address()) return {payload.begin(), payload.end()};
    auto changed = commit->payload;
    changed.commit_seal = sign()(random_hash(world_.random()));
    return qbft::encode_commit(qbft::sign_commit(changed, sign(), node_.address()));
}

// Claims a certificate that never was, with whatever prepares are at hand.
void Attacker::lie_about_rounds() {
    auto& random = world_.random();
    const auto to_round = round() + 1 + static_cast<std::uint32_t>(random.below(3));
    qbft::RoundChange lie;
    qbft::RoundChangePayload payload{.sequence = height(), .round = to_round, .prepared = {}};
    for (const auto& heard : heard_) {
        if (heard.code == MessageCode::proposal && random.chance(0.3)) {
            if (auto proposal = qbft::decode_proposal(*heard.payload))
                lie.block = proposal->proposal.payload.block;
        } else if (heard.code == MessageCode::prepare) {
            if (auto prepare = qbft::decode_prepare(*heard.payload);
                prepare && prepare->payload.sequence == height() && random.chance(0.8))
                lie.prepares.push_back(*prepare);
        }
    }
    if (lie.block && random.chance(0.8))
        payload.prepared = {
            .prepared_round = static_cast<std::uint32_t>(random.below(to_round)),
            .prepared_block_hash = random.chance(0.7) ? qbft::committed_seal_hash(lie.block->header)
                                                      : random_hash(random)};
    lie.round_change = qbft::sign_round_change(payload, sign(), node_.address());
    send_to_all(MessageCode::round_change, qbft::encode_round_change(lie));
}

// A proposal for a round that nobody asked for, or whose proof is one validator's, many times.
void Attacker::propose_without_reason() {
    auto& random = world_.random();
    qbft::Proposal lie;
    std::shared_ptr<const Block> block;
    for (const auto& heard : heard_) {
        if (heard.code == MessageCode::proposal) {
            if (auto proposal = qbft::decode_proposal(*heard.payload);
                proposal && proposal->proposal.payload.sequence == height())
                block = proposal->proposal.payload.block;
        } else if (heard.code == MessageCode::round_change && random.chance(0.7)) {
            if (auto change = qbft::decode_round_change(*heard.payload))
                lie.round_changes.push_back(change->round_change);
        }
    }
    if (!block) return;
    const auto in_round = round() + static_cast<std::uint32_t>(random.below(3));
    const auto own = qbft::sign_round_change(
        {.sequence = height(), .round = in_round, .prepared = {}}, sign(), node_.address());
    for (auto count = random.below(5); count != 0; --count) lie.round_changes.push_back(own);
    auto changed = *block;
    changed.header = qbft::with_round(changed.header, in_round);
    lie.proposal = qbft::sign_proposal({.sequence = height(),
                                        .round = in_round,
                                        .block = std::make_shared<const Block>(std::move(changed)),
                                        .block_access_list = {}},
                                       sign(), node_.address());
    send_to_all(MessageCode::proposal, qbft::encode_proposal(lie));
}

void Attacker::replay() {
    if (heard_.empty()) return;
    for (auto count = world_.random().below(20); count != 0; --count) {
        const auto& old = heard_[world_.random().below(heard_.size())];
        send(world_.random().below(world_.nodes().size()), old.code, *old.payload);
    }
}

void Attacker::send_garbage() {
    auto& random = world_.random();
    const auto code = codes[random.below(codes.size())];
    Bytes bytes;
    if (heard_.empty() || random.chance(0.3)) {
        bytes.resize(random.below(300));
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
    } else {
        bytes = *heard_[random.below(heard_.size())].payload;
        for (auto count = 1 + random.below(4); count != 0 && !bytes.empty(); --count)
            bytes[random.below(bytes.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    }
    send_to_all(code, bytes);
}

void Attacker::send_huge_rounds() {
    auto& random = world_.random();
    const std::array<std::uint32_t, 5> rounds{round() + 1, round() + 2, 1000, 0x7fff'ffff,
                                              static_cast<std::uint32_t>(random.below(1 << 30))};
    send_to_all(MessageCode::round_change,
                qbft::encode_round_change({.round_change = qbft::sign_round_change(
                                               {.sequence = height(),
                                                .round = rounds[random.below(rounds.size())],
                                                .prepared = {}},
                                               sign(), node_.address()),
                                           .block = nullptr,
                                           .block_access_list = {},
                                           .prepares = {}}));
}

void Attacker::flood() {
    auto& random = world_.random();
    const auto to = random.below(world_.nodes().size());
    for (std::size_t i = 0; i < flood_size; ++i) {
        const auto sequence = height() + random.below(12);
        const auto in_round = static_cast<std::uint32_t>(random.below(40));
        send(to, MessageCode::prepare,
             qbft::encode_prepare(qbft::sign_prepare(
                 {.sequence = sequence, .round = in_round, .digest = random_hash(random)}, sign(),
                 node_.address())));
    }
}

}  // namespace meta138::simulation
