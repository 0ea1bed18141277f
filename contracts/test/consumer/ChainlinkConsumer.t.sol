// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {
    AggregatorInterface
} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorInterface.sol";
import {
    AggregatorV2V3Interface
} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV2V3Interface.sol";
import {IAggregator} from "contracts/oracle/interfaces/IAggregator.sol";
import {FeedTest} from "cases/FeedTest.sol";
import {Lender} from "./Lender.sol";

contract ChainlinkConsumerTest is FeedTest {
    Lender private lender;

    function setUp() public override {
        super.setUp();
        lender = new Lender(address(feed));
    }

    function test_a_consumer_reads_the_price() public {
        publish(2000e8);
        equal(lender.price(), 2000e18, "price");
        equal(lender.valueOf(3e18), 6000e18, "value");
    }

    function test_a_consumer_notices_that_there_is_no_price_yet() public {
        vm.expectRevert(text("No data present"));
        lender.price();
    }

    function test_a_consumer_notices_a_stale_price() public {
        publish(2000e8);
        vm.warp(START + 3601);
        vm.expectRevert(text("stale price"));
        lender.price();
    }

    function test_a_consumer_walks_the_history() public {
        for (int256 i = 1; i <= 5; ++i) {
            publish(i * 1000e8);
        }
        (uint256 average, uint80 found) = lender.averageOf(3);
        equal(average, 4000e8, "average");
        equal(found, 3, "found");
        (average, found) = lender.averageOf(100);
        equal(average, 3000e8, "average of all");
        equal(found, 5, "found");
    }

    function test_a_consumer_walks_a_bounded_history_to_its_end() public {
        IAggregator.Settings memory settings = usual();
        settings.historySize = 2;
        change(settings);
        for (int256 i = 1; i <= 5; ++i) {
            publish(i * 1000e8);
        }
        (uint256 average, uint80 found) = lender.averageOf(100);
        equal(found, 2, "found");
        equal(average, 4500e8, "average");
    }

    function test_both_interfaces_in_one_read_the_same() public {
        publish(2000e8);
        AggregatorV2V3Interface both = AggregatorV2V3Interface(address(feed));
        (uint80 roundId, int256 answer,, uint256 updatedAt,) = both.latestRoundData();
        equal(both.latestRound(), roundId, "round");
        equal(both.latestAnswer(), answer, "answer");
        equal(both.latestTimestamp(), updatedAt, "timestamp");
        equal(both.getAnswer(1), answer, "getAnswer");
        equal(both.getTimestamp(1), updatedAt, "getTimestamp");
        equal(both.version(), 1, "version");
        equal(both.description(), "ETH / USD", "description");
    }

    function test_the_events_are_those_of_the_interface() public {
        check(AggregatorInterface.latestAnswer.selector == feed.latestAnswer.selector, "selectors");
        vm.expectEmit();
        emit AggregatorInterface.NewRound(1, PUBLISHER, START);
        vm.expectEmit();
        emit AggregatorInterface.AnswerUpdated(2000e8, 1, START);
        publish(2000e8);
    }
}
