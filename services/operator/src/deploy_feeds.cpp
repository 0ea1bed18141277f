// SPDX-License-Identifier: Apache-2.0
#include "deploy_run.hpp"
#include "deploy_units.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/contracts/abi.hpp"
#include "meta138/contracts/feed.hpp"
#include "meta138/contracts/predeploys.hpp"
#include "meta138/crypto/keccak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::op {

namespace {

using contracts::abi::Arguments;
using contracts::abi::Results;

// IAggregator.Settings
struct FeedSettings {
    std::uint64_t heartbeat = 0;
    std::uint64_t deviation_bps = 0;
    std::uint64_t max_observation_age = 0;
    bool skips_needless = false;
    uint256 min_answer;
    uint256 max_answer;
    std::uint64_t history = 0;

    friend bool operator==(const FeedSettings&, const FeedSettings&) = default;
};

constexpr std::string_view settings_signature =
    "setSettings((uint32,uint16,uint16,bool,int256,int256,uint32))";

FeedSettings settings_of(const contracts::FeedParameters& feed) {
    return {.heartbeat = feed.heartbeat,
            .deviation_bps = feed.deviation_bps,
            .max_observation_age = feed.max_observation_age,
            .skips_needless = feed.skips_needless,
            .min_answer = feed.min_answer,
            .max_answer = feed.max_answer,
            .history = feed.history};
}

FeedSettings decode_settings(ByteView output) {
    Results in{output};
    FeedSettings settings;
    settings.heartbeat = in.small_integer();
    settings.deviation_bps = in.small_integer();
    settings.max_observation_age = in.small_integer();
    settings.skips_needless = in.boolean();
    settings.min_answer = in.integer();
    settings.max_answer = in.integer();
    settings.history = in.small_integer();
    return settings;
}

Bytes encode_set_settings(const FeedSettings& settings) {
    return Arguments{}
        .integer(settings.heartbeat)
        .integer(settings.deviation_bps)
        .integer(settings.max_observation_age)
        .boolean(settings.skips_needless)
        .integer(settings.min_answer)
        .integer(settings.max_answer)
        .integer(settings.history)
        .call(settings_signature);
}

Bytes call_without_arguments(std::string_view signature) {
    return Arguments{}.call(signature);
}

// What sets two feeds with the same parameters apart.
Hash32 salt_of(const FeedPlan& plan) {
    return crypto::keccak256(as_bytes(fmt::format("meta138 feed {}/{}", plan.base, plan.quote)));
}

std::string describe(const FeedSettings& settings) {
    return fmt::format("heartbeat {}, deviation {}%",
                       format_duration(std::chrono::seconds{settings.heartbeat}),
                       format_decimal(settings.deviation_bps, 2));
}

}  // namespace

struct Deployment::FeedOnChain {
    Address address;
    Address admin;
    Address guardian;
    Address implementation;
    std::string description;
    std::uint64_t decimals = 0;
    FeedSettings settings;
    std::vector<Address> transmitters;
};

contracts::FeedParameters Deployment::parameters(const FeedPlan& plan) const {
    return {.description = plan.description,
            .decimals = plan.decimals,
            .heartbeat = static_cast<std::uint32_t>(plan.heartbeat.count()),
            .deviation_bps = static_cast<std::uint16_t>(plan.deviation_bps),
            .min_answer = plan.min_answer,
            .max_answer = plan.max_answer.is_zero() ? contracts::FeedParameters::max_feed_answer()
                                                    : plan.max_answer,
            .max_observation_age = static_cast<std::uint16_t>(plan.max_observation_age.count()),
            .history = plan.history,
            .skips_needless = plan.undue == UndueUpdate::skip,
            .admin = plan_.hand_over && timelock_ ? *timelock_ : target_.sender(),
            .guardian = plan_.guardian,
            .transmitters = plan.transmitters};
}

Deployment::Done Deployment::look_at_feed(const FeedPlan& plan) {
    // Its creation code has the addresses of these in it.
    if (!aggregator_ || (plan_.hand_over && !timelock_)) {
        if (options_.dry_run) create_feed(plan, Address{});
        return {};
    }
    const auto predicted = contracts::create2_address(
        salt_of(plan), contracts::feed_creation_code(*aggregator_, parameters(plan)));
    TRY_LET(const auto address, find_feed(plan, predicted));
    if (!address) {
        create_feed(plan, predicted);
        return {};
    }
    TRY_LET(const auto feed, read_feed(*address));
    return reconcile(plan, feed);
}

