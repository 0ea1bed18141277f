// SPDX-License-Identifier: Apache-2.0
// Two publishers on a model of a chain that does them every wrong: nodes that are down, lie behind,
// forget transactions or answer too late; base fees that jump; reorganisations; signers that are
// away; crashes. One seed, one run.
#include "meta138/oracle/submitter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <tuple>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t publisher_count = 2;
constexpr std::size_t node_count = 2;
constexpr std::array<std::string_view, 3> feeds = {"A", "B", "C"};
constexpr milliseconds block_period = 1s;
constexpr milliseconds storm = 10min;    // faults until here
constexpr milliseconds calm = 4min;      // and then none
constexpr std::uint64_t heartbeat = 20;  // in blocks

struct Tx {
    std::size_t account = 0;
    std::uint64_t nonce = 0;
    std::string feed = {};
    std::uint64_t round = 0;
    Fees fees;

    friend bool operator==(const Tx&, const Tx&) = default;
};

struct Block {
    uint256 base_fee = 0;
    std::vector<std::pair<Hash32, Inclusion::Effect>> transactions = {};
};

struct FeedOnChain {
    std::uint64_t round = 0;
    std::uint64_t block = 0;
};

/// What the canonical chain adds up to at some head.
struct State {
    std::array<std::uint64_t, publisher_count> nonces{};
    std::map<std::string, FeedOnChain, std::less<>> feeds = {};
};

class World {
public:
    explicit World(std::uint64_t seed) : random{seed} {
        blocks.push_back({.base_fee = 100});
        for (std::size_t i = 0; i < publisher_count; ++i) restart(i);
    }

    void start() {
        every(block_period, [this] { produce(); });
        for (std::size_t i = 0; i < publisher_count; ++i) {
            every(700ms, [this, i] { look(i); });
            every(500ms, [this, i] { decide(i); });
        }
        every(3s, [this] { weather(); });
    }

    void run_until(milliseconds end) {
        while (events.top().at <= end) {
            auto event = events.top();
            events.pop();
            now = event.at;
            event.run();
        }
    }

    [[nodiscard]] State state_at(std::size_t head) const {
        State state;
        for (std::size_t number = 0; number <= head; ++number) {
            for (const auto& [hash, effect] : blocks[number].transactions)
                apply(state, hash, number);
        }
        return state;
    }

    struct Publisher {
        std::optional<Submitter> submitter;
        std::vector<PendingTransaction> disk = {};
        unsigned life = 0;
        bool is_down = false;
        std::set<std::pair<std::string, std::uint64_t>> confirmed = {};
        std::map<Outcome, int> outcomes = {};
        std::uint64_t signatures = 0;
    };

    std::mt19937_64 random;
    milliseconds now = 0s;
    std::vector<Block> blocks;
    std::map<Hash32, Tx> known;  // all that was ever signed
    std::array<std::map<std::pair<std::size_t, std::uint64_t>, Hash32>, node_count> pools;
    std::array<bool, node_count> node_is_down{};
    std::array<std::size_t, node_count> node_lag{};
    bool signer_is_down = false;
    bool is_expensive = false;
    bool is_closing = false;  // feeds need nothing any more
    std::array<Publisher, publisher_count> publishers;

private:
    struct Event {
        milliseconds at{};
        std::uint64_t order = 0;
        std::function<void()> run;
        bool operator<(const Event& other) const {
            return std::tie(other.at, other.order) < std::tie(at, order);
        }
    };

    bool chance(double probability) {
        return std::uniform_real_distribution<>{}(random) < probability;
    }
    std::uint64_t below(std::uint64_t bound) {
        return std::uniform_int_distribution<std::uint64_t>{0, bound - 1}(random);
    }
    [[nodiscard]] bool is_stormy() const { return now < storm; }

    void after(milliseconds delay, std::function<void()> run) {
        events.push({.at = now + delay, .order = next_order++, .run = std::move(run)});
    }
    void every(milliseconds period, std::function<void()> run) {
        after(period, [this, period, run = std::move(run)] {
            run();
            every(period, run);
        });
    }

    // The chain

    void apply(State& state, const Hash32& hash, std::size_t number) const {
        const auto& tx = known.at(hash);
        state.nonces[tx.account] = tx.nonce + 1;
        auto& feed = state.feeds[tx.feed];
        if (tx.round == feed.round + 1) feed = {.round = tx.round, .block = number};
    }

