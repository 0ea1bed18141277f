// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Multicall3} from "contracts/standard/Multicall3.sol";
import {WETH9} from "contracts/standard/WETH9.sol";
import {Test} from "./Test.sol";

contract Spender {
    receive() external payable {
        uint256 gasLeft = gasleft();
        require(gasLeft > 100_000, "the stipend only");
    }

    function withdraw(WETH9 weth, uint256 amount) external {
        weth.withdraw(amount);
    }
}

contract WETH9Test is Test {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);

    WETH9 private weth;

    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);
    event Transfer(address indexed src, address indexed dst, uint256 wad);
    event Approval(address indexed src, address indexed guy, uint256 wad);

    function setUp() public {
        weth = new WETH9();
        vm.deal(ALICE, 100 ether);
    }

    function deposit(uint256 amount) private {
        vm.prank(ALICE);
        weth.deposit{value: amount}();
    }

    function refusesWithoutData(address from, bytes memory call) private {
        vm.prank(from);
        (bool success, bytes memory reason) = address(weth).call(call);
        check(!success, "refused");
        equal(reason.length, 0, "without data");
    }

    function test_is_called_what_it_is_called() public view {
        equal(weth.name(), "Wrapped Ether", "name");
        equal(weth.symbol(), "WETH", "symbol");
        equal(weth.decimals(), 18, "decimals");
    }

    function test_whatever_comes_without_a_name_is_a_deposit() public {
        bytes[2] memory calls = [bytes(""), hex"deadbeef00"];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit();
            emit Deposit(ALICE, 1 ether);
            vm.prank(ALICE);
            (bool success,) = address(weth).call{value: 1 ether}(calls[i]);
            check(success, "taken");
            equal(weth.balanceOf(ALICE), (i + 1) * 1 ether, "balance");
        }
        equal(weth.totalSupply(), 2 ether, "supply");
    }

    function test_withdrawals_pay_out() public {
        deposit(3 ether);
        vm.expectEmit();
        emit Withdrawal(ALICE, 1 ether);
        vm.prank(ALICE);
        weth.withdraw(1 ether);
        equal(ALICE.balance, 98 ether, "ether");
        equal(weth.balanceOf(ALICE), 2 ether, "tokens");
        refusesWithoutData(ALICE, abi.encodeCall(WETH9.withdraw, (2 ether + 1)));
    }

    function test_who_withdraws_gets_the_stipend_only() public {
        Spender spender = new Spender();
        deposit(1 ether);
        vm.prank(ALICE);
        weth.transfer(address(spender), 1 ether);
        (bool success, bytes memory reason) =
            address(spender).call(abi.encodeCall(Spender.withdraw, (weth, 1 ether)));
        check(!success, "refused");
        equal(reason.length, 0, "without data");
    }

    function test_transfers_need_a_balance() public {
        deposit(1 ether);
        vm.expectEmit();
        emit Transfer(ALICE, BOB, 1 ether);
        vm.prank(ALICE);
        check(weth.transfer(BOB, 1 ether), "true");
        refusesWithoutData(ALICE, abi.encodeCall(WETH9.transfer, (BOB, 1)));
        vm.prank(ALICE);
        check(weth.transfer(BOB, 0), "nothing can always be sent");
    }

    function test_an_allowance_is_used_up() public {
        deposit(3 ether);
        vm.expectEmit();
        emit Approval(ALICE, BOB, 2 ether);
        vm.prank(ALICE);
        weth.approve(BOB, 2 ether);
        vm.prank(BOB);
        weth.transferFrom(ALICE, BOB, 1.5 ether);
        equal(weth.allowance(ALICE, BOB), 0.5 ether, "left");
        refusesWithoutData(BOB, abi.encodeCall(WETH9.transferFrom, (ALICE, BOB, 1 ether)));
    }

    function test_an_allowance_without_end_is_not() public {
        deposit(3 ether);
        vm.prank(ALICE);
        weth.approve(BOB, type(uint256).max);
        vm.prank(BOB);
        weth.transferFrom(ALICE, BOB, 1 ether);
        equal(weth.allowance(ALICE, BOB), type(uint256).max, "left");
    }

    function test_nobody_needs_an_allowance_for_its_own() public {
        deposit(1 ether);
        vm.prank(ALICE);
        weth.transferFrom(ALICE, BOB, 1 ether);
        equal(weth.balanceOf(BOB), 1 ether, "balance");
    }

    function testFuzz_a_transfer_to_oneself_changes_nothing(uint96 amount) public {
        vm.deal(ALICE, amount);
        deposit(amount);
        vm.prank(ALICE);
        weth.transfer(ALICE, amount);
        equal(weth.balanceOf(ALICE), amount, "balance");
    }

    function testFuzz_every_token_is_backed(uint96 first, uint96 second, uint96 back) public {
        vm.deal(ALICE, uint256(first) + second);
        deposit(first);
        deposit(second);
        uint256 total = uint256(first) + second;
        uint256 amount = total == 0 ? 0 : back % (total + 1);
        vm.prank(ALICE);
        weth.withdraw(amount);
        equal(weth.totalSupply(), total - amount, "supply");
        equal(weth.balanceOf(ALICE), total - amount, "balance");
    }
}

