// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The interface by which contracts read a feed
/// @notice The ABI of Chainlink's AggregatorV3Interface. The two readers of rounds revert with the
/// text "No data present" when there is no such round.
interface AggregatorV3Interface {
    /// @notice How many decimals an answer has
    function decimals() external view returns (uint8);

    /// @notice What the feed is about, such as "ETH / USD"
    function description() external view returns (string memory);

    /// @notice The version of the aggregator's code
    function version() external view returns (uint256);

    /// @notice One round
    /// @param _roundId Its number
    /// @return roundId Its number
    /// @return answer Its answer
    /// @return startedAt When the answer was observed
    /// @return updatedAt The timestamp of its block
    /// @return answeredInRound Its number: a round always has an answer of its own
    function getRoundData(uint80 _roundId)
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        );

    /// @notice The last round
    /// @return roundId Its number
    /// @return answer Its answer
    /// @return startedAt When the answer was observed
    /// @return updatedAt The timestamp of its block
    /// @return answeredInRound Its number
    function latestRoundData()
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        );
}
