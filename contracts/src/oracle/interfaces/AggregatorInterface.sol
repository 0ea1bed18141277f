// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The older of the two interfaces by which contracts read a feed
/// @notice The ABI of Chainlink's AggregatorInterface. Nothing here reverts for want of data: a round
/// that does not exist reads as zero.
interface AggregatorInterface {
    /// @notice A round was written.
    /// @param current Its answer
    /// @param roundId Its number
    /// @param updatedAt The timestamp of its block
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    /// @notice A round was written. Emitted together with AnswerUpdated, for those who listen to it.
    /// @param roundId Its number
    /// @param startedBy The transmitter
    /// @param startedAt When the answer was observed
    event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt);

    /// @notice The answer of the last round; 0 if there is none
    function latestAnswer() external view returns (int256);

    /// @notice The timestamp of the block of the last round; 0 if there is none
    function latestTimestamp() external view returns (uint256);

    /// @notice The number of the last round; 0 if there is none
    function latestRound() external view returns (uint256);

    /// @notice The answer of a round; 0 if it does not exist, or is not kept any more
    /// @param roundId Its number
    function getAnswer(uint256 roundId) external view returns (int256);

    /// @notice The timestamp of a round's block; 0 if it does not exist, or is not kept any more
    /// @param roundId Its number
    function getTimestamp(uint256 roundId) external view returns (uint256);
}
