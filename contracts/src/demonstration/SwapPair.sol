// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A market of two tokens whose reserves' product does not shrink
/// @notice The functions and events of Uniswap V2's pair, and its fee of 0.3 %. For demonstrations and
/// benchmarks. Left out: flash swaps (`data` has to be empty), the protocol's share of the fee,
/// accumulated prices, permits. Whoever calls it directly has sent the tokens before (see SwapRouter).
contract SwapPair is ERC20 {
    using SafeERC20 for IERC20;

    /// @notice Shares that are nobody's, so that no share can be made dear
    uint256 public constant MINIMUM_LIQUIDITY = 1000;
    address private constant NOBODY = address(0xdead);

    /// @notice Who made the pair
    address public immutable factory;
    /// @notice The token with the lower address
    address public immutable token0;
    /// @notice The other
    address public immutable token1;

    uint112 private _reserve0;
    uint112 private _reserve1;
    uint32 private _updatedAt;
    uint256 private _locked = 1;

    /// @notice Tokens came, and made shares.
    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    /// @notice Shares were turned into tokens.
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    /// @notice Tokens were given for others.
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );
    /// @notice What the market reckons with from now on.
    event Sync(uint112 reserve0, uint112 reserve1);

    /// @notice Called while another call is under way.
    error Locked();
    /// @notice More than fits into 112 bits.
    error ReserveOverflow();
    /// @notice Too little came in for one share, or too few shares for one token.
    error InsufficientLiquidity();
    /// @notice Nothing is to go out, or more than there is.
    error InsufficientOutput();
    /// @notice Nothing came in.
    error InsufficientInput();
    /// @notice The tokens themselves cannot receive.
    error InvalidRecipient();
    /// @notice The product of the reserves, less the fee, would shrink.
    error ProductShrinks();
    /// @notice Left out.
    error FlashSwapsUnsupported();

    modifier lock() {
        if (_locked != 1) revert Locked();
        _locked = 2;
        _;
        _locked = 1;
    }

    /// @param token0_ The token with the lower address
    /// @param token1_ The other
    constructor(address token0_, address token1_) ERC20("Meta138 swap share", "SWAP-SHARE") {
        factory = msg.sender;
        token0 = token0_;
        token1 = token1_;
    }

    /// @notice What the market reckons with
    function getReserves()
        public
        view
        returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)
    {
        return (_reserve0, _reserve1, _updatedAt);
    }

    /// @notice Makes shares for the tokens that came since the last call.
    /// @param to Whose they are
    function mint(address to) external lock returns (uint256 liquidity) {
        (uint112 reserve0, uint112 reserve1,) = getReserves();
        (uint256 balance0, uint256 balance1) = _balances();
        uint256 amount0 = balance0 - reserve0;
        uint256 amount1 = balance1 - reserve1;

        uint256 supply = totalSupply();
        if (supply == 0) {
            uint256 root = Math.sqrt(amount0 * amount1);
            if (root <= MINIMUM_LIQUIDITY) revert InsufficientLiquidity();
            liquidity = root - MINIMUM_LIQUIDITY;
            _mint(NOBODY, MINIMUM_LIQUIDITY);
        } else {
            liquidity = Math.min((amount0 * supply) / reserve0, (amount1 * supply) / reserve1);
            if (liquidity == 0) revert InsufficientLiquidity();
        }
        _mint(to, liquidity);
        _store(balance0, balance1);
        emit Mint(msg.sender, amount0, amount1);
    }

    /// @notice Turns the shares that were sent here into tokens.
    /// @param to Who gets them
    function burn(address to) external lock returns (uint256 amount0, uint256 amount1) {
        (uint256 balance0, uint256 balance1) = _balances();
        uint256 liquidity = balanceOf(address(this));
        uint256 supply = totalSupply();
        if (supply == 0) revert InsufficientLiquidity();
        amount0 = (liquidity * balance0) / supply;
        amount1 = (liquidity * balance1) / supply;
        if (amount0 == 0 || amount1 == 0) revert InsufficientLiquidity();

        _burn(address(this), liquidity);
        IERC20(token0).safeTransfer(to, amount0);
        IERC20(token1).safeTransfer(to, amount1);
        (balance0, balance1) = _balances();
        _store(balance0, balance1);
        emit Burn(msg.sender, amount0, amount1, to);
    }

    /// @notice Gives tokens for those that came since the last call.
    /// @param amount0Out How many of token0 go out
    /// @param amount1Out How many of token1 go out
    /// @param to Who gets them
    /// @param data Empty
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data)
        external
        lock
    {
        if (data.length != 0) revert FlashSwapsUnsupported();
        (uint256 reserve0, uint256 reserve1,) = getReserves();
        if (amount0Out == 0 && amount1Out == 0) revert InsufficientOutput();
        if (amount0Out >= reserve0 || amount1Out >= reserve1) revert InsufficientOutput();
        if (to == token0 || to == token1) revert InvalidRecipient();

        if (amount0Out != 0) IERC20(token0).safeTransfer(to, amount0Out);
        if (amount1Out != 0) IERC20(token1).safeTransfer(to, amount1Out);
        (uint256 amount0In, uint256 amount1In) = _settle(reserve0, reserve1, amount0Out, amount1Out);
        emit Swap(msg.sender, amount0In, amount1In, amount0Out, amount1Out, to);
    }

    /// @notice Sends what is more than the reserves.
    /// @param to Who gets it
    function skim(address to) external lock {
        (uint256 balance0, uint256 balance1) = _balances();
        IERC20(token0).safeTransfer(to, balance0 - _reserve0);
        IERC20(token1).safeTransfer(to, balance1 - _reserve1);
    }

    /// @notice Reckons with what is here.
    function sync() external lock {
        (uint256 balance0, uint256 balance1) = _balances();
        _store(balance0, balance1);
    }

    /// @dev What came in, if it is enough for what went out.
    function _settle(uint256 reserve0, uint256 reserve1, uint256 amount0Out, uint256 amount1Out)
        private
        returns (uint256 amount0In, uint256 amount1In)
    {
        (uint256 balance0, uint256 balance1) = _balances();
        amount0In = _excess(balance0, reserve0 - amount0Out);
        amount1In = _excess(balance1, reserve1 - amount1Out);
        if (amount0In == 0 && amount1In == 0) revert InsufficientInput();

        uint256 adjusted0 = balance0 * 1000 - amount0In * 3;
        uint256 adjusted1 = balance1 * 1000 - amount1In * 3;
        if (adjusted0 * adjusted1 < reserve0 * reserve1 * 1_000_000) revert ProductShrinks();
        _store(balance0, balance1);
    }

    function _balances() private view returns (uint256, uint256) {
        return (IERC20(token0).balanceOf(address(this)), IERC20(token1).balanceOf(address(this)));
    }

    function _excess(uint256 balance, uint256 expected) private pure returns (uint256) {
        return balance > expected ? balance - expected : 0;
    }

    function _store(uint256 balance0, uint256 balance1) private {
        if (balance0 > type(uint112).max || balance1 > type(uint112).max) revert ReserveOverflow();
        _reserve0 = uint112(balance0);
        _reserve1 = uint112(balance1);
        _updatedAt = uint32(block.timestamp);
        emit Sync(uint112(balance0), uint112(balance1));
    }
}
