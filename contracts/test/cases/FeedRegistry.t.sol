// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Aggregator} from "contracts/oracle/Aggregator.sol";
import {Denominations} from "contracts/oracle/Denominations.sol";
import {FeedRegistry} from "contracts/oracle/FeedRegistry.sol";
import {TwoStepAdmin} from "contracts/oracle/TwoStepAdmin.sol";
import {FeedTest} from "./FeedTest.sol";

contract FeedRegistryTest is FeedTest {
    FeedRegistry private registry;
    Aggregator private other;

    function setUp() public override {
        super.setUp();
        other = newFeed(usual());
        registry = new FeedRegistry(ADMIN);
    }

    function set(address base, address quote, address to) private {
        vm.prank(ADMIN);
        registry.setFeed(base, quote, to);
    }

    function setEther(address to) private {
        set(Denominations.ETH, Denominations.USD, to);
    }

    function test_reads_through_to_the_feed() public {
        setEther(address(feed));
        vm.prank(PUBLISHER);
        feed.transmit(1, 2000e8, uint64(START - 7));
        (uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            registry.latestRoundData(Denominations.ETH, Denominations.USD);
        equal(round, (1 << 64) | 1, "round");
        equal(answer, 2000e8, "answer");
        equal(startedAt, START - 7, "startedAt");
        equal(updatedAt, START, "updatedAt");
        equal(answeredIn, round, "answeredInRound");
        (uint80 sameRound, int256 sameAnswer,,,) =
            registry.getRoundData(Denominations.ETH, Denominations.USD, round);
        equal(sameRound, round, "getRoundData");
        equal(sameAnswer, 2000e8, "getRoundData");
        address eth = Denominations.ETH;
        address usd = Denominations.USD;
        equal(registry.latestRound(eth, usd), round, "latestRound");
        equal(registry.latestAnswer(eth, usd), 2000e8, "latestAnswer");
        equal(registry.latestTimestamp(eth, usd), START, "latestTimestamp");
        equal(registry.getAnswer(eth, usd, round), 2000e8, "getAnswer");
        equal(registry.getTimestamp(eth, usd, round), START, "getTimestamp");
        equal(registry.decimals(eth, usd), 8, "decimals");
        equal(registry.description(eth, usd), "ETH / USD", "description");
        equal(registry.version(eth, usd), 1, "version");
        equal(registry.getFeed(eth, usd), address(feed), "getFeed");
        check(registry.isFeedEnabled(address(feed)), "isFeedEnabled");
    }

    function test_a_pair_without_a_feed_is_not_found() public {
        vm.expectRevert(text("Feed not found"));
        registry.latestRoundData(Denominations.ETH, Denominations.USD);
        vm.expectRevert(text("Feed not found"));
        registry.getFeed(Denominations.ETH, Denominations.USD);
        vm.expectRevert(text("Feed not found"));
        registry.getRoundData(Denominations.ETH, Denominations.USD, 1);
        equal(registry.getAnswer(Denominations.ETH, Denominations.USD, 1), int256(0), "getAnswer");
    }

    function test_another_feed_begins_a_phase_and_old_rounds_stay() public {
        setEther(address(feed));
        publish(2000e8);
        publish(3000e8);
        setEther(address(other));
        vm.prank(PUBLISHER);
        other.transmit(1, 4000e8, uint64(START));
        address eth = Denominations.ETH;
        address usd = Denominations.USD;
        equal(registry.getCurrentPhaseId(eth, usd), 2, "phase");
        equal(registry.latestRound(eth, usd), (2 << 64) | 1, "numbers grow");
        equal(registry.getAnswer(eth, usd, (1 << 64) | 2), 3000e8, "an old round");
        equal(registry.getAnswer(eth, usd, (2 << 64) | 1), 4000e8, "a new one");
        equal(registry.getAnswer(eth, usd, (3 << 64) | 1), int256(0), "no such phase");
        equal(registry.getAnswer(eth, usd, (1 << 80) | (1 << 64) | 1), int256(0), "no such number");
        equal(registry.getPhaseFeed(eth, usd, 1), address(feed), "first phase");
        equal(registry.getRoundFeed(eth, usd, (2 << 64) | 1), address(other), "second phase");
        check(!registry.isFeedEnabled(address(feed)), "not in use any more");
    }

    function test_the_same_feed_again_is_refused() public {
        setEther(address(feed));
        vm.expectRevert(
            abi.encodeWithSelector(
                FeedRegistry.FeedUnchanged.selector,
                Denominations.ETH,
                Denominations.USD,
                address(feed)
            )
        );
        setEther(address(feed));
    }

    function test_an_account_without_code_is_no_feed() public {
        vm.expectRevert(abi.encodeWithSelector(FeedRegistry.NotAFeed.selector, STRANGER));
        setEther(STRANGER);
    }

    function test_any_other_asset_stands_for_the_hash_of_its_symbol() public pure {
        equal(
            Denominations.fromSymbol("SOL"),
            address(uint160(uint256(keccak256("SOL")))),
            "the same as in libs/contracts"
        );
    }

    function test_only_the_admin_sets_feeds() public {
        vm.expectRevert(abi.encodeWithSelector(TwoStepAdmin.NotAdmin.selector, STRANGER));
        vm.prank(STRANGER);
        registry.setFeed(Denominations.ETH, Denominations.USD, address(feed));
    }

    function test_the_list_can_be_read_in_parts() public {
        for (uint160 i = 1; i <= 5; ++i) {
            set(address(i), Denominations.USD, address(feed));
        }
        equal(registry.feedCount(), 5, "count");
        FeedRegistry.Entry[] memory part = registry.feeds(3, 10);
        equal(part.length, 2, "the last two");
        equal(part[0].base, address(4), "fourth");
        equal(part[1].feed, address(feed), "feed");
        equal(registry.feeds(5, 1).length, 0, "behind the end");
        equal(registry.feeds(0, 0).length, 0, "none");
        equal(registry.feeds(1, type(uint256).max).length, 4, "all but one");
    }

    /// The list has exactly the pairs that have a feed, whatever came and went.
    function testFuzz_the_list_is_what_was_set(uint8[24] memory actions) public {
        address[6] memory expected;
        for (uint256 i = 0; i < actions.length; ++i) {
            uint256 pair = actions[i] % 6;
            uint256 choice = (actions[i] / 6) % 3;
            address to = choice == 0 ? address(0) : address(choice == 1 ? feed : other);
            if (to == expected[pair]) continue;
            set(address(uint160(pair + 1)), Denominations.EUR, to);
            expected[pair] = to;
        }
        uint256 count;
        for (uint256 pair = 0; pair < 6; ++pair) {
            if (expected[pair] == address(0)) {
                vm.expectRevert(text("Feed not found"));
                registry.getFeed(address(uint160(pair + 1)), Denominations.EUR);
            } else {
                ++count;
                equal(
                    registry.getFeed(address(uint160(pair + 1)), Denominations.EUR),
                    expected[pair],
                    "feed"
                );
            }
        }
        FeedRegistry.Entry[] memory list = registry.feeds(0, 10);
        equal(list.length, count, "count");
        for (uint256 i = 0; i < count; ++i) {
            equal(list[i].feed, expected[uint160(list[i].base) - 1], "entry");
        }
    }
}
