// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain.hpp"
#include "feed_model.hpp"
#include "method.hpp"

#include "meta138/contracts/feed.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace meta138::contracts {

/// Accounts by what they are at the start.
namespace account {
inline constexpr Address admin{{0xad}};
inline constexpr Address guardian{{0x9d}};
inline constexpr Address transmitter{{0x01}};
inline constexpr Address second_transmitter{{0x02}};
inline constexpr Address stranger{{0x05}};
inline constexpr Address deployer{{0xde}};
}  // namespace account

/// The functions of IAggregator and of what it is made of.
namespace feed {
inline const Method transmit{"transmit(uint80,int256,uint64)"};
inline const Method feed_state{"feedState(address)"};
inline const Method latest_round_data{"latestRoundData()"};
inline const Method round_data{"getRoundData(uint80)"};
inline const Method latest_answer{"latestAnswer()"};
inline const Method latest_timestamp{"latestTimestamp()"};
inline const Method latest_round{"latestRound()"};
inline const Method answer{"getAnswer(uint256)"};
inline const Method timestamp{"getTimestamp(uint256)"};
inline const Method decimals{"decimals()"};
inline const Method description{"description()"};
inline const Method version{"version()"};
inline const Method age{"age()"};
inline const Method is_stale{"isStale()"};
inline const Method min_answer{"minAnswer()"};
inline const Method max_answer{"maxAnswer()"};
inline const Method settings{"settings()"};
inline const Method set_settings{"setSettings((uint32,uint16,uint16,bool,int256,int256,uint32))"};
inline const Method transmitters{"transmitters()"};
inline const Method add_transmitter{"addTransmitter(address)"};
inline const Method remove_transmitter{"removeTransmitter(address)"};
inline const Method guardian{"guardian()"};
inline const Method set_guardian{"setGuardian(address)"};
inline const Method paused{"paused()"};
inline const Method pause{"pause()"};
inline const Method unpause{"unpause()"};
inline const Method admin{"admin()"};
inline const Method pending_admin{"pendingAdmin()"};
inline const Method transfer_admin{"transferAdmin(address)"};
inline const Method accept_admin{"acceptAdmin()"};
inline const Method upgrade{"upgradeToAndCall(address,bytes)"};
inline const Method initialize{
    "initialize(string,uint8,(uint32,uint16,uint16,bool,int256,int256,uint32),address,address,"
    "address[])"};
}  // namespace feed

[[nodiscard]] AbiValue abi(const FeedModel::Settings& settings);

/// A feed on a chain, and the aggregator's code behind it.
struct FeedUnderTest {
    Address address;
    Address implementation;
    /// The same code at another address.
    Address other_implementation;
};

/// Two transmitters, an admin and a guardian (see account), the settings as told.
[[nodiscard]] FeedUnderTest deploy_feed(Chain& chain, const FeedModel::Settings& settings = {},
                                        const Address& admin = account::admin);
[[nodiscard]] FeedModel model_of(const FeedUnderTest& feed,
                                 const FeedModel::Settings& settings = {});

}  // namespace meta138::contracts
