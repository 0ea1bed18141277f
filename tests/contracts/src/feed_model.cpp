// SPDX-License-Identifier: Apache-2.0
#include "feed_model.hpp"

#include "method.hpp"

#include <algorithm>
#include <utility>

namespace meta138::contracts {

namespace {

constexpr std::uint64_t unbounded_ring = 0xffffffff;
constexpr std::size_t max_transmitters = 64;
constexpr int128 answer_limit = int128{1} << 95;

Hash32 topic(const Address& address) {
    return to_hash32(to_uint256(address));
}
Hash32 topic(const uint256& word) {
    return to_hash32(word);
}

template <typename... Arguments>
FeedModel::Expectation revert(std::string_view error, const Arguments&... arguments) {
    return {.revert = Method{error}(arguments...), .output = {}, .logs = {}};
}

bool fits_96_bits(int128 answer) {
    return answer >= -answer_limit && answer < answer_limit;
}

int128 magnitude(int128 value) {
    return value < 0 ? -value : value;
}

}  // namespace

uint256 to_word(int128 value) noexcept {
    const auto low = static_cast<std::uint64_t>(value);
    const auto high = static_cast<std::uint64_t>(value >> 64);
    const auto sign = value < 0 ? ~std::uint64_t{0} : 0;
    return uint256::from_limbs(low, high, sign, sign);
}

FeedModel::FeedModel(const Address& feed, const Settings& settings, const Address& admin,
                     const Address& guardian, std::vector<Address> transmitters)
    : feed_{feed},
      settings_{settings},
      transmitters_{std::move(transmitters)},
      admin_{admin},
      guardian_{guardian} {}

std::uint64_t FeedModel::ring_size() const noexcept {
    return settings_.history == 0 ? unbounded_ring : settings_.history - 1;
}

std::uint64_t FeedModel::due_at() const noexcept {
    if (latest_.id == 0) return 0;
    return latest_.updated_at + settings_.heartbeat - settings_.heartbeat / 8;
}

bool FeedModel::may_transmit(const Address& account) const noexcept {
    return std::ranges::find(transmitters_, account) != transmitters_.end();
}

bool FeedModel::is_needed(int128 answer, std::uint64_t now) const noexcept {
    if (now >= due_at()) return true;
    if (settings_.deviation_bps == 0) return true;
    if (answer == latest_.answer) return false;
    return magnitude(answer - latest_.answer) * 10'000 >=
           magnitude(latest_.answer) * settings_.deviation_bps;
}

std::optional<FeedModel::Round> FeedModel::find_round(std::uint64_t id) const {
    if (id == 0 || id > latest_.id) return std::nullopt;
    if (id == latest_.id) return latest_;
    if (latest_.id - id > ring_size()) return std::nullopt;
    const auto kept = ring_.find(id % ring_size());
    if (kept == ring_.end() || kept->second.id != id) return std::nullopt;
    return kept->second;
}

FeedModel::Expectation FeedModel::with_event(std::string_view signature, std::vector<Hash32> topics,
                                             Bytes data) const {
    topics.insert(topics.begin(), event_topic(signature));
    return {.revert = {},
            .output = {},
            .logs = {{.address = feed_, .topics = std::move(topics), .data = std::move(data)}}};
}

FeedModel::Expectation FeedModel::transmit(const Address& sender, const uint256& round,
                                           int128 answer, std::uint64_t observed_at,
                                           std::uint64_t now) {
    if (!may_transmit(sender)) return revert("NotTransmitter(address)", sender);
    if (is_paused_) return revert("FeedPaused()");
    const auto skip = [&](unsigned reason) {
        auto expected = with_event("UpdateSkipped(uint256,uint8)", {topic(round)},
                                   encode_arguments("(uint8)", {abi(reason)}));
        expected.output = 0;
        return expected;
    };
    const uint256 next{latest_.id + 1};
    if (round != next) {
        if (settings_.skips_needless && round < next) return skip(0);
        return revert("UnexpectedRound(uint256,uint256)", round, next);
    }
    if (answer < settings_.min_answer || answer > settings_.max_answer)
        return revert("AnswerOutOfBounds(int256,int256,int256)", to_word(answer),
                      to_word(settings_.min_answer), to_word(settings_.max_answer));
    if (observed_at > now) {
        observed_at = now;
    } else {
        const auto oldest = now - settings_.max_observation_age;
        if (observed_at < oldest)
            return revert("ObservationTooOld(uint256,uint256)", observed_at, oldest);
        if (observed_at < latest_.started_at)
            return revert("ObservationTooOld(uint256,uint256)", observed_at, latest_.started_at);
    }
    if (!is_needed(answer, now)) {
        if (settings_.skips_needless) return skip(1);
        return revert("UpdateNotNeeded(uint256)", due_at());
    }
    if (latest_.id != 0 && ring_size() != 0) ring_[latest_.id % ring_size()] = latest_;
    latest_ = {
        .id = latest_.id + 1, .answer = answer, .started_at = observed_at, .updated_at = now};
    auto expected = with_event("NewRound(uint256,address,uint256)", {topic(round), topic(sender)},
                               encode_arguments("(uint256)", {abi(observed_at)}));
    const auto updated =
        with_event("AnswerUpdated(int256,uint256,uint256)", {topic(to_word(answer)), topic(round)},
                   encode_arguments("(uint256)", {abi(now)}));
    expected.logs.push_back(updated.logs.front());
    expected.output = 1;
    return expected;
}

std::optional<FeedModel::Expectation> FeedModel::refuse_unless_admin(const Address& sender) const {
    if (sender == admin_) return std::nullopt;
    return revert("NotAdmin(address)", sender);
}

FeedModel::Expectation FeedModel::set_settings(const Address& sender, const Settings& settings) {
    if (auto refusal = refuse_unless_admin(sender)) return *refusal;
    const auto invalid = [](const char* name) { return revert("InvalidSetting(string)", name); };
    if (settings.heartbeat == 0 || settings.heartbeat >= 1U << 24) return invalid("heartbeat");
    if (settings.deviation_bps > 10'000) return invalid("deviationBps");
    if (settings.max_observation_age == 0) return invalid("maxObservationAge");
    if (!fits_96_bits(settings.min_answer)) return invalid("minAnswer");
    if (!fits_96_bits(settings.max_answer) || settings.max_answer < settings.min_answer)
        return invalid("maxAnswer");
    settings_ = settings;
    return with_event(
        "SettingsChanged((uint32,uint16,uint16,bool,int256,int256,uint32))", {},
        encode_arguments("(uint32,uint16,uint16,bool,int256,int256,uint32)",
                         {abi(settings.heartbeat), abi(settings.deviation_bps),
                          abi(settings.max_observation_age), abi(settings.skips_needless),
                          abi(to_word(settings.min_answer)), abi(to_word(settings.max_answer)),
                          abi(settings.history)}));
}

FeedModel::Expectation FeedModel::add_transmitter(const Address& sender,
                                                  const Address& transmitter) {
    if (auto refusal = refuse_unless_admin(sender)) return *refusal;
    if (transmitter == Address{} || may_transmit(transmitter))
        return revert("TransmitterUnchanged(address)", transmitter);
    if (transmitters_.size() == max_transmitters)
        return revert("InvalidSetting(string)", "transmitters");
    transmitters_.push_back(transmitter);
    return with_event("TransmitterAdded(address)", {topic(transmitter)});
}

// The last takes the place of the one that goes.
FeedModel::Expectation FeedModel::remove_transmitter(const Address& sender,
                                                     const Address& transmitter) {
    if (auto refusal = refuse_unless_admin(sender)) return *refusal;
    const auto found = std::ranges::find(transmitters_, transmitter);
    if (found == transmitters_.end()) return revert("TransmitterUnchanged(address)", transmitter);
    *found = transmitters_.back();
    transmitters_.pop_back();
    return with_event("TransmitterRemoved(address)", {topic(transmitter)});
}

FeedModel::Expectation FeedModel::set_guardian(const Address& sender, const Address& guardian) {
    if (auto refusal = refuse_unless_admin(sender)) return *refusal;
    guardian_ = guardian;
    return with_event("GuardianChanged(address)", {topic(guardian)});
}

FeedModel::Expectation FeedModel::pause(const Address& sender) {
    if (sender != guardian_ && sender != admin_) return revert("NotGuardian(address)", sender);
    is_paused_ = true;
    return with_event("Paused(address)", {topic(sender)});
}

FeedModel::Expectation FeedModel::unpause(const Address& sender) {
    if (auto refusal = refuse_unless_admin(sender)) return *refusal;
    is_paused_ = false;
    return with_event("Unpaused(address)", {topic(sender)});
}

FeedModel::Expectation FeedModel::transfer_admin(const Address& sender, const Address& to) {
    if (auto refusal = refuse_unless_admin(sender)) return *refusal;
    pending_admin_ = to;
    return with_event("AdminTransferRequested(address,address)", {topic(sender), topic(to)});
}

FeedModel::Expectation FeedModel::accept_admin(const Address& sender) {
    if (sender != pending_admin_) return revert("NotPendingAdmin(address)", sender);
    auto expected = with_event("AdminTransferred(address,address)", {topic(admin_), topic(sender)});
    admin_ = std::exchange(pending_admin_, Address{});
    return expected;
}

FeedModel::Expectation FeedModel::upgrade(const Address& sender, const Address& implementation) {
    if (auto refusal = refuse_unless_admin(sender)) return *refusal;
    return with_event("Upgraded(address)", {topic(implementation)});
}

}  // namespace meta138::contracts
