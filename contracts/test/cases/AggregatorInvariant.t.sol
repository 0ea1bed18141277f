// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Aggregator} from "contracts/oracle/Aggregator.sol";
import {IAggregator} from "contracts/oracle/interfaces/IAggregator.sol";
import {FeedTest} from "./FeedTest.sol";
import {Test} from "./Test.sol";

/// @title Does to a feed what accounts may do, and remembers what should have come of it
contract FeedActor is Test {
    Aggregator private immutable feed;
    address private immutable admin;
    uint256 public constant ACCOUNTS = 5;

    mapping(address => bool) public mayTransmit;
    int256[] public answers; // of the rounds, from the first on
    uint256[] public times;
    uint256 public historySize;

    constructor(Aggregator feed_, address admin_, address first, address second) {
        feed = feed_;
        admin = admin_;
        mayTransmit[first] = mayTransmit[second] = true;
    }

    function rounds() external view returns (uint256) {
        return answers.length;
    }

    function publish(uint256 who, uint256 roundOffset, int96 answer, uint256 wait) external {
        vm.warp(block.timestamp + (wait % 5000));
        answer = int96(int256(bound(uint256(uint96(answer)), 1, 1e16)));
        uint80 round = uint80(answers.length + (roundOffset % 4 == 0 ? roundOffset % 3 : 1));
        address publisher = account(who);
        vm.prank(publisher);
        try feed.transmit(round, answer, uint64(block.timestamp)) returns (bool written) {
            check(mayTransmit[publisher], "only transmitters write");
            if (!written) return;
            equal(round, answers.length + 1, "only the next round is written");
            answers.push(answer);
            times.push(block.timestamp);
        } catch {}
    }

    /// Of five accounts, the first two of which are transmitters at first.
    function account(uint256 which) public pure returns (address) {
        return address(uint160(0x70 + (which % ACCOUNTS)));
    }

    function toggle(uint256 who) external {
        address transmitter = account(who);
        vm.prank(admin);
        if (mayTransmit[transmitter]) feed.removeTransmitter(transmitter);
        else feed.addTransmitter(transmitter);
        mayTransmit[transmitter] = !mayTransmit[transmitter];
    }

    function pause(bool on) external {
        vm.prank(admin);
        if (on) feed.pause();
        else feed.unpause();
    }

    function set(uint16 deviationBps, uint32 heartbeat, bool skips, uint8 size) external {
        historySize = uint256(size) % 5;
        IAggregator.Settings memory settings = feed.settings();
        settings.deviationBps = deviationBps % 2000;
        settings.heartbeat = uint32(bound(heartbeat, 1, 10_000));
        settings.skipsNeedless = skips;
        settings.historySize = uint32(historySize);
        vm.prank(admin);
        feed.setSettings(settings);
    }
}

contract AggregatorInvariantTest is FeedTest {
    FeedActor private actor;

    function setUp() public override {
        super.setUp();
        actor = new FeedActor(feed, ADMIN, PUBLISHER, OTHER_PUBLISHER);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actor);
    }

    function invariant_the_feed_has_the_rounds_that_were_written_and_no_others() public view {
        uint256 rounds = actor.rounds();
        equal(feed.latestRound(), rounds, "rounds");
        for (uint256 round = 1; round <= rounds; ++round) {
            int256 answer = feed.getAnswer(round);
            if (answer == 0) {
                check(round < rounds, "the last round is always kept");
                equal(feed.getTimestamp(round), 0, "no timestamp either");
            } else {
                equal(answer, actor.answers(round - 1), "answer");
                equal(feed.getTimestamp(round), actor.times(round - 1), "timestamp");
            }
        }
        equal(feed.getAnswer(rounds + 1), int256(0), "no round after the last");
    }

    function invariant_answers_stay_within_the_bounds() public view {
        if (actor.rounds() == 0) return;
        check(feed.latestAnswer() >= feed.minAnswer(), "not below");
        check(feed.latestAnswer() <= feed.maxAnswer(), "not above");
    }

    function invariant_time_does_not_go_back() public view {
        IAggregator.FeedState memory state = feed.feedState(PUBLISHER);
        check(state.startedAt <= state.updatedAt, "observed before it was written");
        check(state.updatedAt <= block.timestamp, "written before now");
        uint256 rounds = actor.rounds();
        if (rounds < 2) return;
        uint256 before = feed.getTimestamp(rounds - 1);
        check(before <= state.updatedAt, "rounds in order");
    }

    /// What transmit() goes by is what the feed says its limits are, and nobody else has any.
    function invariant_copies_of_the_limits_agree() public view {
        uint256 base = uint256(location("meta138.storage.Aggregator"));
        uint256 limits = uint256(vm.load(address(feed), bytes32(base + 1)));
        for (uint256 i = 0; i < actor.ACCOUNTS(); ++i) {
            address account = actor.account(i);
            bytes32 slot = keccak256(abi.encode(account, base + 6));
            uint256 copy = uint256(vm.load(address(feed), slot));
            check(actor.mayTransmit(account) == (copy != 0), "whoever may transmit has a copy");
            if (copy != 0) equal(copy, limits | (1 << 250), "the same limits");
            check(feed.feedState(account).mayTransmit == (copy != 0), "mayTransmit");
        }
    }

    function invariant_roles_stay_with_whom_they_are() public view {
        equal(feed.admin(), ADMIN, "admin");
        equal(feed.guardian(), GUARDIAN, "guardian");
        uint256 count;
        for (uint256 i = 0; i < actor.ACCOUNTS(); ++i) {
            if (actor.mayTransmit(actor.account(i))) ++count;
        }
        equal(feed.transmitters().length, count, "transmitters");
    }
}
