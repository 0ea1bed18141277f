// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

contract Counter {
    uint256 public number;

    event Counted(uint256 number);

    constructor(uint256 start) {
        number = start;
    }

    function increment() external {
        emit Counted(++number);
    }
}
