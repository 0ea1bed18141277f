// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {Counter} from "../src/Counter.sol";

/// What of forge's cheat codes is needed here.
interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

contract Deploy {
    bool public constant IS_SCRIPT = true;
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function run() external returns (Counter plain, Counter salted) {
        vm.startBroadcast();
        plain = new Counter(41);
        plain.increment();
        // Through the deployer at 0x4e59...956c, which a development chain has.
        salted = new Counter{salt: bytes32(uint256(138))}(7);
        vm.stopBroadcast();
    }
}
