// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

/// @title The address of a feed
/// @notice Holds a feed's storage and where its code is (ERC-1967). What may change that is in the code
/// (UUPS): the feed's admin.
contract FeedProxy is ERC1967Proxy {
    /// @param implementation An Aggregator
    /// @param data A call of its initialize
    constructor(address implementation, bytes memory data) ERC1967Proxy(implementation, data) {}
}
