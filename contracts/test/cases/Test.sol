// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The part of forge's cheat codes that these tests use
interface Vm {
    function warp(uint256 timestamp) external;
    function deal(address account, uint256 balance) external;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function expectRevert() external;
    function expectRevert(bytes calldata data) external;
    function expectEmit() external;
    function load(address account, bytes32 slot) external view returns (bytes32);
}

/// @title What tests share: assertions that say what they compared
abstract contract Test {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    error NotEqualUint(string what, uint256 got, uint256 expected);
    error NotEqualInt(string what, int256 got, int256 expected);
    error NotEqualText(string what, string got, string expected);
    error NotEqualAddress(string what, address got, address expected);
    error NotTrue(string what);

    function check(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function equal(uint256 got, uint256 expected, string memory what) internal pure {
        if (got != expected) revert NotEqualUint(what, got, expected);
    }

    function equal(int256 got, int256 expected, string memory what) internal pure {
        if (got != expected) revert NotEqualInt(what, got, expected);
    }

    function equal(address got, address expected, string memory what) internal pure {
        if (got != expected) revert NotEqualAddress(what, got, expected);
    }

    function equal(string memory got, string memory expected, string memory what) internal pure {
        if (keccak256(bytes(got)) != keccak256(bytes(expected))) {
            revert NotEqualText(what, got, expected);
        }
    }

    /// @dev A value between the two, both included.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + (value % (high - low + 1));
    }

    function text(string memory reason) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("Error(string)", reason);
    }
}
