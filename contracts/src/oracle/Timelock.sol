// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// OpenZeppelin's, as it is: the admin of feeds and of the registry.
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
