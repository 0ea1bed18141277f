// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MintableToken} from "contracts/demonstration/MintableToken.sol";
import {SwapFactory} from "contracts/demonstration/SwapFactory.sol";
import {SwapPair} from "contracts/demonstration/SwapPair.sol";
import {SwapRouter} from "contracts/demonstration/SwapRouter.sol";
import {Test} from "./Test.sol";

/// @title Calls the pair while the pair calls it
contract CallingToken is MintableToken {
    SwapPair private _pair;

    constructor() MintableToken("Calling", "CALL", 18, msg.sender) {}

    function callBack(SwapPair pair) external {
        _pair = pair;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (address(_pair) != address(0)) _pair.sync();
    }
}

contract SwapTest is Test {
    MintableToken private tokenA;
    MintableToken private tokenB;
    MintableToken private tokenC;
    SwapFactory private factory;
    SwapRouter private router;

    function setUp() public {
        vm.warp(1_700_000_000);
        tokenA = newToken("A");
        tokenB = newToken("B");
        tokenC = newToken("C");
        factory = new SwapFactory();
        router = new SwapRouter(address(factory));
    }

    function newToken(string memory symbol) private returns (MintableToken token) {
        token = new MintableToken(symbol, symbol, 18, address(this));
        token.mint(address(this), 1e30);
    }

    function add(MintableToken one, MintableToken two, uint256 a, uint256 b) private {
        one.approve(address(router), a);
        two.approve(address(router), b);
        router.addLiquidity(address(one), address(two), a, b, 0, 0, address(this), block.timestamp);
    }

    function path() private view returns (address[] memory tokens) {
        tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(tokenA), address(tokenB));
    }

    function pair() private view returns (SwapPair) {
        return SwapPair(factory.getPair(address(tokenA), address(tokenB)));
    }

    function product() private view returns (uint256) {
        (uint256 reserve0, uint256 reserve1,) = pair().getReserves();
        return reserve0 * reserve1;
    }

    function test_the_first_liquidity_leaves_a_thousand_shares_to_nobody() public {
        add(tokenA, tokenB, 4e18, 1e18);
        equal(pair().totalSupply(), 2e18, "the root of the product");
        equal(pair().balanceOf(address(this)), 2e18 - 1000, "ours");
    }

    function test_a_swap_brings_what_the_formula_says() public {
        add(tokenA, tokenB, 5e18, 10e18);
        tokenA.approve(address(router), 1e18);
        uint256 before = tokenB.balanceOf(address(this));
        router.swapExactTokensForTokens(1e18, 0, path(), address(this), block.timestamp);
        // 0.997 * 10 / 5.997, the figure of Uniswap V2's own tests
        equal(tokenB.balanceOf(address(this)) - before, 1_662_497_915_624_478_906, "out");
    }

    function test_a_swap_of_exactly_so_many_costs_what_it_says() public {
        add(tokenA, tokenB, 5e18, 10e18);
        tokenA.approve(address(router), type(uint256).max);
        uint256 before = tokenA.balanceOf(address(this));
        uint256[] memory amounts =
            router.swapTokensForExactTokens(1e18, 1e18, path(), address(this), block.timestamp);
        equal(before - tokenA.balanceOf(address(this)), amounts[0], "in");
        equal(amounts[1], 1e18, "out");
        vm.expectRevert();
        router.swapTokensForExactTokens(1e18, 1, path(), address(this), block.timestamp);
    }

    function test_a_path_goes_over_several_pairs() public {
        add(tokenA, tokenB, 5e18, 10e18);
        add(tokenC, tokenB, 7e18, 10e18);
        address[] memory tokens = new address[](3);
        (tokens[0], tokens[1], tokens[2]) = (address(tokenA), address(tokenB), address(tokenC));
        tokenA.approve(address(router), 1e18);
        uint256[] memory expected = router.getAmountsOut(1e18, tokens);
        uint256 before = tokenC.balanceOf(address(this));
        router.swapExactTokensForTokens(1e18, 0, tokens, address(this), block.timestamp);
        equal(tokenC.balanceOf(address(this)) - before, expected[2], "out");
    }

    function test_liquidity_comes_back() public {
        add(tokenA, tokenB, 5e18, 10e18);
        SwapPair pair_ = pair();
        uint256 shares = pair_.balanceOf(address(this));
        pair_.approve(address(router), shares);
        (uint256 a, uint256 b) = router.removeLiquidity(
            address(tokenA), address(tokenB), shares, 0, 0, address(this), block.timestamp
        );
        check(a > 5e18 - 1000 && a <= 5e18, "a");
        check(b > 10e18 - 2000 && b <= 10e18, "b");
    }

    function test_what_is_late_or_too_little_is_refused() public {
        add(tokenA, tokenB, 5e18, 10e18);
        tokenA.approve(address(router), 1e18);
        vm.expectRevert(abi.encodeWithSelector(SwapRouter.Expired.selector, block.timestamp - 1));
        router.swapExactTokensForTokens(1e18, 0, path(), address(this), block.timestamp - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                SwapRouter.InsufficientAmount.selector, uint256(1_662_497_915_624_478_906)
            )
        );
        router.swapExactTokensForTokens(1e18, 2e18, path(), address(this), block.timestamp);
    }

    function test_nothing_leaves_a_pair_for_nothing() public {
        add(tokenA, tokenB, 5e18, 10e18);
        SwapPair pair_ = pair();
        vm.expectRevert(abi.encodeWithSelector(SwapPair.InsufficientInput.selector));
        pair_.swap(1, 0, address(this), "");
        vm.expectRevert(abi.encodeWithSelector(SwapPair.InsufficientOutput.selector));
        pair_.swap(0, 0, address(this), "");
        vm.expectRevert(abi.encodeWithSelector(SwapPair.FlashSwapsUnsupported.selector));
        pair_.swap(1, 0, address(this), "x");
        tokenA.transfer(address(pair_), 1e18);
        tokenB.transfer(address(pair_), 1);
        (uint256 reserve0, uint256 reserve1,) = pair_.getReserves();
        vm.expectRevert(abi.encodeWithSelector(SwapPair.ProductShrinks.selector));
        pair_.swap(reserve0 - 1, reserve1 - 1, address(this), "");
    }

    function test_a_pair_refuses_what_makes_no_sense() public {
        add(tokenA, tokenB, 5e18, 10e18);
        SwapPair pair_ = pair();
        vm.expectRevert(abi.encodeWithSelector(SwapPair.InvalidRecipient.selector));
        pair_.swap(1, 0, address(tokenA), "");
        vm.expectRevert(abi.encodeWithSelector(SwapPair.InsufficientOutput.selector));
        pair_.swap(type(uint256).max, 0, address(this), "");
        vm.expectRevert(abi.encodeWithSelector(SwapPair.InsufficientLiquidity.selector));
        pair_.mint(address(this));
        vm.expectRevert(abi.encodeWithSelector(SwapPair.InsufficientLiquidity.selector));
        pair_.burn(address(this));
        tokenA.mint(address(pair_), type(uint112).max);
        vm.expectRevert(abi.encodeWithSelector(SwapPair.ReserveOverflow.selector));
        pair_.sync();
        SwapPair empty = SwapPair(factory.createPair(address(tokenA), address(tokenC)));
        vm.expectRevert(abi.encodeWithSelector(SwapPair.InsufficientLiquidity.selector));
        empty.burn(address(this));
        tokenA.transfer(address(empty), 1000);
        tokenC.transfer(address(empty), 1000);
        vm.expectRevert(abi.encodeWithSelector(SwapPair.InsufficientLiquidity.selector));
        empty.mint(address(this));
    }

    function test_the_router_refuses_what_makes_no_sense() public {
        add(tokenA, tokenB, 5e18, 10e18);
        address[] memory tokens = new address[](1);
        vm.expectRevert(abi.encodeWithSelector(SwapRouter.InvalidPath.selector));
        router.getAmountsOut(1, tokens);
        vm.expectRevert(abi.encodeWithSelector(SwapRouter.InvalidPath.selector));
        router.getAmountsIn(1, tokens);
        tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(tokenA), address(tokenC));
        vm.expectRevert(abi.encodeWithSelector(SwapRouter.NoLiquidity.selector));
        router.getAmountsOut(1, tokens);
        vm.expectRevert(abi.encodeWithSelector(SwapRouter.NoLiquidity.selector));
        router.getAmountsIn(10e18, path());
        vm.expectRevert(abi.encodeWithSelector(SwapRouter.NoLiquidity.selector));
        router.quote(1, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(SwapRouter.NoLiquidity.selector));
        router.getAmountOut(1, 1, 0);
    }

    function test_liquidity_is_added_in_proportion() public {
        add(tokenA, tokenB, 5e18, 10e18);
        tokenA.approve(address(router), 10e18);
        tokenB.approve(address(router), 10e18);
        address a = address(tokenA);
        address b = address(tokenB);
        uint256 end = block.timestamp;
        (uint256 usedA, uint256 usedB,) = router.addLiquidity(a, b, 1e18, 9e18, 0, 0, a, end);
        equal(usedA, 1e18, "all of A");
        equal(usedB, 2e18, "a part of B");
        (usedA, usedB,) = router.addLiquidity(a, b, 9e18, 1e18, 0, 0, a, end);
        equal(usedA, 0.5e18, "a part of A");
        equal(usedB, 1e18, "all of B");
        bytes4 reason = SwapRouter.InsufficientAmount.selector;
        vm.expectRevert(abi.encodeWithSelector(reason, 2e18));
        router.addLiquidity(a, b, 1e18, 9e18, 0, 3e18, a, end);
        vm.expectRevert(abi.encodeWithSelector(reason, 0.5e18));
        router.addLiquidity(a, b, 9e18, 1e18, 1e18, 0, a, end);
        vm.expectRevert(abi.encodeWithSelector(SwapRouter.Expired.selector, end - 1));
        router.addLiquidity(a, b, 9e18, 1e18, 1e18, 0, a, end - 1);
    }

    function test_a_token_that_calls_back_finds_the_pair_locked() public {
        CallingToken token = new CallingToken();
        SwapPair pair_ = SwapPair(factory.createPair(address(token), address(tokenA)));
        token.mint(address(pair_), 1e18);
        tokenA.transfer(address(pair_), 1e18);
        pair_.mint(address(this));
        token.callBack(pair_);
        bool tokenIsFirst = address(token) < address(tokenA);
        vm.expectRevert(abi.encodeWithSelector(SwapPair.Locked.selector));
        pair_.swap(tokenIsFirst ? 1 : 0, tokenIsFirst ? 0 : 1, address(this), "");
    }

    function test_what_was_sent_by_mistake_can_be_skimmed_or_taken_in() public {
        add(tokenA, tokenB, 5e18, 10e18);
        SwapPair pair_ = pair();
        tokenA.transfer(address(pair_), 5);
        pair_.skim(address(0xBEEF));
        equal(tokenA.balanceOf(address(0xBEEF)), 5, "skimmed");
        tokenB.transfer(address(pair_), 7);
        uint256 before = product();
        pair_.sync();
        check(product() > before, "taken in");
    }

    function test_two_tokens_have_one_pair() public {
        add(tokenA, tokenB, 5e18, 10e18);
        vm.expectRevert(abi.encodeWithSelector(SwapFactory.PairExists.selector, address(pair())));
        factory.createPair(address(tokenB), address(tokenA));
        vm.expectRevert(abi.encodeWithSelector(SwapFactory.IdenticalTokens.selector));
        factory.createPair(address(tokenA), address(tokenA));
        vm.expectRevert(abi.encodeWithSelector(SwapFactory.ZeroToken.selector));
        factory.createPair(address(tokenA), address(0));
        equal(factory.allPairsLength(), 1, "pairs");
    }

    function testFuzz_the_product_never_shrinks(
        uint96 reserveA,
        uint96 reserveB,
        uint96[4] memory amounts
    ) public {
        add(tokenA, tokenB, uint256(reserveA) + 1e6, uint256(reserveB) + 1e6);
        address[] memory there = path();
        address[] memory back = new address[](2);
        (back[0], back[1]) = (there[1], there[0]);
        tokenA.approve(address(router), type(uint256).max);
        tokenB.approve(address(router), type(uint256).max);
        for (uint256 i = 0; i < 4; ++i) {
            uint256 before = product();
            try router.swapExactTokensForTokens(
                uint256(amounts[i]) + 1,
                0,
                i % 2 == 0 ? there : back,
                address(this),
                block.timestamp
            ) {
                check(product() >= before, "product");
            } catch {
                equal(product(), before, "refused: unchanged");
            }
        }
    }

    function testFuzz_in_for_out_is_enough(uint96 reserveIn, uint96 reserveOut, uint96 out)
        public
        view
    {
        uint256 a = uint256(reserveIn) + 1;
        uint256 b = uint256(reserveOut) + 2;
        uint256 wanted = 1 + (out % (b - 1));
        uint256 needed = router.getAmountIn(wanted, a, b);
        if (needed > type(uint112).max) return; // more than a pair can have
        check(router.getAmountOut(needed, a, b) >= wanted, "enough");
    }
}

contract MintableTokenTest is Test {
    function test_only_the_owner_mints() public {
        MintableToken token = new MintableToken("Demonstration", "DEMO", 6, address(this));
        token.mint(address(1), 5);
        equal(token.totalSupply(), 5, "supply");
        equal(token.decimals(), 6, "decimals");
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", address(1)));
        vm.prank(address(1));
        token.mint(address(1), 5);
        vm.prank(address(1));
        token.burn(2);
        equal(token.balanceOf(address(1)), 3, "burnt");
    }
}