    void produce() {
        Block block{.base_fee = is_expensive ? 100'000 : 100};
        const auto number = blocks.size();
        auto state = state_at(number - 1);
        const auto producer = below(node_count);
        for (std::size_t account = 0; account < publisher_count; ++account) {
            for (;;) {
                const auto waiting = pools[producer].find({account, state.nonces[account]});
                if (waiting == pools[producer].end()) break;
                const auto& tx = known.at(waiting->second);
                if (tx.fees.max_fee_per_gas < block.base_fee) break;
                const bool is_next = state.feeds[tx.feed].round + 1 == tx.round;
                block.transactions.emplace_back(waiting->second, is_next
                                                                     ? Inclusion::Effect::updated
                                                                     : Inclusion::Effect::reverted);
                apply(state, waiting->second, number);
            }
        }
        blocks.push_back(std::move(block));
        clean(state);
    }

    void clean(const State& state) {
        for (auto& pool : pools)
            std::erase_if(pool, [&](const auto& each) {
                return each.first.second < state.nonces[each.first.first];
            });
    }

    // At most one block less than the confirmations that the publishers wait for.
    void reorganise() {
        const auto depth = 1 + below(2);
        if (blocks.size() < 10) return;
        std::vector<Hash32> orphans;
        for (std::size_t i = 0; i < depth; ++i) {
            for (const auto& [hash, effect] : blocks.back().transactions) orphans.push_back(hash);
            blocks.pop_back();
        }
        for (const auto& hash : orphans) {
            const auto& tx = known.at(hash);
            if (chance(0.5)) pools[below(node_count)][{tx.account, tx.nonce}] = hash;
        }
        for (std::size_t i = 0; i <= depth; ++i) produce();
    }

    std::optional<BroadcastError> accept(std::size_t node, const Hash32& hash) {
        const auto& tx = known.at(hash);
        const auto error = [](BroadcastError::Kind kind) { return BroadcastError{.kind = kind}; };
        if (tx.nonce < state_at(blocks.size() - 1).nonces[tx.account])
            return error(BroadcastError::Kind::nonce_too_low);
        auto& place = pools[node][{tx.account, tx.nonce}];
        if (place == hash) return std::nullopt;
        if (!place.is_zero() &&
            known.at(place).fees.max_fee_per_gas * 11 > tx.fees.max_fee_per_gas * 10)
            return error(BroadcastError::Kind::replaces_too_cheap);
        place = hash;
        for (auto& pool : pools)
            if (chance(0.7)) pool[{tx.account, tx.nonce}] = hash;  // gossip
        return std::nullopt;
    }

    void weather() {
        const bool storms = is_stormy();
        for (std::size_t node = 0; node < node_count; ++node) {
            node_is_down[node] = storms && chance(0.25);
            node_lag[node] = storms && chance(0.2) ? 1 + below(4) : 0;
            if (storms && chance(0.1)) pools[node].clear();
        }
        signer_is_down = storms && chance(0.2);
        is_expensive = storms && chance(0.15);
        if (storms && chance(0.15)) reorganise();
        if (storms && chance(0.1)) {
            auto& victim = publishers[below(publisher_count)];
            victim.is_down = true;
            ++victim.life;
            const auto index = static_cast<std::size_t>(&victim - publishers.data());
            after(milliseconds{below(8000)}, [this, index] { restart(index); });
        }
    }

    // A publisher

    void restart(std::size_t i) {
        auto& publisher = publishers[i];
        ++publisher.life;
        publisher.is_down = false;
        SubmitterSettings settings;
        settings.stuck_after = 5s;
        settings.confirmations = 3;
        settings.max_backoff = 8s;
        settings.fees.max_fee_per_gas_cap = 150'000;
        publisher.submitter.emplace(settings, publisher.disk, random());
    }

    /// The node that failover finds; none if all are down.
    std::optional<std::size_t> reachable() {
        for (std::size_t node = 0; node < node_count; ++node)
            if (!node_is_down[node] && !chance(is_stormy() ? 0.05 : 0)) return node;
        return std::nullopt;
    }

    void look(std::size_t i) {
        auto& publisher = publishers[i];
        const auto node = reachable();
        if (publisher.is_down || !node) return;
        const auto lag = std::min(node_lag[*node], blocks.size() - 1);
        AccountView view;
        view.head = blocks.size() - 1 - lag;
        view.nonce = state_at(view.head).nonces[i];
        view.market = {.base_fee_per_gas = blocks[view.head].base_fee,
                       .suggested_priority_fee_per_gas = 5};
        const auto watched = publisher.submitter->watched();
        for (std::size_t number = 0; number <= view.head; ++number) {
            for (const auto& [hash, effect] : blocks[number].transactions)
                if (std::ranges::find(watched, hash) != watched.end())
                    view.inclusions.push_back({.hash = hash, .block = number, .effect = effect});
        }
        act(i, publisher.submitter->on_view(view, now));
    }

    void decide(std::size_t i) {
        auto& publisher = publishers[i];
        const auto node = reachable();
        if (publisher.is_down) return;
        act(i, publisher.submitter->on_time(now));
        if (!node || is_closing) return;
        const auto head = blocks.size() - 1 - std::min(node_lag[*node], blocks.size() - 1);
        auto state = state_at(head);
        for (const auto feed : feeds) {
            const auto& on_chain = state.feeds[std::string{feed}];
            const bool is_due = on_chain.round == 0 || head - on_chain.block >= heartbeat;
            if (is_due) {
                act(i, publisher.submitter->submit({.feed = std::string{feed},
                                                    .round = on_chain.round + 1,
                                                    .call_data = {},
                                                    .gas_limit = 100'000},
                                                   now));
            } else {
                act(i, publisher.submitter->withdraw(feed, now));
            }
        }
    }

    void act(std::size_t i, const Actions& actions) {
        for (const auto& each : actions) {
            if (std::holds_alternative<Persist>(each))
                publishers[i].disk = publishers[i].submitter->pending();
            if (const auto* const sign = std::get_if<Sign>(&each)) this->sign(i, *sign);
            if (const auto* const send = std::get_if<Broadcast>(&each)) broadcast(i, *send);
            if (const auto* const done = std::get_if<Finished>(&each)) {
                ++publishers[i].outcomes[done->outcome];
                if (done->outcome == Outcome::confirmed)
                    publishers[i].confirmed.emplace(done->feed, done->round);
            }
        }
    }

    /// In this life of the publisher only.
    void answer(std::size_t i, milliseconds delay, std::function<Actions(Submitter&)> event) {
        after(delay, [this, i, life = publishers[i].life, event = std::move(event)] {
            if (publishers[i].life == life) act(i, event(*publishers[i].submitter));
        });
    }

    void sign(std::size_t i, const Sign& sign) {
        ++publishers[i].signatures;
        if (signer_is_down)
            return answer(i, 2s, [this, sign](Submitter& submitter) {
                return submitter.on_signed(sign.ticket, std::unexpected{SigningError{}}, now);
            });
        const Tx tx{i, sign.nonce, sign.transmission.feed, sign.transmission.round, sign.fees};
        Hash32 hash;
        const auto found =
            std::ranges::find(known, tx, [](const auto& each) { return each.second; });
        if (found != known.end()) {
            hash = found->first;  // the same content has the same signature
        } else {
            store_be32(hash.data(), known.size() + 1);
            known.emplace(hash, tx);
        }
        answer(i, milliseconds{below(200)}, [this, sign, hash](Submitter& submitter) {
            return submitter.on_signed(
                sign.ticket,
                Attempt{.hash = hash, .fees = sign.fees, .round = sign.transmission.round}, now);
        });
    }

    void broadcast(std::size_t i, const Broadcast& send) {
        const auto node = reachable();
        std::optional<BroadcastError> error =
            BroadcastError{.kind = BroadcastError::Kind::unreachable};
        if (node) {
            const auto said = accept(*node, send.hash);
            if (!is_stormy() || !chance(0.1)) error = said;  // else the answer is lost
        }
        answer(i, milliseconds{below(300)}, [this, send, error](Submitter& submitter) {
            return submitter.on_broadcast(send.hash, error, now);
        });
    }

    std::priority_queue<Event> events;
    std::uint64_t next_order = 0;
};

class SubmitterSimulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SubmitterSimulation, feeds_are_fresh_after_the_faults_and_every_round_is_accounted_for) {
    World world{GetParam()};
    world.start();
    world.run_until(storm + calm);

