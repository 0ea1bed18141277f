// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SwapFactory} from "./SwapFactory.sol";
import {SwapPair} from "./SwapPair.sol";

/// @title What people call to trade at the pairs of a factory
/// @notice A part of Uniswap V2's router, with its signatures. Left out: whatever takes ether itself
/// (wrap it first), permits, tokens that keep a part of what is transferred.
contract SwapRouter {
    using SafeERC20 for IERC20;

    /// @notice Whose pairs
    address public immutable factory;

    /// @notice The transaction came too late.
    error Expired(uint256 deadline);
    /// @notice Less than wanted; how much it would be.
    error InsufficientAmount(uint256 amount);
    /// @notice More than wanted; how much it would be.
    error ExcessiveInput(uint256 amount);
    /// @notice There is no such pair, or nothing in it.
    error NoLiquidity();
    /// @notice A path has two tokens at least.
    error InvalidPath();

    modifier before(uint256 deadline) {
        if (block.timestamp > deadline) revert Expired(deadline);
        _;
    }

    /// @param factory_ A SwapFactory
    constructor(address factory_) {
        factory = factory_;
    }

    /// @notice Puts tokens into a pair, which is made if need be, in the proportion of its reserves.
    /// @return amountA How many of tokenA were taken
    /// @return amountB How many of tokenB were taken
    /// @return liquidity How many shares they made
    function addLiquidity(
        address tokenA,
        address tokenB,
        uint256 amountADesired,
        uint256 amountBDesired,
        uint256 amountAMin,
        uint256 amountBMin,
        address to,
        uint256 deadline
    ) external before(deadline) returns (uint256 amountA, uint256 amountB, uint256 liquidity) {
        (amountA, amountB) = _fitting(tokenA, tokenB, amountADesired, amountBDesired);
        if (amountA < amountAMin) revert InsufficientAmount(amountA);
        if (amountB < amountBMin) revert InsufficientAmount(amountB);
        liquidity = _deposit(tokenA, tokenB, amountA, amountB, to);
    }

    /// @notice Turns shares into tokens.
    function removeLiquidity(
        address tokenA,
        address tokenB,
        uint256 liquidity,
        uint256 amountAMin,
        uint256 amountBMin,
        address to,
        uint256 deadline
    ) external before(deadline) returns (uint256 amountA, uint256 amountB) {
        address pair = _pair(tokenA, tokenB);
        IERC20(pair).safeTransferFrom(msg.sender, pair, liquidity);
        (uint256 amount0, uint256 amount1) = SwapPair(pair).burn(to);
        (amountA, amountB) = tokenA < tokenB ? (amount0, amount1) : (amount1, amount0);
        if (amountA < amountAMin) revert InsufficientAmount(amountA);
        if (amountB < amountBMin) revert InsufficientAmount(amountB);
    }

    /// @notice Sells so many, for as many as they bring.
    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 amountOutMin,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external before(deadline) returns (uint256[] memory amounts) {
        amounts = getAmountsOut(amountIn, path);
        uint256 amountOut = amounts[amounts.length - 1];
        if (amountOut < amountOutMin) revert InsufficientAmount(amountOut);
        _swap(amounts, path, to);
    }

    /// @notice Buys so many, for as many as they cost.
    function swapTokensForExactTokens(
        uint256 amountOut,
        uint256 amountInMax,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external before(deadline) returns (uint256[] memory amounts) {
        amounts = getAmountsIn(amountOut, path);
        if (amounts[0] > amountInMax) revert ExcessiveInput(amounts[0]);
        _swap(amounts, path, to);
    }

    /// @notice As much of B as is worth so much of A, without a fee
    function quote(uint256 amountA, uint256 reserveA, uint256 reserveB)
        public
        pure
        returns (uint256 amountB)
    {
        if (reserveA == 0 || reserveB == 0) revert NoLiquidity();
        return (amountA * reserveB) / reserveA;
    }

    /// @notice What goes out for what comes in
    function getAmountOut(uint256 amountIn, uint256 reserveIn, uint256 reserveOut)
        public
        pure
        returns (uint256 amountOut)
    {
        if (reserveIn == 0 || reserveOut == 0) revert NoLiquidity();
        uint256 afterFee = amountIn * 997;
        return (afterFee * reserveOut) / (reserveIn * 1000 + afterFee);
    }

    /// @notice What has to come in for what goes out
    function getAmountIn(uint256 amountOut, uint256 reserveIn, uint256 reserveOut)
        public
        pure
        returns (uint256 amountIn)
    {
        if (reserveIn == 0 || amountOut >= reserveOut) revert NoLiquidity();
        return (reserveIn * amountOut * 1000) / ((reserveOut - amountOut) * 997) + 1;
    }

    /// @notice getAmountOut along a path
    function getAmountsOut(uint256 amountIn, address[] calldata path)
        public
        view
        returns (uint256[] memory amounts)
    {
        if (path.length < 2) revert InvalidPath();
        amounts = new uint256[](path.length);
        amounts[0] = amountIn;
        for (uint256 i = 1; i < path.length; ++i) {
            address pair = _pair(path[i - 1], path[i]);
            (uint256 reserveIn, uint256 reserveOut) = _reserves(pair, path[i - 1] < path[i]);
            amounts[i] = getAmountOut(amounts[i - 1], reserveIn, reserveOut);
        }
    }

    /// @notice getAmountIn along a path
    function getAmountsIn(uint256 amountOut, address[] calldata path)
        public
        view
        returns (uint256[] memory amounts)
    {
        if (path.length < 2) revert InvalidPath();
        amounts = new uint256[](path.length);
        amounts[path.length - 1] = amountOut;
        for (uint256 i = path.length - 1; i > 0; --i) {
            address pair = _pair(path[i - 1], path[i]);
            (uint256 reserveIn, uint256 reserveOut) = _reserves(pair, path[i - 1] < path[i]);
            amounts[i - 1] = getAmountIn(amounts[i], reserveIn, reserveOut);
        }
    }

    function _pair(address tokenA, address tokenB) private view returns (address pair) {
        pair = SwapFactory(factory).getPair(tokenA, tokenB);
        if (pair == address(0)) revert NoLiquidity();
    }

    function _reserves(address pair, bool inOrder)
        private
        view
        returns (uint256 reserveA, uint256 reserveB)
    {
        (uint256 reserve0, uint256 reserve1,) = SwapPair(pair).getReserves();
        return inOrder ? (reserve0, reserve1) : (reserve1, reserve0);
    }

    /// @dev As much of both as is in the proportion of the reserves.
    function _fitting(address tokenA, address tokenB, uint256 amountA, uint256 amountB)
        private
        returns (uint256, uint256)
    {
        address pair = SwapFactory(factory).getPair(tokenA, tokenB);
        if (pair == address(0)) pair = SwapFactory(factory).createPair(tokenA, tokenB);
        (uint256 reserveA, uint256 reserveB) = _reserves(pair, tokenA < tokenB);
        if (reserveA == 0 && reserveB == 0) return (amountA, amountB);
        uint256 fittingB = quote(amountA, reserveA, reserveB);
        if (fittingB <= amountB) return (amountA, fittingB);
        return (quote(amountB, reserveB, reserveA), amountB);
    }

    function _deposit(address tokenA, address tokenB, uint256 amountA, uint256 amountB, address to)
        private
        returns (uint256 liquidity)
    {
        address pair = _pair(tokenA, tokenB);
        IERC20(tokenA).safeTransferFrom(msg.sender, pair, amountA);
        IERC20(tokenB).safeTransferFrom(msg.sender, pair, amountB);
        return SwapPair(pair).mint(to);
    }

    /// @dev Each pair sends to the next, the last to whom it is for.
    function _swap(uint256[] memory amounts, address[] calldata path, address to) private {
        address pair = _pair(path[0], path[1]);
        IERC20(path[0]).safeTransferFrom(msg.sender, pair, amounts[0]);
        for (uint256 i = 1; i < path.length; ++i) {
            bool isLast = i + 1 == path.length;
            address next = isLast ? to : _pair(path[i], path[i + 1]);
            (uint256 out0, uint256 out1) =
                path[i - 1] < path[i] ? (uint256(0), amounts[i]) : (amounts[i], uint256(0));
            SwapPair(pair).swap(out0, out1, next, "");
            pair = next;
        }
    }
}
