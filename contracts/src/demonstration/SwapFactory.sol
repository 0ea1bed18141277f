// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SwapPair} from "./SwapPair.sol";

/// @title Makes one pair for each two tokens
/// @notice The functions and the event of Uniswap V2's factory, without the protocol's share of the fee.
contract SwapFactory {
    /// @notice The pair of two tokens, in either order; zero: there is none
    mapping(address => mapping(address => address)) public getPair;
    /// @notice The pairs in the order they were made
    address[] public allPairs;

    /// @notice There is another pair.
    event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count);

    /// @notice Two tokens, please.
    error IdenticalTokens();
    /// @notice The zero address is no token.
    error ZeroToken();
    /// @notice There is one already.
    error PairExists(address pair);

    /// @notice How many pairs there are
    function allPairsLength() external view returns (uint256) {
        return allPairs.length;
    }

    /// @notice Makes the pair of two tokens.
    function createPair(address tokenA, address tokenB) external returns (address pair) {
        if (tokenA == tokenB) revert IdenticalTokens();
        (address token0, address token1) = tokenA < tokenB ? (tokenA, tokenB) : (tokenB, tokenA);
        if (token0 == address(0)) revert ZeroToken();
        if (getPair[token0][token1] != address(0)) revert PairExists(getPair[token0][token1]);
        pair = address(
            new SwapPair{salt: keccak256(abi.encodePacked(token0, token1))}(token0, token1)
        );
        getPair[token0][token1] = pair;
        getPair[token1][token0] = pair;
        allPairs.push(pair);
        emit PairCreated(token0, token1, pair, allPairs.length);
    }
}
