// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {
    AggregatorV3Interface
} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

/// @title Lends against ether as contracts out there do: knows Chainlink's interface and nothing of ours
contract Lender {
    AggregatorV3Interface private immutable priceFeed;
    uint256 private constant LONGEST_HEARTBEAT = 1 hours;

    constructor(address feed) {
        priceFeed = AggregatorV3Interface(feed);
    }

    /// @dev With the checks that auditors ask for.
    function price() public view returns (uint256) {
        (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        ) = priceFeed.latestRoundData();
        require(answer > 0, "bad price");
        require(startedAt != 0 && updatedAt != 0, "round not complete");
        require(answeredInRound >= roundId, "stale round");
        require(block.timestamp - updatedAt <= LONGEST_HEARTBEAT, "stale price");
        return uint256(answer) * 10 ** (18 - priceFeed.decimals());
    }

    /// @dev What so much ether is worth, in units of 10^-18.
    function valueOf(uint256 etherAmount) external view returns (uint256) {
        return (etherAmount * price()) / 1e18;
    }

    /// @dev The average of the last rounds, walked backwards; ends where there is no data.
    function averageOf(uint80 rounds) external view returns (uint256 average, uint80 found) {
        (uint80 roundId,,,,) = priceFeed.latestRoundData();
        for (; found < rounds && found < roundId; ++found) {
            try priceFeed.getRoundData(roundId - found) returns (
                uint80, int256 answer, uint256, uint256, uint80
            ) {
                average += uint256(answer);
            } catch Error(string memory reason) {
                require(keccak256(bytes(reason)) == keccak256("No data present"), reason);
                break;
            }
        }
        average /= found;
    }
}