// First what the registry says: it is what consumers ask. Then what an earlier run wrote down.
DeployAnswer<std::optional<Address>> Deployment::find_feed(const FeedPlan& plan,
                                                           const Address& predicted) {
    if (registry_) {
        const auto question = Arguments{}
                                  .address(contracts::asset_id(plan.base))
                                  .address(contracts::asset_id(plan.quote))
                                  .call(std::string_view{"getFeed(address,address)"});
        TRY_LET(const auto answer, target_.call(*registry_, question));
        if (answer) return Results{*answer}.address();
    }
    if (const auto* known = manifest_.find_feed(plan.base, plan.quote)) {
        TRY_LET(const auto hash, code_hash(known->address));
        if (hash) return known->address;
    }
    TRY_LET(const auto hash, code_hash(predicted));
    return hash ? std::optional{predicted} : std::nullopt;
}

void Deployment::create_feed(const FeedPlan& plan, const Address& address) {
    const auto feed = parameters(plan);
    DeployStep step{.action = DeployAction::deployed,
                    .subject = plan.description,
                    .detail = describe(settings_of(feed)),
                    .address = {},
                    .transaction_hash = {},
                    .gas_used = 0};
    if (address == Address{}) {  // not known before others are there: only told
        works_.push_back({.step = std::move(step), .call = {}, .record = {}});
        return;
    }
    step.address = address;
    create(std::move(step), salt_of(plan), contracts::feed_creation_code(*aggregator_, feed),
           [this, plan, address](const DeployReceipt& receipt) {
               remember(DeployedFeed{
                   .base = plan.base,
                   .quote = plan.quote,
                   .description = plan.description,
                   .decimals = plan.decimals,
                   .address = address,
                   .implementation = *aggregator_,
                   .code_hash = {},
                   .heartbeat_seconds = static_cast<std::uint64_t>(plan.heartbeat.count()),
                   .deviation_bps = plan.deviation_bps,
                   .transmitters = plan.transmitters,
                   .block = receipt.block,
                   .transaction_hash = receipt.transaction_hash});
           });
}

DeployAnswer<Deployment::FeedOnChain> Deployment::read_feed(const Address& address) {
    FeedOnChain feed;
    feed.address = address;
    TRY_LET(feed.admin, admin_of(address));
    TRY_LET(const auto guardian, ask(address, call_without_arguments("guardian()"), "guardian"));
    feed.guardian = Results{guardian}.address();
    TRY_LET(const auto decimals, ask(address, call_without_arguments("decimals()"), "decimals"));
    feed.decimals = Results{decimals}.small_integer();
    TRY_LET(const auto description,
            ask(address, call_without_arguments("description()"), "description"));
    feed.description = Results{description}.text();
    TRY_LET(const auto settings, ask(address, call_without_arguments("settings()"), "settings"));
    feed.settings = decode_settings(settings);
    TRY_LET(const auto transmitters,
            ask(address, call_without_arguments("transmitters()"), "transmitters"));
    feed.transmitters = Results{transmitters}.addresses();
    TRY_LET(const auto slot, target_.storage(address, contracts::erc1967_implementation_slot));
    feed.implementation = to_address(to_uint256(slot));
    return feed;
}

