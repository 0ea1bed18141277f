// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Aggregator} from "contracts/oracle/Aggregator.sol";
import {FeedProxy} from "contracts/oracle/FeedProxy.sol";
import {IAggregator} from "contracts/oracle/interfaces/IAggregator.sol";
import {Lender} from "./Lender.sol";

interface BroadcastVm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// @title Puts two feeds and a lender for each on a chain; the second feed has no round
contract DeployLender {
    BroadcastVm private constant vm = BroadcastVm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    bool public constant IS_SCRIPT = true;

    function run() external returns (Lender lender, Lender lenderWithoutPrice) {
        vm.startBroadcast();
        address implementation = address(new Aggregator());
        Aggregator feed = newFeed(implementation);
        // Now, whenever that is: forge runs this at the time of the chain's first block.
        feed.transmit(1, 2000e8, type(uint64).max);
        lender = new Lender(address(feed));
        lenderWithoutPrice = new Lender(address(newFeed(implementation)));
        vm.stopBroadcast();
    }

    function newFeed(address implementation) private returns (Aggregator) {
        address[] memory transmitters = new address[](1);
        transmitters[0] = msg.sender;
        IAggregator.Settings memory settings = IAggregator.Settings({
            heartbeat: 3600,
            deviationBps: 50,
            maxObservationAge: 3600,
            skipsNeedless: false,
            minAnswer: 1,
            maxAnswer: 1e16,
            historySize: 0
        });
        bytes memory call = abi.encodeCall(
            Aggregator.initialize, ("ETH / USD", 8, settings, msg.sender, msg.sender, transmitters)
        );
        return Aggregator(address(new FeedProxy(implementation, call)));
    }
}
