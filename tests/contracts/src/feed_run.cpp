// SPDX-License-Identifier: Apache-2.0
#include "feed_run.hpp"

#include "chain.hpp"
#include "feed_model.hpp"
#include "feed_under_test.hpp"
#include "method.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/contracts/predeploys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace meta138::contracts {

namespace {

// Whoever may appear: what they may do changes on the way.
constexpr std::array actors{account::transmitter, account::second_transmitter, account::admin,
                            account::guardian,    account::stranger,           Address{{0x06}}};

enum class StepKind : std::uint8_t {
    transmit,
    pass,
    set_settings,
    add_transmitter,
    remove_transmitter,
    set_guardian,
    pause,
    unpause,
    transfer_admin,
    accept_admin,
    upgrade,
};
constexpr std::array step_names{"transmit",          "pass",        "setSettings", "addTransmitter",
                                "removeTransmitter", "setGuardian", "pause",       "unpause",
                                "transferAdmin",     "acceptAdmin", "upgrade"};

// How often a kind comes, out of 256.
constexpr std::array<std::pair<StepKind, unsigned>, 11> frequencies{{
    {StepKind::transmit, 140},
    {StepKind::pass, 60},
    {StepKind::set_settings, 16},
    {StepKind::add_transmitter, 6},
    {StepKind::remove_transmitter, 6},
    {StepKind::set_guardian, 4},
    {StepKind::pause, 4},
    {StepKind::unpause, 8},
    {StepKind::transfer_admin, 4},
    {StepKind::accept_admin, 4},
    {StepKind::upgrade, 4},
}};

StepKind kind_of(std::uint8_t byte) {
    unsigned at = byte;
    for (const auto& [kind, frequency] : frequencies) {
        if (at < frequency) return kind;
        at -= frequency;
    }
    return StepKind::transmit;
}

constexpr std::size_t max_steps = 50'000;
// Everything readable is compared after so many steps, and what the step is about after each.
constexpr std::size_t full_look_period = 32;

}  // namespace

std::vector<FeedStep> decode_feed_steps(ByteView bytes) {
    std::vector<FeedStep> steps(std::min(bytes.size() / FeedStep::size(), max_steps));
    for (std::size_t i = 0; i < steps.size(); ++i)
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * FeedStep::size()),
                    FeedStep::size(), steps[i].begin());
    return steps;
}

std::vector<FeedStep> random_feed_steps(std::uint64_t seed, std::size_t count) {
    std::vector<FeedStep> steps(count);
    auto state = seed;
    for (auto& step : steps) {
        // splitmix64
        state += 0x9e3779b97f4a7c15;
        auto z = state;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        z ^= z >> 31;
        for (std::size_t i = 0; i < 8; ++i) step[i] = static_cast<std::uint8_t>(z >> 8 * i);
    }
    return steps;
}

struct FeedRun::World {
    explicit World(Fork fork) : chain{fork}, feed{deploy_feed(chain)} { chain.keep(); }
    Chain chain;
    FeedUnderTest feed;
    std::array<std::array<std::size_t, 2>, step_names.size()> counts{};  // refused, done
    std::size_t rounds = 0;
};

/// One run from the start.
class FeedRun::Execution {
public:
    explicit Execution(World& world)
        : world_{world}, chain_{world.chain}, model_{model_of(world.feed)} {
        chain_.reset();
    }

    std::optional<FeedFailure> run(const std::vector<FeedStep>& steps) {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            step(steps[i]);
            compare_latest();
            if (i % full_look_period == 0 || i + 1 == steps.size()) compare_all(steps[i][7]);
            if (!failure_.empty())
                return FeedFailure{.step = i, .what = failure_, .story = std::move(story_)};
        }
        return std::nullopt;
    }

