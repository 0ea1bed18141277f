// SPDX-License-Identifier: Apache-2.0
#include "feed_under_test.hpp"

#include "meta138/contracts/artifact.hpp"

namespace meta138::contracts {

namespace {

const std::vector<Address>& first_transmitters() {
    static const std::vector<Address> addresses{account::transmitter, account::second_transmitter};
    return addresses;
}

}  // namespace

AbiValue abi(const FeedModel::Settings& settings) {
    return abi(std::vector<AbiValue>{
        abi(settings.heartbeat), abi(settings.deviation_bps), abi(settings.max_observation_age),
        abi(settings.skips_needless), abi(to_word(settings.min_answer)),
        abi(to_word(settings.max_answer)), abi(settings.history)});
}

FeedUnderTest deploy_feed(Chain& chain, const FeedModel::Settings& settings, const Address& admin) {
    const auto& aggregator = artifact("Aggregator");
    FeedUnderTest feed;
    feed.implementation = chain.deploy(account::deployer, aggregator.creation_code);
    feed.other_implementation = chain.deploy(account::deployer, aggregator.creation_code);
    FeedParameters parameters;
    parameters.description = "ETH / USD";
    parameters.heartbeat = settings.heartbeat;
    parameters.deviation_bps = settings.deviation_bps;
    parameters.max_observation_age = settings.max_observation_age;
    parameters.skips_needless = settings.skips_needless;
    parameters.min_answer = to_word(settings.min_answer);
    parameters.max_answer = to_word(settings.max_answer);
    parameters.history = settings.history;
    parameters.admin = admin;
    parameters.guardian = account::guardian;
    parameters.transmitters = first_transmitters();
    feed.address =
        chain.deploy(account::deployer, feed_creation_code(feed.implementation, parameters));
    return feed;
}

FeedModel model_of(const FeedUnderTest& feed, const FeedModel::Settings& settings) {
    return FeedModel{feed.address, settings, account::admin, account::guardian,
                     first_transmitters()};
}

}  // namespace meta138::contracts