contract Target {
    uint256 public received;

    function echo(uint256 value) external payable returns (uint256) {
        received += msg.value;
        return value;
    }

    function fail() external payable {
        revert("no");
    }
}

contract Multicall3Test is Test {
    Multicall3 private multicall;
    Target private target;

    function setUp() public {
        multicall = new Multicall3();
        target = new Target();
        vm.deal(address(this), 10 ether);
    }

    function echo(uint256 value) private pure returns (bytes memory) {
        return abi.encodeCall(Target.echo, (value));
    }

    function two(bool secondFails) private view returns (Multicall3.Call[] memory calls) {
        calls = new Multicall3.Call[](2);
        calls[0] = Multicall3.Call(address(target), echo(7));
        calls[1] = Multicall3.Call(
            address(target), secondFails ? abi.encodeCall(Target.fail, ()) : echo(8)
        );
    }

    function test_aggregate_returns_what_each_returned() public {
        (uint256 number, bytes[] memory data) = multicall.aggregate(two(false));
        equal(number, block.number, "number");
        equal(abi.decode(data[0], (uint256)), 7, "first");
        equal(abi.decode(data[1], (uint256)), 8, "second");
        vm.expectRevert(text("Multicall3: call failed"));
        multicall.aggregate(two(true));
    }

    function test_try_aggregate_lets_calls_fail() public {
        Multicall3.Result[] memory results = multicall.tryAggregate(false, two(true));
        check(results[0].success && !results[1].success, "one of two");
        check(keccak256(results[1].returnData) == keccak256(text("no")), "why");
        vm.expectRevert(text("Multicall3: call failed"));
        multicall.tryAggregate(true, two(true));
    }

    function test_block_and_aggregate_say_in_which_block() public {
        (uint256 number, bytes32 hash, Multicall3.Result[] memory results) =
            multicall.blockAndAggregate(two(false));
        equal(number, block.number, "number");
        check(hash == blockhash(block.number), "hash");
        equal(abi.decode(results[1].returnData, (uint256)), 8, "second");
        (,, results) = multicall.tryBlockAndAggregate(false, two(true));
        check(!results[1].success, "failed");
        vm.expectRevert(text("Multicall3: call failed"));
        multicall.blockAndAggregate(two(true));
    }

    function test_aggregate3_lets_those_fail_that_may() public {
        Multicall3.Call3[] memory calls = new Multicall3.Call3[](2);
        calls[0] = Multicall3.Call3(address(target), false, echo(7));
        calls[1] = Multicall3.Call3(address(target), true, abi.encodeCall(Target.fail, ()));
        Multicall3.Result[] memory results = multicall.aggregate3(calls);
        check(results[0].success && !results[1].success, "one of two");
        calls[1].allowFailure = false;
        vm.expectRevert(text("Multicall3: call failed"));
        multicall.aggregate3(calls);
    }

    function test_aggregate3_value_spends_exactly_what_comes() public {
        Multicall3.Call3Value[] memory calls = new Multicall3.Call3Value[](2);
        calls[0] = Multicall3.Call3Value(address(target), false, 1 ether, echo(7));
        calls[1] = Multicall3.Call3Value(address(target), true, 2 ether, echo(8));
        multicall.aggregate3Value{value: 3 ether}(calls);
        equal(target.received(), 3 ether, "received");
        vm.expectRevert(text("Multicall3: value mismatch"));
        multicall.aggregate3Value{value: 4 ether}(calls);
        calls[1].allowFailure = false;
        vm.expectRevert(text("Multicall3: call failed"));
        multicall.aggregate3Value{value: 2 ether}(calls);
    }

    function test_tells_of_the_block() public view {
        equal(multicall.getBlockNumber(), block.number, "number");
        equal(multicall.getCurrentBlockTimestamp(), block.timestamp, "timestamp");
        equal(multicall.getCurrentBlockGasLimit(), block.gaslimit, "gas limit");
        equal(multicall.getCurrentBlockCoinbase(), block.coinbase, "coinbase");
        equal(multicall.getCurrentBlockDifficulty(), block.difficulty, "difficulty");
        equal(multicall.getBasefee(), block.basefee, "base fee");
        equal(multicall.getChainId(), block.chainid, "chain id");
        equal(multicall.getEthBalance(address(this)), 10 ether, "balance");
        check(multicall.getBlockHash(block.number) == blockhash(block.number), "hash");
        check(multicall.getLastBlockHash() == blockhash(block.number - 1), "last hash");
    }
}
