// SPDX-License-Identifier: Apache-2.0
#include "feed_under_test.hpp"
#include "gas_table.hpp"

#include "meta138/contracts/artifact.hpp"

namespace meta138::contracts {

namespace {

constexpr int128 price = 200'000'000'000;  // 2000 with eight decimals
constexpr std::string_view transmit = "transmit(uint80,int256,uint64)";

/// Rounds one after the other, each 2 % from the last.
class Updates {
public:
    Updates(Chain& chain, GasSection& section) : chain_{chain}, section_{section} {}

    void next(std::string_view note) {
        ++round_;
        chain_.pass(60);
        section_.send(transmit,
                      {abi(round_), abi(to_word(round_ % 2 == 0 ? price : price + price / 50)),
                       abi(chain_.time())},
                      {.sender = account::transmitter, .note = note, .value = {}});
    }
    void needless(std::string_view note, bool is_refused) {
        chain_.pass(60);
        section_.send(
            transmit,
            {abi(round_ + 1), abi(to_word(round_ % 2 == 0 ? price : price + price / 50)),
             abi(chain_.time())},
            {.sender = account::transmitter, .note = note, .value = {}, .is_refused = is_refused});
    }
    void late(std::string_view note, bool is_refused) {
        section_.send(transmit, {abi(round_), abi(to_word(price)), abi(chain_.time())},
                      {.sender = account::second_transmitter,
                       .note = note,
                       .value = {},
                       .is_refused = is_refused});
    }
    [[nodiscard]] std::uint64_t round() const noexcept { return round_; }

private:
    Chain& chain_;
    GasSection& section_;
    std::uint64_t round_ = 0;
};

void set(GasSection& section, const FeedModel::Settings& settings, std::string_view note) {
    section.send("setSettings((uint32,uint16,uint16,bool,int256,int256,uint32))", {abi(settings)},
                 {.sender = account::admin, .note = note, .value = {}});
}

void measure_updates(Chain& chain, GasSection& section) {
    Updates updates{chain, section};
    updates.next("the first round");
    updates.next("the second: its history slot is new");
    updates.next("any later one, all history kept: its history slot is new");
    updates.needless("not needed, refused", true);
    updates.late("the round exists, refused", true);
    section.send(transmit, {abi(1), abi(1), abi(1)},
                 {.sender = account::stranger,
                  .note = "by somebody else, refused",
                  .value = {},
                  .is_refused = true});
    FeedModel::Settings settings;
    settings.skips_needless = true;
    settings.history = 3;
    set(section, settings, "another history and more");
    updates.next("bounded history, a slot of it new");
    updates.next("bounded history, a slot of it new");
    updates.next("bounded history, full: the slots are written again");
    updates.needless("not needed, skipped", false);
    updates.late("the round exists, skipped", false);
    settings.history = 1;
    set(section, settings, "no history");
    updates.next("no history");
    settings.history = 0;
    set(section, settings, "all history again");
    updates.next("any later one");
}

void measure_reads(GasSection& section) {
    for (const auto* signature : {"latestRoundData()",  "latestAnswer()",
                                  "latestTimestamp()",  "latestRound()",
                                  "decimals()",         "description()",
                                  "version()",          "age()",
                                  "isStale()",          "minAnswer()",
                                  "maxAnswer()",        "settings()",
                                  "transmitters()",     "guardian()",
                                  "paused()",           "admin()",
                                  "pendingAdmin()",     "MAX_DESCRIPTION()",
                                  "MAX_TRANSMITTERS()", "UPGRADE_INTERFACE_VERSION()"})
        section.read(signature);
    section.read("getRoundData(uint80)", {abi(8)}, "the last round");
    section.read("getRoundData(uint80)", {abi(7)}, "an older round");
    section.read("getAnswer(uint256)", {abi(7)}, "an older round");
    section.read("getTimestamp(uint256)", {abi(7)}, "an older round");
    section.read("feedState(address)", {abi(account::transmitter)});
}

void measure_administration(const FeedUnderTest& feed, GasSection& section) {
    const GasSection::Sending by_admin{.sender = account::admin, .note = "", .value = {}};
    section.send("addTransmitter(address)", {abi(account::stranger)}, by_admin);
    section.send("removeTransmitter(address)", {abi(account::transmitter)}, by_admin);
    section.send("setGuardian(address)", {abi(account::stranger)}, by_admin);
    section.send("pause()", {},
                 {.sender = account::stranger, .note = "by the guardian", .value = {}});
    section.send("unpause()", {}, by_admin);
    section.send("upgradeToAndCall(address,bytes)", {abi(feed.other_implementation), abi(Bytes{})},
                 by_admin);
    section.send("transferAdmin(address)", {abi(account::stranger)}, by_admin);
    section.send("acceptAdmin()", {},
                 {.sender = account::stranger, .note = "by whom it was offered to", .value = {}});
}

}  // namespace

std::vector<GasSection> measure_feed(Chain& chain) {
    const auto feed = deploy_feed(chain);
    GasSection section{chain, "Aggregator, behind its FeedProxy", "Aggregator", feed.address};
    measure_updates(chain, section);
    measure_reads(section);
    measure_administration(feed, section);

    // Not through a proxy: what only the code itself, or a proxy of it, is asked.
    GasSection code{chain, "Aggregator, the code itself", "", feed.implementation};
    code.read("proxiableUUID()");
    section.cover("proxiableUUID()");
    section.cover(
        "initialize(string,uint8,(uint32,uint16,uint16,bool,int256,int256,uint32),"
        "address,address,address[])");
    return {section, code};
}

GasSection measure_registry(Chain& chain) {
    const auto feed = deploy_feed(chain);
    const auto second = deploy_feed(chain);
    const auto registry = chain.deploy(account::deployer, registry_creation_code(account::admin));
    GasSection section{chain, "FeedRegistry", "FeedRegistry", registry};
    const auto ether = abi(asset_id("ETH"));
    const auto bitcoin = abi(asset_id("BTC"));
    const auto dollar = abi(asset_id("USD"));
    const auto set_feed = [&](const AbiValue& base, const Address& address, std::string_view note) {
        section.send("setFeed(address,address,address)", {base, dollar, abi(address)},
                     {.sender = account::admin, .note = note, .value = {}});
    };
    set_feed(ether, feed.address, "a new pair, the first");
    set_feed(bitcoin, second.address, "a new pair");
    set_feed(bitcoin, feed.address, "another feed for a pair");
    set_feed(bitcoin, Address{}, "taken off the list");
    set_feed(bitcoin, second.address, "on the list again");
    for (int round = 1; round <= 3; ++round) {
        chain.pass(60);
        chain.send(account::transmitter, feed.address,
                   feed::transmit(round, to_word(price + round * price / 20), chain.time()));
    }
    section.read("feedCount()");
    section.read("feeds(uint256,uint256)", {abi(0), abi(2)}, "two entries");
    for (const auto* signature :
         {"getFeed(address,address)", "getCurrentPhaseId(address,address)",
          "decimals(address,address)", "description(address,address)", "version(address,address)",
          "latestRoundData(address,address)", "latestAnswer(address,address)",
          "latestTimestamp(address,address)", "latestRound(address,address)"})
        section.read(signature, {ether, dollar});
    const auto round = abi((uint256{1} << 64) + 2);
    section.read("getRoundData(address,address,uint80)", {ether, dollar, round}, "an older round");
    section.read("getAnswer(address,address,uint256)", {ether, dollar, round}, "an older round");
    section.read("getTimestamp(address,address,uint256)", {ether, dollar, round}, "an older round");
    section.read("getPhaseFeed(address,address,uint16)", {ether, dollar, abi(1)});
    section.read("getRoundFeed(address,address,uint80)", {ether, dollar, round});
    section.read("isFeedEnabled(address)", {abi(feed.address)});
    section.read("admin()");
    section.read("pendingAdmin()");
    section.send("transferAdmin(address)", {abi(account::stranger)},
                 {.sender = account::admin, .note = "", .value = {}});
    section.send("acceptAdmin()", {}, {.sender = account::stranger, .note = "", .value = {}});
    return section;
}

}  // namespace meta138::contracts
