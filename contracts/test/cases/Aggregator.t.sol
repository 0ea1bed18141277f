// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Aggregator} from "contracts/oracle/Aggregator.sol";
import {FeedProxy} from "contracts/oracle/FeedProxy.sol";
import {TwoStepAdmin} from "contracts/oracle/TwoStepAdmin.sol";
import {AggregatorInterface} from "contracts/oracle/interfaces/AggregatorInterface.sol";
import {IAggregator} from "contracts/oracle/interfaces/IAggregator.sol";
import {FeedTest} from "./FeedTest.sol";

contract AggregatorReadersTest is FeedTest {
    function test_without_a_round_the_older_readers_say_zero() public view {
        equal(feed.latestAnswer(), int256(0), "latestAnswer");
        equal(feed.latestTimestamp(), 0, "latestTimestamp");
        equal(feed.latestRound(), 0, "latestRound");
        equal(feed.getAnswer(1), int256(0), "getAnswer");
        equal(feed.getTimestamp(1), 0, "getTimestamp");
        check(feed.isStale(), "stale");
        equal(feed.age(), type(uint256).max, "age");
    }

    function test_without_a_round_the_newer_readers_revert_with_chainlinks_text() public {
        vm.expectRevert(text("No data present"));
        feed.latestRoundData();
        vm.expectRevert(text("No data present"));
        feed.getRoundData(0);
        vm.expectRevert(text("No data present"));
        feed.getRoundData(1);
    }

    function test_a_round_that_does_not_exist_is_no_data() public {
        publish(2000e8);
        vm.expectRevert(text("No data present"));
        feed.getRoundData(2);
        vm.expectRevert(text("No data present"));
        feed.getRoundData(0);
        vm.expectRevert(text("No data present"));
        feed.getRoundData(type(uint80).max);
        equal(feed.getAnswer(2), int256(0), "getAnswer");
        equal(feed.getAnswer(type(uint256).max), int256(0), "getAnswer");
        equal(feed.getAnswer(1 | (1 << 64)), int256(0), "getAnswer of another phase");
        equal(feed.getTimestamp(1 << 32), 0, "getTimestamp");
    }

    function test_what_was_published_is_read_by_all() public {
        vm.prank(PUBLISHER);
        check(feed.transmit(1, 2000e8, uint64(START - 7)), "written");
        (uint80 round, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            feed.latestRoundData();
        equal(round, 1, "round");
        equal(answer, 2000e8, "answer");
        equal(startedAt, START - 7, "startedAt");
        equal(updatedAt, START, "updatedAt");
        equal(answeredIn, 1, "answeredInRound");
        equal(feed.latestAnswer(), 2000e8, "latestAnswer");
        equal(feed.latestTimestamp(), START, "latestTimestamp");
        equal(feed.latestRound(), 1, "latestRound");
        equal(feed.getAnswer(1), 2000e8, "getAnswer");
        equal(feed.getTimestamp(1), START, "getTimestamp");
        equal(feed.description(), "ETH / USD", "description");
        equal(feed.decimals(), 8, "decimals");
        equal(feed.version(), 1, "version");
    }

    function test_age_and_staleness_follow_the_block() public {
        publish(2000e8);
        vm.warp(START + 3600);
        equal(feed.age(), 3600, "age");
        check(!feed.isStale(), "a heartbeat old");
        vm.warp(START + 3601);
        check(feed.isStale(), "older");
    }

    function test_a_ring_keeps_as_many_rounds_as_it_says() public {
        IAggregator.Settings memory settings = usual();
        settings.historySize = 3;
        change(settings);
        for (int256 i = 1; i <= 10; ++i) {
            publish(i * 1e8);
        }
        for (uint80 round = 8; round <= 10; ++round) {
            (, int256 answer,,,) = feed.getRoundData(round);
            equal(answer, int256(uint256(round)) * 1e8, "kept");
        }
        equal(feed.getAnswer(7), int256(0), "not kept");
        vm.expectRevert(text("No data present"));
        feed.getRoundData(7);
    }

    function test_a_history_of_one_has_the_last_round_only() public {
        IAggregator.Settings memory settings = usual();
        settings.historySize = 1;
        change(settings);
        publish(1e8);
        publish(2e8);
        equal(feed.getAnswer(2), 2e8, "last");
        equal(feed.getAnswer(1), int256(0), "before");
    }

    /// No round ever reads as another, whatever the sizes were.
    function testFuzz_another_history_size_shows_no_wrong_round(
        uint8 first,
        uint8 second,
        uint8 third
    ) public {
        uint32[3] memory sizes = [uint32(first) % 6, uint32(second) % 6, uint32(third) % 6];
        IAggregator.Settings memory settings = usual();
        uint256 rounds;
        for (uint256 i = 0; i < 3; ++i) {
            settings.historySize = sizes[i];
            change(settings);
            for (uint256 j = 0; j < 5; ++j) {
                publish(int256(++rounds) * 1e8);
            }
            for (uint256 round = 1; round <= rounds; ++round) {
                int256 answer = feed.getAnswer(round);
                check(answer == 0 || answer == int256(round) * 1e8, "another round");
                if (rounds - round < 5 && (sizes[i] == 0 || rounds - round < sizes[i])) {
                    equal(answer, int256(round) * 1e8, "kept");
                }
                if (sizes[i] != 0 && rounds - round >= sizes[i]) equal(answer, int256(0), "gone");
            }
        }
    }
}

contract AggregatorUpdateTest is FeedTest {
    event UpdateSkipped(uint256 indexed roundId, IAggregator.SkipReason reason);
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);

    function test_emits_chainlinks_events() public {
        vm.expectEmit();
        emit NewRound(1, PUBLISHER, START - 3);
        vm.expectEmit();
        emit AnswerUpdated(2000e8, 1, START);
        vm.prank(PUBLISHER);
        feed.transmit(1, 2000e8, uint64(START - 3));
    }

    function test_only_transmitters_write() public {
        vm.expectRevert(abi.encodeWithSelector(IAggregator.NotTransmitter.selector, STRANGER));
        vm.prank(STRANGER);
        feed.transmit(1, 2000e8, uint64(START));
        vm.expectRevert(abi.encodeWithSelector(IAggregator.NotTransmitter.selector, ADMIN));
        vm.prank(ADMIN);
        feed.transmit(1, 2000e8, uint64(START));
    }

    function test_of_two_publishers_one_writes_the_round() public {
        publish(2000e8);
        vm.expectRevert(abi.encodeWithSelector(IAggregator.UnexpectedRound.selector, 1, 2));
        vm.prank(OTHER_PUBLISHER);
        feed.transmit(1, 2001e8, uint64(START));
        equal(feed.latestRound(), 1, "round");
        equal(feed.latestAnswer(), 2000e8, "answer");
    }

    function test_the_second_is_skipped_if_so_set() public {
        IAggregator.Settings memory settings = usual();
        settings.skipsNeedless = true;
        change(settings);
        publish(2000e8);
        vm.expectEmit();
        emit UpdateSkipped(1, IAggregator.SkipReason.RoundTaken);
        vm.prank(OTHER_PUBLISHER);
        check(!feed.transmit(1, 2001e8, uint64(START)), "not written");
        equal(feed.latestAnswer(), 2000e8, "answer");
    }

    function test_no_round_is_left_out() public {
        IAggregator.Settings memory settings = usual();
        for (uint256 i = 0; i < 2; ++i) {
            settings.skipsNeedless = i == 1;
            change(settings);
            vm.expectRevert(abi.encodeWithSelector(IAggregator.UnexpectedRound.selector, 2, 1));
            vm.prank(PUBLISHER);
            feed.transmit(2, 2000e8, uint64(START));
        }
    }

    function test_an_update_that_is_not_needed_is_refused_or_skipped() public {
        publish(2000e8);
        vm.warp(START + 60);
        vm.expectRevert(abi.encodeWithSelector(IAggregator.UpdateNotNeeded.selector, START + 3150));
        vm.prank(PUBLISHER);
        feed.transmit(2, 2009.99e8, uint64(START + 60));

        IAggregator.Settings memory settings = usual();
        settings.skipsNeedless = true;
        change(settings);
        vm.expectEmit();
        emit UpdateSkipped(2, IAggregator.SkipReason.NotNeeded);
        vm.prank(PUBLISHER);
        check(!feed.transmit(2, 2009.99e8, uint64(START + 60)), "not written");
        equal(feed.latestRound(), 1, "round");
    }

    function test_an_update_is_needed_from_the_threshold_on() public {
        publish(2000e8);
        check(publish(2010e8), "half a percent more");
        check(publish(1999.95e8), "half a percent less");
    }

    function test_an_update_is_needed_in_the_last_eighth_of_the_heartbeat() public {
        publish(2000e8);
        vm.warp(START + 3149);
        vm.expectRevert(abi.encodeWithSelector(IAggregator.UpdateNotNeeded.selector, START + 3150));
        vm.prank(PUBLISHER);
        feed.transmit(2, 2000e8, uint64(START + 3149));
        vm.warp(START + 3150);
        check(publish(2000e8), "due");
    }

    function test_without_a_threshold_every_answer_is_taken() public {
        IAggregator.Settings memory settings = usual();
        settings.deviationBps = 0;
        change(settings);
        publish(2000e8);
        check(publish(2000e8), "the same again");
    }

    function test_any_answer_deviates_from_zero_but_zero() public {
        IAggregator.Settings memory settings = usual();
        settings.minAnswer = -10;
        change(settings);
        publish(0);
        vm.expectRevert(abi.encodeWithSelector(IAggregator.UpdateNotNeeded.selector, START + 3150));
        vm.prank(PUBLISHER);
        feed.transmit(2, 0, uint64(START));
        check(publish(-1), "another");
        equal(feed.latestAnswer(), -1, "negative answers are kept");
    }

    function testFuzz_is_needed_exactly_when_the_rule_says(
        int96 before,
        int96 answer,
        uint16 threshold,
        uint32 wait
    ) public {
        IAggregator.Settings memory settings = usual();
        settings.minAnswer = type(int96).min;
        settings.maxAnswer = type(int96).max;
        settings.deviationBps = threshold % 10_001;
        settings.skipsNeedless = true;
        change(settings);
        publish(before);
        wait %= 7200;
        vm.warp(START + wait);
        int256 difference = int256(answer) - before;
        if (difference < 0) difference = -difference;
        int256 size = before < 0 ? -int256(before) : int256(before);
        bool deviates = settings.deviationBps == 0
            || (difference != 0
                && difference * 10_000 >= size * int256(uint256(settings.deviationBps)));
        check(publish(answer) == (wait >= 3150 || deviates), "the rule");
        equal(feed.latestAnswer(), wait >= 3150 || deviates ? answer : before, "answer");
    }

    function test_answers_out_of_bounds_are_refused() public {
        int256[2] memory answers = [int256(0), 1e16 + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IAggregator.AnswerOutOfBounds.selector, answers[i], int256(1), int256(1e16)
                )
            );
            vm.prank(PUBLISHER);
            feed.transmit(1, answers[i], uint64(START));
        }
        check(publish(1), "the least");
        check(publish(1e16), "the highest");
    }

    function test_an_answer_that_would_wrap_is_out_of_bounds() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAggregator.AnswerOutOfBounds.selector, int256(1 << 96) + 5, int256(1), int256(1e16)
            )
        );
        vm.prank(PUBLISHER);
        feed.transmit(1, int256(1 << 96) + 5, uint64(START));
    }

    function test_old_observations_are_refused() public {
        vm.expectRevert(
            abi.encodeWithSelector(IAggregator.ObservationTooOld.selector, START - 301, START - 300)
        );
        vm.prank(PUBLISHER);
        feed.transmit(1, 2000e8, uint64(START - 301));
        vm.prank(PUBLISHER);
        check(feed.transmit(1, 2000e8, uint64(START - 300)), "as old as may be");
    }

    function test_what_was_seen_before_the_last_round_is_refused() public {
        vm.prank(PUBLISHER);
        feed.transmit(1, 2000e8, uint64(START - 10));
        vm.expectRevert(
            abi.encodeWithSelector(IAggregator.ObservationTooOld.selector, START - 11, START - 10)
        );
        vm.prank(OTHER_PUBLISHER);
        feed.transmit(2, 1000e8, uint64(START - 11));
    }

    function test_what_is_seen_in_the_future_was_seen_now() public {
        vm.prank(PUBLISHER);
        feed.transmit(1, 2000e8, type(uint64).max);
        (,, uint256 startedAt, uint256 updatedAt,) = feed.latestRoundData();
        equal(startedAt, START, "startedAt");
        equal(updatedAt, START, "updatedAt");
    }

    function test_nothing_is_written_while_paused() public {
        publish(2000e8);
        vm.prank(GUARDIAN);
        feed.pause();
        check(feed.paused(), "paused");
        vm.expectRevert(abi.encodeWithSelector(IAggregator.FeedPaused.selector));
        vm.prank(PUBLISHER);
        feed.transmit(2, 3000e8, uint64(START));
        equal(feed.latestAnswer(), 2000e8, "still readable");

        change(usual());
        check(feed.paused(), "settings do not unpause");
        vm.prank(ADMIN);
        feed.unpause();
        check(publish(3000e8), "written again");
    }

    function test_a_publisher_sees_all_it_needs_in_one_call() public {
        vm.prank(PUBLISHER);
        feed.transmit(1, 2000e8, uint64(START - 7));
        vm.warp(START + 20);
        IAggregator.FeedState memory state = feed.feedState(PUBLISHER);
        equal(state.roundId, 1, "roundId");
        equal(state.answer, 2000e8, "answer");
        equal(state.startedAt, START - 7, "startedAt");
        equal(state.updatedAt, START, "updatedAt");
        equal(state.blockTimestamp, START + 20, "blockTimestamp");
        equal(state.dueAt, START + 3150, "dueAt");
        equal(state.heartbeat, 3600, "heartbeat");
        equal(state.deviationBps, 50, "deviationBps");
        equal(state.maxObservationAge, 300, "maxObservationAge");
        equal(state.minAnswer, 1, "minAnswer");
        equal(state.maxAnswer, 1e16, "maxAnswer");
        equal(state.decimals, 8, "decimals");
        check(!state.skipsNeedless && !state.paused, "flags");
        check(state.mayTransmit, "mayTransmit");
        check(!feed.feedState(STRANGER).mayTransmit, "a stranger may not");
    }
}

