// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Aggregator} from "contracts/oracle/Aggregator.sol";
import {FeedProxy} from "contracts/oracle/FeedProxy.sol";
import {IAggregator} from "contracts/oracle/interfaces/IAggregator.sol";
import {Test} from "./Test.sol";

/// @title A feed behind its proxy, as most tests want it
abstract contract FeedTest is Test {
    uint256 internal constant START = 1_700_000_000;
    address internal constant ADMIN = address(0xAD);
    address internal constant GUARDIAN = address(0x6A);
    address internal constant PUBLISHER = address(0x70);
    address internal constant OTHER_PUBLISHER = address(0x71);
    address internal constant STRANGER = address(0x5A);

    Aggregator internal feed;

    function setUp() public virtual {
        vm.warp(START);
        feed = newFeed(usual());
    }

    function usual() internal pure returns (IAggregator.Settings memory) {
        return IAggregator.Settings({
            heartbeat: 3600,
            deviationBps: 50,
            maxObservationAge: 300,
            skipsNeedless: false,
            minAnswer: 1,
            maxAnswer: 1e16,
            historySize: 0
        });
    }

    function newFeed(IAggregator.Settings memory settings) internal returns (Aggregator) {
        address[] memory transmitters = new address[](2);
        transmitters[0] = PUBLISHER;
        transmitters[1] = OTHER_PUBLISHER;
        return Aggregator(
            address(
                new FeedProxy(
                    address(new Aggregator()),
                    abi.encodeCall(
                        Aggregator.initialize,
                        ("ETH / USD", 8, settings, ADMIN, GUARDIAN, transmitters)
                    )
                )
            )
        );
    }

    function change(IAggregator.Settings memory settings) internal {
        vm.prank(ADMIN);
        feed.setSettings(settings);
    }

    /// @dev The next round with this answer, observed now.
    function publish(int256 answer) internal returns (bool) {
        uint80 round = uint80(feed.latestRound() + 1);
        vm.prank(PUBLISHER);
        return feed.transmit(round, answer, uint64(block.timestamp));
    }

    /// @dev Where a namespace begins (ERC-7201).
    function location(bytes memory name) internal pure returns (bytes32) {
        return
            keccak256(abi.encode(uint256(keccak256(name)) - 1)) & ~bytes32(uint256(type(uint8).max));
    }
}
