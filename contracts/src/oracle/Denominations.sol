// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What stands for an asset that has no contract
/// @notice For the assets that Chainlink's Denominations name, the same: ether and bitcoin as there,
/// currencies by their number in ISO 4217. For any other symbol the last 20 bytes of its hash.
library Denominations {
    address internal constant ETH = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    address internal constant BTC = 0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB;

    address internal constant ARS = address(32);
    address internal constant AUD = address(36);
    address internal constant CAD = address(124);
    address internal constant CNY = address(156);
    address internal constant INR = address(356);
    address internal constant JPY = address(392);
    address internal constant KRW = address(410);
    address internal constant NZD = address(554);
    address internal constant NGN = address(566);
    address internal constant PHP = address(608);
    address internal constant RUB = address(643);
    address internal constant SGD = address(702);
    address internal constant ZAR = address(710);
    address internal constant CHF = address(756);
    address internal constant GBP = address(826);
    address internal constant USD = address(840);
    address internal constant EUR = address(978);
    address internal constant BRL = address(986);

    /// @notice What stands for any other asset
    /// @param symbol Such as "SOL", in capitals
    function fromSymbol(string memory symbol) internal pure returns (address) {
        return address(uint160(uint256(keccak256(bytes(symbol)))));
    }
}
