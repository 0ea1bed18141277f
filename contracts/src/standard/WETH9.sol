// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Ether as an ERC-20 token
/// @notice Behaves as the contract at 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2 on Ethereum: whatever
/// calls it without naming a function deposits; refusals carry no data; an allowance of 2^256 - 1 is
/// never used up; who withdraws gets no more than the stipend of 2300 gas to react.
/// @dev All constant: the runtime code may stand in a genesis file.
contract WETH9 {
    /// @notice Its name
    string public constant name = "Wrapped Ether";
    /// @notice Its symbol
    string public constant symbol = "WETH";
    /// @notice How many decimals an amount has: as ether
    uint8 public constant decimals = 18;

    /// @notice How much of an account's another may spend
    mapping(address src => mapping(address guy => uint256 wad)) public allowance;
    /// @notice How much an account has
    mapping(address src => uint256 wad) public balanceOf;

    /// @notice An account lets another spend.
    event Approval(address indexed src, address indexed guy, uint256 wad);
    /// @notice Tokens were sent.
    event Transfer(address indexed src, address indexed dst, uint256 wad);
    /// @notice Ether became tokens.
    event Deposit(address indexed dst, uint256 wad);
    /// @notice Tokens became ether.
    event Withdrawal(address indexed src, uint256 wad);

    receive() external payable {
        deposit();
    }

    fallback() external payable {
        deposit();
    }

    /// @notice Turns the ether that comes with the call into tokens.
    function deposit() public payable {
        unchecked {
            // bounded by the ether there is
            balanceOf[msg.sender] += msg.value;
        }
        emit Deposit(msg.sender, msg.value);
    }

    /// @notice Turns tokens into ether.
    /// @param wad How many
    function withdraw(uint256 wad) external {
        _take(msg.sender, wad);
        assembly {
            // With value the machine itself adds 2300 gas.
            if iszero(call(mul(iszero(wad), 2300), caller(), wad, 0, 0, 0, 0)) {
                revert(0, 0)
            }
        }
        emit Withdrawal(msg.sender, wad);
    }

    /// @notice All ether that lies here
    function totalSupply() external view returns (uint256) {
        return address(this).balance;
    }

    /// @notice Lets another account spend.
    /// @param guy Who
    /// @param wad How much; 2^256 - 1: without end
    function approve(address guy, uint256 wad) external returns (bool) {
        allowance[msg.sender][guy] = wad;
        emit Approval(msg.sender, guy, wad);
        return true;
    }

    /// @notice Sends tokens.
    function transfer(address dst, uint256 wad) external returns (bool) {
        return transferFrom(msg.sender, dst, wad);
    }

    /// @notice Sends another's tokens, as far as it allows that.
    function transferFrom(address src, address dst, uint256 wad) public returns (bool) {
        if (src != msg.sender) {
            uint256 allowed = allowance[src][msg.sender];
            if (allowed != type(uint256).max) {
                if (allowed < wad) _refuse();
                unchecked {
                    allowance[src][msg.sender] = allowed - wad;
                }
            }
        }
        _take(src, wad);
        unchecked {
            // bounded by the ether there is
            balanceOf[dst] += wad;
        }
        emit Transfer(src, dst, wad);
        return true;
    }

    function _take(address src, uint256 wad) private {
        uint256 balance = balanceOf[src];
        if (balance < wad) _refuse();
        unchecked {
            balanceOf[src] = balance - wad;
        }
    }

    function _refuse() private pure {
        assembly {
            revert(0, 0)
        }
    }
}