private:
    void step(const FeedStep& step) {
        const auto kind = kind_of(step[0]);
        const auto& actor = actors[step[1] % actors.size()];
        const auto& other = actors[step[2] % actors.size()];
        // Mostly by who may, or nothing would ever happen.
        const auto& chief = step[1] < 160 ? model_.admin() : actor;
        switch (kind) {
            case StepKind::transmit: return transmit(step);
            case StepKind::pass: return pass(step);
            case StepKind::set_settings: return set_settings(chief, step);
            case StepKind::add_transmitter:
                return call(kind, chief, feed::add_transmitter(other),
                            model_.add_transmitter(chief, other), hex(other));
            case StepKind::remove_transmitter:
                return call(kind, chief, feed::remove_transmitter(other),
                            model_.remove_transmitter(chief, other), hex(other));
            case StepKind::set_guardian:
                return call(kind, chief, feed::set_guardian(other),
                            model_.set_guardian(chief, other), hex(other));
            case StepKind::pause: return call(kind, actor, feed::pause(), model_.pause(actor), "");
            case StepKind::unpause:
                return call(kind, chief, feed::unpause(), model_.unpause(chief), "");
            case StepKind::transfer_admin:
                return call(kind, chief, feed::transfer_admin(other),
                            model_.transfer_admin(chief, other), hex(other));
            case StepKind::accept_admin: {
                const bool is_asked = step[1] < 128 && model_.pending_admin() != Address{};
                const auto taker = is_asked ? model_.pending_admin() : actor;
                return call(kind, taker, feed::accept_admin(), model_.accept_admin(taker), "");
            }
            case StepKind::upgrade: {
                const auto& code = step[2] % 2 == 0 ? world_.feed.implementation
                                                    : world_.feed.other_implementation;
                return call(kind, chief, feed::upgrade(code, Bytes{}), model_.upgrade(chief, code),
                            hex(code));
            }
        }
    }

    void transmit(const FeedStep& step) {
        // Mostly by a transmitter, of the next round.
        const auto& transmitters = model_.transmitters();
        const auto& actor = step[1] < 230 && !transmitters.empty()
                                ? transmitters[step[1] % transmitters.size()]
                                : actors[step[1] % actors.size()];
        const auto answer = choose_answer(step);
        const auto round = choose_round(step);
        const auto observed_at = choose_observation(step);
        const auto rounds_before = model_.latest().id;
        auto expected = model_.transmit(actor, round, answer, observed_at, chain_.time());
        world_.rounds += model_.latest().id - rounds_before;
        call(StepKind::transmit, actor, feed::transmit(round, to_word(answer), observed_at),
             expected,
             fmt::format("round {}, answer {}, observed {}s ago", to_string(round), text(answer),
                         static_cast<std::int64_t>(chain_.time() - observed_at)));
    }

    [[nodiscard]] uint256 choose_round(const FeedStep& step) const {
        const auto latest = model_.latest().id;
        if (step[2] < 224) return latest + 1;
        switch (step[2] % 5) {
            case 0: return latest;
            case 1: return latest + 2;
            case 2: return 0;
            case 3: return latest / 2;
            default: return (uint256{1} << 80) - 1;
        }
    }

    // Around what decides: the threshold, the bounds, zero.
    [[nodiscard]] int128 choose_answer(const FeedStep& step) const {
        const auto& settings = model_.settings();
        const auto last = model_.latest().answer;
        const auto magnitude = last < 0 ? -last : last;
        const auto threshold = (magnitude * settings.deviation_bps + 9'999) / 10'000;
        const int128 sign = (step[4] & 1) != 0 ? 1 : -1;
        switch (step[3] % 24) {
            case 0: return last + sign * threshold;
            case 1: return last + sign * (threshold - 1);
            case 2: return last + sign * (threshold + 1);
            case 3: return last;
            case 4: return settings.min_answer;
            case 5: return settings.max_answer;
            case 6: return settings.min_answer - 1;
            case 7: return settings.max_answer + 1;
            case 8: return 0;
            case 9: return last + sign * (magnitude / 50);
            case 10: return sign * (int128{step[5]} << (step[6] % 100));
            default:
                return std::clamp(200'000'000'000 + sign * int128{step[5]} * 100'000'000,
                                  settings.min_answer, settings.max_answer);
        }
    }

    [[nodiscard]] std::uint64_t choose_observation(const FeedStep& step) const {
        const auto now = chain_.time();
        const auto max_age = model_.settings().max_observation_age;
        switch (step[6] % 24) {
            case 0: return now - max_age;
            case 1: return now - max_age - 1;
            case 2: return model_.latest().started_at;
            case 3: return model_.latest().started_at == 0 ? 0 : model_.latest().started_at - 1;
            case 4: return now + step[7];
            case 5: return ~std::uint64_t{0};
            default: return now - step[7] % 4;
        }
    }

    void pass(const FeedStep& step) {
        const auto now = chain_.time();
        const auto due = model_.due_at();
        const auto heartbeat_end = model_.latest().updated_at + model_.settings().heartbeat;
        std::uint64_t seconds = step[3];
        switch (step[2] % 6) {
            case 0: seconds = due > now ? due - now : 0; break;
            case 1: seconds = due > now + 1 ? due - now - 1 : 0; break;
            case 2: seconds = heartbeat_end > now ? heartbeat_end - now : 0; break;
            case 3: seconds = heartbeat_end >= now ? heartbeat_end - now + 1 : 0; break;
            default: break;
        }
        chain_.pass(seconds);
        tell(fmt::format("{} s pass", seconds));
        ++world_.counts[static_cast<std::size_t>(StepKind::pass)][1];
    }

    void set_settings(const Address& actor, const FeedStep& step) {
        auto settings = model_.settings();
        constexpr std::array<std::uint32_t, 7> histories{0, 1, 2, 3, 7, 16, 300};
        switch (step[2] % 10) {
            case 0: settings.heartbeat = 1U + step[3]; break;
            case 1: settings.heartbeat = std::uint32_t{step[3]} << (step[4] % 24); break;
            case 2:
                settings.deviation_bps = static_cast<std::uint16_t>(step[3] * (step[4] % 41));
                break;
            case 3: settings.max_observation_age = step[3]; break;
            case 4:
            case 5: settings.skips_needless = (step[3] & 1) != 0; break;
            case 6: settings.min_answer = choose_bound(step); break;
            case 7: settings.max_answer = choose_bound(step); break;
            default: settings.history = histories[step[3] % histories.size()]; break;
        }
        auto expected = model_.set_settings(actor, settings);
        call(StepKind::set_settings, actor, feed::set_settings(settings), expected,
             fmt::format("heartbeat {}, deviation {}, age {}, skips {}, min {}, max {}, history {}",
                         settings.heartbeat, settings.deviation_bps, settings.max_observation_age,
                         settings.skips_needless, text(settings.min_answer),
                         text(settings.max_answer), settings.history));
    }

    static int128 choose_bound(const FeedStep& step) {
        switch (step[3] % 8) {
            case 0: return (int128{1} << 95) - 1;
            case 1: return int128{1} << 95;
            case 2: return -(int128{1} << 95);
            case 3: return -(int128{1} << 95) - 1;
            case 4: return 0;
            case 5: return 1;
            case 6: return -int128{step[4]} * 1'000'000;
            default: return int128{step[4]} << 34;
        }
    }

    void call(StepKind kind, const Address& actor, Bytes data,
              const FeedModel::Expectation& expected, const std::string& arguments) {
        const auto name = step_names[static_cast<std::size_t>(kind)];
        tell(fmt::format("{} {} {}", hex(actor), name, arguments));
        ++world_.counts[static_cast<std::size_t>(kind)][expected.revert ? 0 : 1];
        const auto outcome = chain_.send(actor, world_.feed.address, std::move(data));
        if (expected.revert) {
            check(outcome.reverted, fmt::format("{} is to revert with {}, but {}", name,
                                                to_hex(*expected.revert), revert_reason(outcome)));
            check(outcome.output == *expected.revert,
                  fmt::format("{} is to revert with {}, not with {}", name,
                              to_hex(*expected.revert), to_hex(outcome.output)));
            return;
        }
        check(outcome.succeeded,
              fmt::format("{} is to succeed, but: {}", name, revert_reason(outcome)));
        if (expected.output)
            check(outcome.word() == *expected.output,
                  fmt::format("{} is to return {}", name, to_string(*expected.output)));
        check(outcome.logs == expected.logs, fmt::format("{} logs something else", name));
    }

    // What consumers read, which every step may change.
    void compare_latest() {
        compare_round(feed::latest_round_data(), model_.find_round(model_.latest().id),
                      "latestRoundData");
        const auto state = read(feed::feed_state(actors[0]));
        const auto decoded = decode_feed_state(state.output);
        check(decoded.has_value(), "feedState cannot be decoded");
        if (!decoded) return;
        const auto& latest = model_.latest();
        const auto& settings = model_.settings();
        const FeedState expected{.round = latest.id,
                                 .answer = to_word(latest.answer),
                                 .started_at = latest.started_at,
                                 .updated_at = latest.updated_at,
                                 .block_timestamp = chain_.time(),
                                 .due_at = model_.due_at(),
                                 .heartbeat = settings.heartbeat,
                                 .deviation_bps = settings.deviation_bps,
                                 .max_observation_age = settings.max_observation_age,
                                 .min_answer = to_word(settings.min_answer),
                                 .max_answer = to_word(settings.max_answer),
                                 .decimals = 8,
                                 .skips_needless = settings.skips_needless,
                                 .is_paused = model_.is_paused(),
                                 .may_transmit = model_.may_transmit(actors[0])};
        check(*decoded == expected, "feedState tells something else");
    }

    void compare_all(std::uint8_t choice) {
        const auto& latest = model_.latest();
        const auto& settings = model_.settings();
        expect_word(feed::latest_answer(), to_word(latest.answer), "latestAnswer");
        expect_word(feed::latest_timestamp(), latest.updated_at, "latestTimestamp");
        expect_word(feed::latest_round(), latest.id, "latestRound");
        expect_word(feed::min_answer(), to_word(settings.min_answer), "minAnswer");
        expect_word(feed::max_answer(), to_word(settings.max_answer), "maxAnswer");
        expect_word(feed::paused(), model_.is_paused() ? 1 : 0, "paused");
        expect_word(feed::admin(), to_uint256(model_.admin()), "admin");
        expect_word(feed::pending_admin(), to_uint256(model_.pending_admin()), "pendingAdmin");
        expect_word(feed::guardian(), to_uint256(model_.guardian()), "guardian");
        const auto age = chain_.time() - latest.updated_at;
        expect_word(feed::age(), latest.id == 0 ? uint256::max() : uint256{age}, "age");
        expect_word(feed::is_stale(), latest.id == 0 || age > settings.heartbeat ? 1 : 0,
                    "isStale");
        check(read(feed::settings()).output ==
                  encode_arguments("((uint32,uint16,uint16,bool,int256,int256,uint32))",
                                   {abi(settings)}),
              "settings are other ones");
        std::vector<AbiValue> transmitters;
        for (const auto& transmitter : model_.transmitters())
            transmitters.push_back(abi(transmitter));
        check(read(feed::transmitters()).output ==
                  encode_arguments("(address[])", {abi(transmitters)}),
              "transmitters are others");
        // Rounds around the edge of the history, and any other.
        compare_round_of(0);
        compare_round_of(latest.id + 1);
        for (std::uint64_t back = 0; back < 20 && back <= latest.id; ++back)
            compare_round_of(latest.id - back);
        if (latest.id > settings.history) compare_round_of(latest.id - settings.history);
        compare_round_of(latest.id * choice / 255);
        compare_round_of((std::uint64_t{1} << 32) + latest.id);
    }

    void compare_round_of(std::uint64_t id) {
        const auto expected = model_.find_round(id);
        compare_round(feed::round_data(id), expected, "getRoundData");
        expect_word(feed::answer(id), expected ? to_word(expected->answer) : uint256{},
                    "getAnswer");
        expect_word(feed::timestamp(id), expected ? expected->updated_at : 0, "getTimestamp");
    }

    void compare_round(const Bytes& data, const std::optional<FeedModel::Round>& expected,
                       std::string_view name) {
        const auto outcome = read(data);
        if (!expected) {
            check(outcome.reverted && revert_reason(outcome) == "No data present",
                  fmt::format("{} is to revert with \"No data present\"", name));
            return;
        }
        check(outcome.output == encode_arguments("(uint80,int256,uint256,uint256,uint80)",
                                                 {abi(expected->id), abi(to_word(expected->answer)),
                                                  abi(expected->started_at),
                                                  abi(expected->updated_at), abi(expected->id)}),
              fmt::format("{} of round {} tells something else", name, expected->id));
    }

    Outcome read(const Bytes& data) { return chain_.call(world_.feed.address, data); }
    void expect_word(const Bytes& data, const uint256& expected, std::string_view name) {
        const auto outcome = read(data);
        check(
            outcome.succeeded && outcome.word() == expected,
            fmt::format("{} is {}, not {}", name, to_string(expected), to_string(outcome.word())));
    }

    void check(bool holds, std::string what) {
        if (!holds && failure_.empty()) failure_ = std::move(what);
    }
    void tell(std::string line) { story_.push_back(std::move(line)); }
    static std::string hex(const Address& address) {
        return to_hex(ByteView{address.bytes}.first(2));
    }
    static std::string text(int128 value) {
        const auto magnitude = to_string(to_word(value < 0 ? -value : value));
        return value < 0 ? "-" + magnitude : magnitude;
    }

    World& world_;
    Chain& chain_;
    FeedModel model_;
    std::vector<std::string> story_;
    std::string failure_;
};

