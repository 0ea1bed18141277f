// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Aggregator} from "contracts/oracle/Aggregator.sol";
import {TwoStepAdmin} from "contracts/oracle/TwoStepAdmin.sol";
import {IAggregator} from "contracts/oracle/interfaces/IAggregator.sol";
import {FeedTest} from "./FeedTest.sol";

/// @title What a later version may look like: a second way in, with storage of its own
contract LaterAggregator is Aggregator {
    /// @custom:storage-location erc7201:meta138.storage.LaterAggregator
    struct LaterStorage {
        address quorum;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("meta138.storage.LaterAggregator")) - 1)) & ~0xff
    bytes32 private constant LATER =
        0xdedaf8ff5b64463b237bf853f1bea29203ce417a0214f216ca494a6ad36a5300;

    function setQuorum(address quorum) external reinitializer(2) {
        _later().quorum = quorum;
    }

    function version() external pure override returns (uint256) {
        return 2;
    }

    function transmitReport(bytes calldata report) external returns (bool) {
        require(msg.sender == _later().quorum, "no quorum");
        (uint80 round, int256 answer, uint64 seenAt) = abi.decode(report, (uint80, int256, uint64));
        return _update(_limits(), round, answer, seenAt);
    }

    function _later() private pure returns (LaterStorage storage $) {
        assembly {
            $.slot := LATER
        }
    }
}

contract NotUpgradeable {}

contract UpgradeTest is FeedTest {
    address private constant COUNCIL = address(0xC0);
    address private constant QUORUM = address(0x99);
    uint256 private constant DELAY = 2 days;

    TimelockController private timelock;
    LaterAggregator private later;

    function setUp() public override {
        super.setUp();
        address[] memory proposers = new address[](1);
        proposers[0] = COUNCIL;
        address[] memory executors = new address[](1); // zero: anybody
        timelock = new TimelockController(DELAY, proposers, executors, address(0));
        later = new LaterAggregator();
        vm.prank(ADMIN);
        feed.transferAdmin(address(timelock));
        throughTimelock(abi.encodeCall(TwoStepAdmin.acceptAdmin, ()));
        equal(feed.admin(), address(timelock), "the timelock is admin");
    }

    function schedule(bytes memory call) private {
        vm.prank(COUNCIL);
        timelock.schedule(address(feed), 0, call, 0, 0, DELAY);
    }

    function throughTimelock(bytes memory call) private {
        schedule(call);
        vm.warp(block.timestamp + DELAY);
        vm.prank(STRANGER);
        timelock.execute(address(feed), 0, call, 0, 0);
    }

    function upgradeCall() private view returns (bytes memory) {
        return abi.encodeWithSignature(
            "upgradeToAndCall(address,bytes)",
            address(later),
            abi.encodeCall(LaterAggregator.setQuorum, (QUORUM))
        );
    }

    function everything() private view returns (bytes memory) {
        return abi.encode(
            feed.feedState(PUBLISHER).answer,
            feed.settings(),
            feed.transmitters(),
            feed.guardian(),
            feed.admin(),
            feed.description(),
            feed.decimals(),
            feed.latestRound(),
            feed.getAnswer(1),
            feed.getTimestamp(2),
            feed.paused()
        );
    }

    function test_an_upgrade_keeps_the_storage() public {
        for (int256 i = 1; i <= 4; ++i) {
            publish(i * 1e8);
        }
        bytes memory before = everything();
        throughTimelock(upgradeCall());
        equal(feed.version(), 2, "version");
        check(keccak256(everything()) == keccak256(before), "all that was there");
        check(publish(9e8), "publishers go on");
        equal(feed.latestRound(), 5, "round");
    }

    function test_what_is_new_works_beside_what_is_old() public {
        throughTimelock(upgradeCall());
        vm.prank(QUORUM);
        bytes memory report = abi.encode(uint80(1), int256(7e8), uint64(block.timestamp));
        check(LaterAggregator(address(feed)).transmitReport(report), "written");
        equal(feed.latestAnswer(), 7e8, "answer");
        check(publish(8e8), "and transmit");
    }

    function test_the_timelock_makes_changes_wait() public {
        bytes memory call = upgradeCall();
        schedule(call);
        vm.warp(block.timestamp + DELAY - 1);
        vm.expectRevert();
        timelock.execute(address(feed), 0, call, 0, 0);
        equal(feed.version(), 1, "version");
    }

    function test_the_council_cannot_go_around_the_timelock() public {
        vm.expectRevert(abi.encodeWithSelector(TwoStepAdmin.NotAdmin.selector, COUNCIL));
        vm.prank(COUNCIL);
        feed.setSettings(usual());
    }

    function test_pausing_does_not_wait() public {
        vm.prank(GUARDIAN);
        feed.pause();
        check(feed.paused(), "paused");
        throughTimelock(abi.encodeCall(IAggregator.unpause, ()));
        check(!feed.paused(), "unpaused");
    }

    function test_code_that_could_not_be_replaced_again_is_refused() public {
        address wrong = address(new NotUpgradeable());
        vm.expectRevert(abi.encodeWithSignature("ERC1967InvalidImplementation(address)", wrong));
        vm.prank(address(timelock));
        feed.upgradeToAndCall(wrong, "");
    }

    function test_the_implementation_itself_cannot_be_upgraded() public {
        vm.expectRevert(abi.encodeWithSignature("UUPSUnauthorizedCallContext()"));
        later.upgradeToAndCall(address(later), "");
    }

    function test_the_proxy_says_by_erc_1967_where_its_code_is() public {
        bytes32 slot = bytes32(uint256(keccak256("eip1967.proxy.implementation")) - 1);
        throughTimelock(upgradeCall());
        equal(
            address(uint160(uint256(vm.load(address(feed), slot)))),
            address(later),
            "implementation"
        );
    }
}
