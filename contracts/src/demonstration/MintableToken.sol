// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title An ERC-20 token whose owner makes as much of it as it likes
/// @notice For demonstrations and benchmarks: it is worth nothing.
contract MintableToken is ERC20, Ownable {
    uint8 private immutable _decimals;

    /// @param name_ Such as "Demonstration Dollar"
    /// @param symbol_ Such as "DUSD"
    /// @param decimals_ How many decimals an amount has
    /// @param owner_ Who may mint
    constructor(string memory name_, string memory symbol_, uint8 decimals_, address owner_)
        ERC20(name_, symbol_)
        Ownable(owner_)
    {
        _decimals = decimals_;
    }

    /// @notice How many decimals an amount has
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    /// @notice Makes tokens. Only for the owner.
    /// @param to Whose they are
    /// @param amount How many
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    /// @notice Destroys tokens of the caller.
    /// @param amount How many
    function burn(uint256 amount) external {
        _burn(msg.sender, amount);
    }
}