FeedRun::FeedRun(Fork fork) : world_{std::make_unique<World>(fork)} {}
FeedRun::~FeedRun() = default;

std::optional<FeedFailure> FeedRun::run(const std::vector<FeedStep>& steps) {
    return Execution{*world_}.run(steps);
}

Bytes FeedRun::code() const {
    return to_bytes(world_->chain.state().code(world_->feed.implementation));
}

void FeedRun::replace_code(const Bytes& code) {
    world_->chain.reset();
    world_->chain.place(world_->feed.implementation, code);
    world_->chain.keep();
}

std::set<std::size_t> FeedRun::executed_by(const std::vector<FeedStep>& steps) {
    struct Observer final : evm::Tracer {
        void on_step(const evm::Step& step) override {
            if (step.message->code_address == code_address) executed.insert(step.pc);
        }
        Address code_address;
        std::set<std::size_t> executed;
    } observer;
    observer.code_address = world_->feed.implementation;
    world_->chain.set_tracer(&observer);
    static_cast<void>(run(steps));
    world_->chain.set_tracer(nullptr);
    return std::move(observer.executed);
}

// Takes away parts, from halves down to single steps, for as long as it still fails.
FeedFailure FeedRun::shrink(std::vector<FeedStep> steps) {
    auto failure = run(steps).value_or(FeedFailure{});
    for (auto size = std::max<std::size_t>(1, steps.size() / 2);; size /= 2) {
        for (std::size_t begin = 0; begin < steps.size();) {
            auto fewer = steps;
            const auto end = std::min(begin + size, steps.size());
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(begin),
                        fewer.begin() + static_cast<std::ptrdiff_t>(end));
            if (auto other = run(fewer)) {
                failure = *std::move(other);
                fewer.resize(failure.step + 1);
                steps = std::move(fewer);
            } else {
                begin = end;
            }
        }
        if (size == 1) return failure;
    }
}

std::string FeedRun::coverage() const {
    std::string text;
    for (std::size_t kind = 0; kind < step_names.size(); ++kind)
        text += fmt::format("{:<18} {:>7} done {:>7} refused\n", step_names[kind],
                            world_->counts[kind][1], world_->counts[kind][0]);
    return text;
}

std::size_t FeedRun::rounds_written() const noexcept {
    return world_->rounds;
}

}  // namespace meta138::contracts