    const auto head = world.blocks.size() - 1;
    auto state = world.state_at(head);
    for (const auto feed : feeds) {
        const auto& on_chain = state.feeds[std::string{feed}];
        EXPECT_LE(head - on_chain.block, heartbeat + 5) << feed;
        EXPECT_GT(on_chain.round, 15U) << "it went on during the storm too";
    }

    world.is_closing = true;
    world.run_until(storm + calm + 40s);

    // Which rounds the canonical chain has of whom: each once.
    std::map<std::pair<std::string, std::uint64_t>, std::size_t> author;
    for (const auto& block : world.blocks) {
        for (const auto& [hash, effect] : block.transactions) {
            const auto& tx = world.known.at(hash);
            if (effect != Inclusion::Effect::updated) continue;
            EXPECT_TRUE(author.emplace(std::pair{tx.feed, tx.round}, tx.account).second)
                << tx.feed << ' ' << tx.round;
        }
    }
    std::size_t confirmed = 0;
    for (std::size_t i = 0; i < publisher_count; ++i) {
        auto& publisher = world.publishers[i];
        for (const auto& round : publisher.confirmed) {
            ASSERT_TRUE(author.contains(round)) << round.first << ' ' << round.second;
            EXPECT_EQ(author[round], i);
        }
        confirmed += publisher.confirmed.size();
        EXPECT_EQ(publisher.submitter->in_flight(), 0U);
        EXPECT_LE(publisher.signatures, 900U) << "no storm of our own";
    }
    EXPECT_EQ(confirmed, author.size());
}

INSTANTIATE_TEST_SUITE_P(Seeds, SubmitterSimulation, testing::Range<std::uint64_t>(1, 25));

}  // namespace
}  // namespace meta138::oracle
