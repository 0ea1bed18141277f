// SPDX-License-Identifier: Apache-2.0
#include "node.hpp"

#include "attacker.hpp"
#include "pool.hpp"
#include "world.hpp"

#include "meta138/base/hex.hpp"

#include <algorithm>
#include <ctime>
#include <ranges>
#include <utility>

namespace meta138::simulation {

namespace {

using namespace std::chrono_literals;

/// Blocks in one answer.
constexpr std::size_t max_blocks = 64;
/// So long an answer is waited for before somebody else is asked.
constexpr Time patience = 2s;
/// Blocks that come at once without this validator leaving consensus for them.
constexpr std::size_t small_gap = 2;

std::string_view name_of(qbft::Observation::Kind kind) {
    using enum qbft::Observation::Kind;
    switch (kind) {
        case round_started: return "round started";
        case round_timed_out: return "round timed out";
        case proposal_accepted: return "proposal accepted";
        case prepared: return "prepared";
        case committed: return "committed";
        case message_ignored: return "message ignored";
        case message_invalid: return "message invalid";
        case round_summary: return "round summary";
        case equivocation: return "equivocation";
        case round_held: return "round held";
        case signing_refused: return "signing refused";
    }
    return "?";
}

std::chrono::nanoseconds processor_time() {
    ::timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::string short_name(const Address& address) {
    return to_hex(address.bytes).substr(0, 8);
}

std::string_view name_of(qbft::MessageCode code) {
    switch (code) {
        case qbft::MessageCode::proposal: return "Proposal";
        case qbft::MessageCode::prepare: return "Prepare";
        case qbft::MessageCode::commit: return "Commit";
        case qbft::MessageCode::round_change: return "RoundChange";
    }
    return "?";
}

}  // namespace

void add(consensus::ValidatorCounters& sum, const consensus::ValidatorCounters& other) {
    sum.rounds += other.rounds;
    sum.round_changes += other.round_changes;
    sum.round_timeouts += other.round_timeouts;
    sum.blocks_built += other.blocks_built;
    sum.blocks_decided += other.blocks_decided;
    sum.built_ahead_used += other.built_ahead_used;
    sum.built_ahead_wasted += other.built_ahead_wasted;
    sum.proposals_refused += other.proposals_refused;
    sum.equivocations += other.equivocations;
    sum.safety_writes += other.safety_writes;
    for (std::size_t i = 0; i < sum.received.size(); ++i) {
        sum.received[i] += other.received[i];
        sum.sent[i] += other.sent[i];
        sum.ignored[i] += other.ignored[i];
        sum.invalid[i] += other.invalid[i];
    }
}

Node::Node(World& world, std::size_t index, const Identity& identity, Role role)
    : world_{world},
      index_{index},
      identity_{identity},
      role_{role},
      measures_{world.scenario().measures_costs} {
    clock_.base = start_of_time;
}

Node::~Node() = default;

// --- The machine

template <typename Work>
void Node::at_work(Work&& work) {
    cursor_ = world_.now();
    begin_measuring();
    try {
        work();
        spend_measured();
    } catch (const Crash&) {
        crash(false);
        world_.on_crashed(*this);
        return;
    }
    busy_until_ = std::max(busy_until_, cursor_);
    if (!is_up()) return;
    if (auto broken = Invariants::check_memory(validator_->status().core,
                                               world_.config().future_messages_limit))
        world_.fail(*std::move(broken));
    arrange_wake();
}

void Node::begin_measuring() {
    if (measures_) mark_ = processor_time();
}

void Node::spend_measured() {
    if (!measures_) return;
    const auto now = processor_time();
    unspent_ += now - mark_;
    measured_ += now - mark_;
    mark_ = now;
    const auto whole = std::chrono::floor<Time>(unspent_);
    cursor_ += whole;
    unspent_ -= whole;
}

void Node::maybe_die() {
    if (!calls_to_live_) return;
    if (*calls_to_live_ == 0) {
        calls_to_live_.reset();
        throw Crash{};
    }
    --*calls_to_live_;
}

void Node::arrange_wake() {
    const auto due = validator_->due_in();
    if (!due) return;
    const auto when = cursor_ + clock_.true_span(*due);
    if (wake_at_ && *wake_at_ <= when) return;  // that one comes first, and asks again
    wake_at_ = when;
    world_.at_node(index_, when, [this, token = ++wake_token_] { on_wake(token); });
}

void Node::start() {
    if (is_up()) return;
    cursor_ = world_.now();
    clock_.booted = cursor_;
    if (disk_ && world_.scenario().disks_forget) disk_->forget();
    if (!disk_) {
        disk_ = std::make_unique<Disk>(now().wall, [this](Disk::Moment moment) {
            maybe_die();
            if (moment == Disk::Moment::before) cursor_ += costs_.write;
        });
        database_ = storage::Database::open({.in_memory = true});
        blocks_.clear();
    }
    rules_ = consensus::make_qbft_consensus(
                 world_.genesis(), world_.config(),
                 {.min_gas_price = {},
                  .now = [this] { return std::chrono::floor<std::chrono::seconds>(now().wall); }})
                 .value();
    chain_ = std::make_unique<blockchain::Chain>(*database_, world_.genesis(), *rules_);
    if (blocks_.empty())
        blocks_.push_back(std::make_shared<const Block>(chain_->view()->blocks().block(0).value()));
    chain_->add_listener([this](const blockchain::HeadEvent& event) { on_head(event); });
    if (role_ == Role::sentry) relay_.emplace();
    world_.trace("n{} {} starts at #{}", index_, short_name(address()), head());
    at_work([this] {
        validator_.emplace(
            consensus::ValidatorSettings{
                .local = address(),
                .sign = [this](const Hash32& hash) { return crypto::sign(hash, identity_.key); },
                .builds_ahead = world_.scenario().builds_ahead,
                .max_round_timeout = world_.scenario().max_round_timeout,
                .early_round_change = world_.scenario().early_round_change,
                .legacy_encoding = {},
                .unknown_past_wait = unknown_past_wait,
            },
            world_.config(), *chain_, rules_->validator_sets(), *disk_, *this);
        learn_validators();
        validator_->resume();
    });
}

void Node::crash(bool loses_disk) {
    if (is_up()) {
        world_.trace("n{} dies at #{}{}", index_, head(), loses_disk ? ", its disk is lost" : "");
        add(former_counters_, validator_->counters());
    }
    validator_.reset();
    chain_.reset();
    rules_.reset();
    pool_.clear();
    relay_.reset();
    asked_at_.reset();
    wake_at_.reset();
    ++wake_token_;
    calls_to_live_.reset();
    busy_until_ = world_.now();
    if (!loses_disk) return;
    has_lost_a_disk_ = has_no_past_ = true;
    disk_.reset();
    database_.reset();
    blocks_.resize(1);
}

void Node::lose_tail(std::size_t blocks) {
    for (; blocks != 0 && blocks_.size() > 1; --blocks) {
        database_->unwind();
        blocks_.pop_back();
    }
}

bool Node::has_no_past() const {
    return has_no_past_ || !disk_ || (validator_ && validator_->status().waits_for_past) ||
           (has_lost_a_disk_ &&
            std::chrono::seconds{blocks_.back()->header.timestamp} < disk_->created_at() + 5s);
}

void Node::jump_clock(Time by) {
    clock_.skew += by;
    wake_at_.reset();
    ++wake_token_;
    if (is_up()) at_work([this] { validator_->on_time(); });
}

void Node::set_calm() {
    costs_ = {.write = world_.scenario().write_time,
              .execution = world_.scenario().execution_time,
              .message = world_.scenario().message_time};
    calls_to_live_.reset();
    // What it would have done at the end of its long work, it does now.
    busy_until_ = std::min(busy_until_, world_.now());
    if (asked_at_ && *asked_at_ > world_.now()) asked_at_.reset();
}

// --- What reaches it

void Node::on_wake(std::uint64_t token) {
    if (token != wake_token_ || !is_up()) return;
    wake_at_.reset();
    at_work([this] { validator_->on_time(); });
    const auto now = world_.now();
    if (cursor_ == now && now == last_wake_ && ++wakes_ > 1000)
        world_.fail(fmt::format("n{} wakes up again and again without anything to do", index_));
    if (now != last_wake_) wakes_ = 0;
    last_wake_ = now;
}

void Node::on_packet(std::size_t from, const Packet& packet) {
    if (!is_up()) return;
    at_work([&] {
        switch (packet.kind) {
            case Packet::Kind::consensus: on_consensus(from, packet); break;
            case Packet::Kind::status: on_status(from, packet.number); break;
            case Packet::Kind::new_block: on_new_block(from, packet.blocks.front()); break;
            case Packet::Kind::ask_blocks: answer(from, packet.number); break;
            case Packet::Kind::blocks: on_blocks(from, packet); break;
        }
    });
}

void Node::on_consensus(std::size_t from, const Packet& packet) {
    spend(costs_.message);
    if (attacker != nullptr) attacker->on_heard(packet);
    if (role_ == Role::sentry) relay(from, packet);
    validator_->on_message(packet.code, *packet.payload, world_.nodes()[from]->address());
}

// The real relay of a sentry; connections are known to it by the node at their other end.
void Node::relay(std::size_t from, const Packet& packet) {
    forward(relay_->on_message(p2p::PeerId{from}, packet.code, *packet.payload, relay_time()));
}

void Node::forward(const sync::QbftRelay::Relayed& relayed) {
    if (!relayed.payload) return;
    const auto copy = std::make_shared<const Packet>(
        Packet{.kind = Packet::Kind::consensus, .code = relayed.code, .payload = relayed.payload});
    for (const auto to : relayed.to) send_packet(std::to_underlying(to), copy);
}

sync::QbftRelay::Time Node::relay_time() {
    return sync::QbftRelay::Time{now().steady};
}

void Node::on_connected(std::size_t peer) {
    if (!is_up()) return;
    at_work([&] {
        send_packet(peer, std::make_shared<const Packet>(
                              Packet{.kind = Packet::Kind::status, .number = head()}));
        const auto& other = *world_.nodes()[peer];
        if (relay_) {
            relay_->on_disconnected(p2p::PeerId{peer});
            for (const auto& kept :
                 relay_->on_connected(p2p::PeerId{peer}, other.address(),
                                      other.role() == Role::sentry, relay_time()))
                forward(kept);
        }
        validator_->on_connected(other.address());
    });
}

void Node::on_transaction(const Candidate& transaction) {
    if (!is_up()) return;
    at_work([&] {
        pool_[transaction.sender].emplace(transaction.transaction->nonce, transaction);
        validator_->on_transactions();
    });
}

void Node::propose(const qbft::Vote& vote) {
    if (is_up()) validator_->propose(vote);
}

void Node::discard(const Address& recipient) {
    if (is_up()) validator_->discard(recipient);
}

// --- Blocks

void Node::on_status(std::size_t from, std::uint64_t number) {
    if (number > head()) ask(from);
}

void Node::answer(std::size_t to, std::uint64_t from) {
    Packet answer{.kind = Packet::Kind::blocks, .number = head()};
    for (auto number = from; number <= head() && answer.blocks.size() < max_blocks; ++number)
        answer.blocks.push_back(blocks_[number]);
    send_packet(to, std::make_shared<const Packet>(std::move(answer)));
}

void Node::ask(std::size_t peer) {
    if (asked_at_ && cursor_ < *asked_at_ + patience) return;
    asked_at_ = cursor_;
    send_packet(peer, std::make_shared<const Packet>(
                          Packet{.kind = Packet::Kind::ask_blocks, .number = head() + 1}));
}

void Node::behind(std::uint64_t number) {
    maybe_die();
    if (number <= head()) return;
    std::vector<std::size_t> peers;
    for (const auto& other : world_.nodes())
        if (world_.network().is_connected(index_, other->index())) peers.push_back(other->index());
    if (!peers.empty()) ask(peers[world_.random().below(peers.size())]);
}

void Node::on_new_block(std::size_t from, const SharedBlock& block) {
    const auto number = block->header.number;
    if (number > head() + 1) return ask(from);
    if (number == head() + 1 && import(block)) broadcast(blocks_.back(), from);
}

void Node::on_blocks(std::size_t from, const Packet& packet) {
    asked_at_.reset();
    const bool leaves = packet.blocks.size() > small_gap;
    if (leaves) validator_->pause();
    bool has_more = false;
    for (const auto& block : packet.blocks) {
        if (block->header.number != head() + 1) continue;
        has_more = import(block);
        if (!has_more) break;
    }
    if (leaves) validator_->resume();
    if (has_more && packet.number > head()) ask(from);
}

bool Node::import(const SharedBlock& block) {
    spend(costs_.execution);
    const auto result = chain_->import(*block);
    if (result) return *result == blockchain::Imported::new_head;
    world_.trace("n{} refuses block #{}: {}", index_, block->header.number,
                 to_string(result.error()));
    return false;
}

void Node::on_head(const blockchain::HeadEvent& event) {
    spend_measured();
    for (const auto& added : event.added) {
        const auto& block = added->block;
        if (block.header.number != blocks_.size()) {
            world_.fail(fmt::format("n{} takes a block back", index_));
            return;
        }
        const bool is_ibft2 = block.header.number < world_.scenario().first_qbft_block;
        const auto round = is_ibft2 ? 0 : qbft::decode_extra_data(block.header.extra_data)->round;
        world_.count_round(round);
        world_.trace("n{} has #{} {} round {} of {}", index_, block.header.number,
                     to_hex(added->hash.bytes).substr(0, 10), round,
                     short_name(block.header.coinbase));
        if (!is_byzantine)
            if (auto broken = world_.invariants().on_committed(block, next_validators_))
                world_.fail(*std::move(broken));
        blocks_.emplace_back(added, &block);
        for (std::size_t i = 0; i < added->senders.size(); ++i)
            pool_[added->senders[i]].erase(block.transactions[i].nonce);
    }
    has_no_past_ = false;
    learn_validators();
    world_.on_head(*this, cursor_);
    begin_measuring();
}

void Node::learn_validators() {
    const auto view = chain_->view();
    if (auto validators = rules_->validator_sets().after(view->head().header, *view))
        next_validators_ = *std::move(validators);
    if (relay_) relay_->set_validators(head(), next_validators_);
}

void Node::broadcast(const SharedBlock& block, std::optional<std::size_t> except) {
    const auto packet =
        std::make_shared<const Packet>(Packet{.kind = Packet::Kind::new_block, .blocks = {block}});
    for (const auto& other : world_.nodes())
        if (other->index() != except && world_.network().is_connected(index_, other->index()))
            send_packet(other->index(), packet);
}

void Node::send_packet(std::size_t to, const std::shared_ptr<const Packet>& packet) {
    spend_measured();
    if (attacker == nullptr) {
        world_.send(index_, to, packet, cursor_);
        begin_measuring();
        return;
    }
    if (auto other = attacker->instead(to, packet))
        world_.send(index_, to, std::move(other), cursor_);
}

// --- consensus::ValidatorHost

qbft::Instant Node::now() {
    spend_measured();
    return clock_.at(cursor_);
}

std::chrono::microseconds Node::stopwatch() {
    spend_measured();
    return cursor_;
}

void Node::send(const qbft::Send& message) {
    maybe_die();
    spend_measured();
    const bool is_own = !message.not_to.has_value();
    if (is_own && measures_ && message.code == qbft::MessageCode::proposal)
        if (const auto proposal = qbft::decode_proposal(*message.payload)) {
            const auto& header = proposal->proposal.payload.block->header;
            world_.on_proposed(header.number, cursor_,
                               clock_.wall(cursor_) - std::chrono::seconds{header.timestamp});
        }
    if (is_own && !is_byzantine)
        if (auto broken =
                world_.invariants().on_signed(address(), message.code, *message.payload)) {
            if (has_lost_a_disk_ && has_no_past_)
                world_.count_forgotten();
            else
                world_.fail(*std::move(broken));
        }
    const auto packet = std::make_shared<const Packet>(
        Packet{.kind = Packet::Kind::consensus, .code = message.code, .payload = message.payload});
    if (is_own)
        if (const auto view = qbft::peek(message.code, *message.payload))
            world_.trace("n{} sends {} {}/{}", index_, name_of(message.code), view->sequence,
                         view->round);
    begin_measuring();
    for (const auto& other : world_.nodes()) {
        if (other->index() == index_ || other->address() == message.not_to) continue;
        if (!world_.network().is_connected(index_, other->index())) continue;
        if (other->role() == Role::sentry ||
            std::ranges::find(message.to, other->address()) != message.to.end())
            send_packet(other->index(), packet);
    }
}

std::unique_ptr<blockchain::TransactionSource> Node::candidates() {
    maybe_die();
    spend(costs_.execution);
    return std::make_unique<PoolSource>(pool_);
}

consensus::BuildOptions Node::build_options() {
    consensus::BuildOptions options;
    options.extra_data = {static_cast<std::uint8_t>(index_ + 1)};  // those of twins differ
    return options;
}

void Node::announce(std::shared_ptr<const blockchain::ExecutedBlock>) {
    broadcast(blocks_.back(), std::nullopt);
    maybe_die();
}

void Node::observed(const qbft::Observation& observation) {
    using enum qbft::Observation::Kind;
    switch (observation.kind) {
        case signing_refused:
        case message_invalid:
        case round_started:
        case round_timed_out:
        case round_held:
        case prepared:
        case proposal_accepted:
            world_.trace("n{} {}/{} {} {} {}", index_, observation.number, observation.round,
                         name_of(observation.kind),
                         observation.code ? name_of(*observation.code) : "", observation.text);
            break;
        default: break;
    }
}

void Node::noticed(const consensus::ValidatorNotice& notice) {
    using enum consensus::ValidatorNotice::Kind;
    if (notice.kind == proposal_refused || notice.kind == proposal_too_early)
        spend(costs_.execution);
    if (notice.kind != block_built && notice.kind != imported)
        world_.trace("n{} #{} notice {}: {}", index_, notice.number, static_cast<int>(notice.kind),
                     notice.text);
    if (notice.kind == joins_without_past) has_no_past_ = true;
    maybe_die();
}

consensus::ValidatorCounters Node::counters() const {
    auto all = former_counters_;
    if (validator_) add(all, validator_->counters());
    return all;
}

}  // namespace meta138::simulation