contract AggregatorRolesTest is FeedTest {
    function refuses(bytes memory call) private {
        vm.prank(STRANGER);
        (bool success, bytes memory reason) = address(feed).call(call);
        check(!success, "refused");
        check(
            keccak256(reason)
                == keccak256(abi.encodeWithSelector(TwoStepAdmin.NotAdmin.selector, STRANGER)),
            "NotAdmin"
        );
    }

    function test_what_is_the_admins_is_nobody_elses() public {
        refuses(abi.encodeCall(IAggregator.setSettings, (usual())));
        refuses(abi.encodeCall(IAggregator.addTransmitter, (STRANGER)));
        refuses(abi.encodeCall(IAggregator.removeTransmitter, (PUBLISHER)));
        refuses(abi.encodeCall(IAggregator.setGuardian, (STRANGER)));
        refuses(abi.encodeCall(IAggregator.unpause, ()));
        refuses(abi.encodeCall(TwoStepAdmin.transferAdmin, (STRANGER)));
        refuses(
            abi.encodeWithSignature(
                "upgradeToAndCall(address,bytes)", address(new Aggregator()), ""
            )
        );
    }

    function test_the_guardian_pauses_and_does_nothing_else() public {
        vm.startPrank(GUARDIAN);
        feed.pause();
        vm.expectRevert(abi.encodeWithSelector(TwoStepAdmin.NotAdmin.selector, GUARDIAN));
        feed.unpause();
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IAggregator.NotGuardian.selector, STRANGER));
        vm.prank(STRANGER);
        feed.pause();
    }

    function test_the_role_passes_when_it_is_taken() public {
        vm.prank(ADMIN);
        feed.transferAdmin(STRANGER);
        equal(feed.admin(), ADMIN, "not yet");
        equal(feed.pendingAdmin(), STRANGER, "pending");
        vm.expectRevert(abi.encodeWithSelector(TwoStepAdmin.NotPendingAdmin.selector, PUBLISHER));
        vm.prank(PUBLISHER);
        feed.acceptAdmin();
        vm.prank(STRANGER);
        feed.acceptAdmin();
        equal(feed.admin(), STRANGER, "passed");
        equal(feed.pendingAdmin(), address(0), "nobody waits");
        vm.expectRevert(abi.encodeWithSelector(TwoStepAdmin.NotAdmin.selector, ADMIN));
        vm.prank(ADMIN);
        feed.setGuardian(ADMIN);
    }

    function test_an_offer_can_be_taken_back() public {
        vm.startPrank(ADMIN);
        feed.transferAdmin(STRANGER);
        feed.transferAdmin(address(0));
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(TwoStepAdmin.NotPendingAdmin.selector, STRANGER));
        vm.prank(STRANGER);
        feed.acceptAdmin();
    }

    function test_transmitters_come_and_go() public {
        vm.startPrank(ADMIN);
        feed.addTransmitter(STRANGER);
        feed.removeTransmitter(PUBLISHER);
        vm.stopPrank();
        address[] memory now_ = feed.transmitters();
        equal(now_.length, 2, "how many");
        equal(now_[0], STRANGER, "first");
        equal(now_[1], OTHER_PUBLISHER, "second");
        vm.expectRevert(abi.encodeWithSelector(IAggregator.NotTransmitter.selector, PUBLISHER));
        vm.prank(PUBLISHER);
        feed.transmit(1, 2000e8, uint64(START));
        vm.prank(STRANGER);
        check(feed.transmit(1, 2000e8, uint64(START)), "the new one may");
    }

    function test_transmitters_are_not_added_or_removed_twice() public {
        vm.startPrank(ADMIN);
        address[3] memory accounts = [PUBLISHER, address(0), STRANGER];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IAggregator.TransmitterUnchanged.selector, accounts[i])
            );
            if (i < 2) feed.addTransmitter(accounts[i]);
            else feed.removeTransmitter(accounts[i]);
        }
        vm.stopPrank();
    }

    function test_there_is_a_limit_to_transmitters() public {
        vm.startPrank(ADMIN);
        for (uint160 i = 2; i < 64; ++i) {
            feed.addTransmitter(address(0x1000 + i));
        }
        vm.expectRevert(abi.encodeWithSelector(IAggregator.InvalidSetting.selector, "transmitters"));
        feed.addTransmitter(address(0x2000));
        vm.stopPrank();
    }

    function invalid(IAggregator.Settings memory settings, string memory name) private {
        vm.expectRevert(abi.encodeWithSelector(IAggregator.InvalidSetting.selector, name));
        vm.prank(ADMIN);
        feed.setSettings(settings);
    }

    function test_settings_out_of_range_are_refused_by_name() public {
        IAggregator.Settings memory settings = usual();
        settings.heartbeat = 0;
        invalid(settings, "heartbeat");
        settings.heartbeat = 1 << 24;
        invalid(settings, "heartbeat");
        settings = usual();
        settings.deviationBps = 10_001;
        invalid(settings, "deviationBps");
        settings = usual();
        settings.maxObservationAge = 0;
        invalid(settings, "maxObservationAge");
        settings = usual();
        settings.minAnswer = int256(type(int96).min) - 1;
        invalid(settings, "minAnswer");
        settings = usual();
        settings.maxAnswer = int256(type(int96).max) + 1;
        invalid(settings, "maxAnswer");
        settings.maxAnswer = 0;
        invalid(settings, "maxAnswer");
    }

    function testFuzz_settings_read_as_they_were_set(IAggregator.Settings memory settings) public {
        settings.heartbeat = uint32(bound(settings.heartbeat, 1, type(uint24).max));
        settings.deviationBps %= 10_001;
        settings.maxObservationAge = uint16(bound(settings.maxObservationAge, 1, 65_535));
        settings.minAnswer = int96(settings.minAnswer);
        settings.maxAnswer = int96(settings.maxAnswer);
        if (settings.minAnswer > settings.maxAnswer) {
            (settings.minAnswer, settings.maxAnswer) = (settings.maxAnswer, settings.minAnswer);
        }
        change(settings);
        check(keccak256(abi.encode(feed.settings())) == keccak256(abi.encode(settings)), "settings");
        equal(feed.minAnswer(), settings.minAnswer, "minAnswer");
        equal(feed.maxAnswer(), settings.maxAnswer, "maxAnswer");
    }

    function test_nobody_initializes_twice() public {
        bytes memory call = abi.encodeCall(
            Aggregator.initialize, ("X", 8, usual(), STRANGER, STRANGER, new address[](0))
        );
        bytes4 reason = bytes4(keccak256("InvalidInitialization()"));
        vm.expectRevert(abi.encodePacked(reason));
        (bool ignored,) = address(feed).call(call);
        Aggregator implementation = new Aggregator();
        vm.expectRevert(abi.encodePacked(reason));
        (ignored,) = address(implementation).call(call);
    }

    function test_a_feed_needs_a_description_and_an_admin() public {
        address implementation = address(new Aggregator());
        string[2] memory descriptions =
            ["", "a description of more than sixty-four bytes, which is more than it needs"];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory call = abi.encodeCall(
                Aggregator.initialize,
                (descriptions[i], 8, usual(), ADMIN, GUARDIAN, new address[](0))
            );
            vm.expectRevert(
                abi.encodeWithSelector(IAggregator.InvalidSetting.selector, "description")
            );
            new FeedProxy(implementation, call);
        }
        bytes memory call_ = abi.encodeCall(
            Aggregator.initialize, ("X", 8, usual(), address(0), GUARDIAN, new address[](0))
        );
        vm.expectRevert(abi.encodeWithSelector(TwoStepAdmin.AdminIsZero.selector));
        new FeedProxy(implementation, call_);
    }

    function test_the_storage_is_where_erc_7201_says() public {
        publish(2000e8);
        check(vm.load(address(feed), location("meta138.storage.Aggregator")) != 0, "the last round");
        equal(
            address(
                uint160(uint256(vm.load(address(feed), location("meta138.storage.TwoStepAdmin"))))
            ),
            ADMIN,
            "admin"
        );
        publish(3000e8);
        bytes32 rounds = location("meta138.storage.Aggregator.rounds");
        check(vm.load(address(feed), bytes32(uint256(rounds) + 1)) != 0, "the first round");
    }

    /// Feeds that are out there have their values in these places.
    function test_the_storage_is_laid_out_as_it_always_was() public {
        publish(2000e8);
        uint256 base = uint256(location("meta138.storage.Aggregator"));
        equal(
            slot(base),
            2000e8 | (START << 96) | (START << 136) | (1 << 176)
                | (uint256(type(uint32).max) << 208),
            "the last round"
        );
        equal(
            slot(base + 1), 1 | (1e16 << 96) | (3600 << 192) | (50 << 216) | (300 << 232), "limits"
        );
        equal(slot(base + 2), uint160(GUARDIAN) | (8 << 160), "guardian, decimals");
        equal(slot(base + 3), uint256(bytes32("ETH / USD")) | (2 * 9), "description");
        equal(slot(base + 4), 2, "how many transmitters");
        equal(slot(uint256(keccak256(abi.encode(base + 4)))), uint160(PUBLISHER), "the first");
        equal(
            slot(uint256(keccak256(abi.encode(OTHER_PUBLISHER, base + 5)))),
            2,
            "position of the second"
        );
        vm.prank(GUARDIAN);
        feed.pause();
        equal(slot(base + 1) >> 248, 1, "paused");
        uint256 copy = slot(uint256(keccak256(abi.encode(PUBLISHER, base + 6))));
        equal(copy, slot(base + 1) | (1 << 250), "a transmitter's copy of the limits");
    }

    function slot(uint256 position) private view returns (uint256) {
        return uint256(vm.load(address(feed), bytes32(position)));
    }
}