Deployment::Done Deployment::reconcile(const FeedPlan& plan, const FeedOnChain& feed) {
    const auto& name = plan.description;
    if (feed.decimals != plan.decimals)
        return std::unexpected{DeployError{fmt::format(
            "{}: the feed at {} has {} decimals, the plan says {}. Consumers rely on them: they "
            "never change. Plan it with {}, or take the feed off the registry first",
            name, to_hex(feed.address.bytes), feed.decimals, plan.decimals, feed.decimals)}};
    if (feed.description != name)
        return std::unexpected{DeployError{fmt::format(
            "{}: the feed at {} calls itself \"{}\". Consumers see that, and it never changes. "
            "Plan it with description = \"{}\", or take the feed off the registry first",
            name, to_hex(feed.address.bytes), feed.description, feed.description)}};
    const auto works_before = works_.size();
    const auto waiting_before = waiting_.size();
    TRY(register_feed(plan, feed));
    const auto settings = settings_of(parameters(plan));
    if (settings != feed.settings)
        TRY(request({.subject = name,
                     .detail = fmt::format("set {}", describe(settings)),
                     .contract = feed.address,
                     .admin = feed.admin,
                     .data = encode_set_settings(settings)}));
    TRY(reconcile_transmitters(plan, feed));
    if (plan_.guardian != Address{} && plan_.guardian != feed.guardian)
        TRY(request({.subject = name,
                     .detail = fmt::format("make {} its guardian", to_hex(plan_.guardian.bytes)),
                     .contract = feed.address,
                     .admin = feed.admin,
                     .data = Arguments{}
                                 .address(plan_.guardian)
                                 .call(std::string_view{"setGuardian(address)"})}));
    const bool runs_other_code = feed.implementation != *aggregator_;
    if (runs_other_code && plan_.upgrade)
        TRY(request({.subject = name,
                     .detail = fmt::format("upgrade to {}", to_hex(aggregator_->bytes)),
                     .contract = feed.address,
                     .admin = feed.admin,
                     .data = Arguments{}
                                 .address(*aggregator_)
                                 .bytes({})
                                 .call(std::string_view{"upgradeToAndCall(address,bytes)"})}));
    if (works_.size() == works_before && waiting_.size() == waiting_before)
        present(name,
                runs_other_code ? "runs another version of the aggregator; upgrade = true "
                                  "replaces it"
                                : "",
                feed.address);
    TRY_LET(const auto hash, code_hash(feed.address));
    remember(DeployedFeed{.base = plan.base,
                          .quote = plan.quote,
                          .description = name,
                          .decimals = plan.decimals,
                          .address = feed.address,
                          .implementation = feed.implementation,
                          .code_hash = hash.value_or(Hash32{}),
                          .heartbeat_seconds = feed.settings.heartbeat,
                          .deviation_bps = static_cast<std::uint32_t>(feed.settings.deviation_bps),
                          .transmitters = feed.transmitters,
                          .block = {},
                          .transaction_hash = {}});
    return {};
}

// A plan that names nobody leaves them as they are.
Deployment::Done Deployment::reconcile_transmitters(const FeedPlan& plan, const FeedOnChain& feed) {
    if (plan.transmitters.empty()) return {};
    const auto ask_for = [&](const Address& transmitter, std::string_view verb,
                             std::string_view signature) {
        return request({.subject = plan.description,
                        .detail = fmt::format("{} transmitter {}", verb, to_hex(transmitter.bytes)),
                        .contract = feed.address,
                        .admin = feed.admin,
                        .data = Arguments{}.address(transmitter).call(signature)});
    };
    const auto has = [](const std::vector<Address>& list, const Address& address) {
        return std::ranges::find(list, address) != list.end();
    };
    for (const auto& transmitter : feed.transmitters) {
        if (!has(plan.transmitters, transmitter))
            TRY(ask_for(transmitter, "remove", "removeTransmitter(address)"));
    }
    for (const auto& transmitter : plan.transmitters) {
        if (!has(feed.transmitters, transmitter))
            TRY(ask_for(transmitter, "add", "addTransmitter(address)"));
    }
    return {};
}

Deployment::Done Deployment::register_feed(const FeedPlan& plan, const FeedOnChain& feed) {
    if (!registry_) return {};
    const auto base = contracts::asset_id(plan.base);
    const auto quote = contracts::asset_id(plan.quote);
    TRY_LET(const auto answer,
            target_.call(*registry_, Arguments{}.address(base).address(quote).call(
                                         std::string_view{"getFeed(address,address)"})));
    if (answer && Results{*answer}.address() == feed.address) return {};
    return request({.subject = plan.description,
                    .detail = "enter it into the registry",
                    .contract = *registry_,
                    .admin = manifest_.admin,
                    .data = Arguments{}
                                .address(base)
                                .address(quote)
                                .address(feed.address)
                                .call(std::string_view{"setFeed(address,address,address)"})});
}

void Deployment::remember(DeployedFeed feed) {
    const auto known = std::ranges::find_if(manifest_.feeds, [&](const DeployedFeed& other) {
        return other.base == feed.base && other.quote == feed.quote;
    });
    if (known == manifest_.feeds.end()) {
        manifest_.feeds.push_back(std::move(feed));
        return;
    }
    if (!feed.block && known->address == feed.address) {
        feed.block = known->block;
        feed.transaction_hash = known->transaction_hash;
    }
    *known = std::move(feed);
}

}  // namespace meta138::op
