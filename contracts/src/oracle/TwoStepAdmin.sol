// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title One admin, who hands over in two steps
/// @notice The role passes to another account when that account takes it, so that it cannot get lost
/// to a mistyped address.
abstract contract TwoStepAdmin {
    /// @custom:storage-location erc7201:meta138.storage.TwoStepAdmin
    struct TwoStepAdminStorage {
        address admin;
        address pendingAdmin;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("meta138.storage.TwoStepAdmin")) - 1)) & ~0xff
    bytes32 private constant LOCATION =
        0xbeed51d1dd46509734bc91ebd4579d3891e4a17c320e609d105fc8e46c6b2800;

    /// @notice The admin wants another account to take the role; zero: nobody any more.
    event AdminTransferRequested(address indexed from, address indexed to);
    /// @notice The role has passed.
    event AdminTransferred(address indexed from, address indexed to);

    /// @notice The caller is not the admin.
    error NotAdmin(address caller);
    /// @notice The caller is not the one who was asked to become admin.
    error NotPendingAdmin(address caller);
    /// @notice A contract without an admin would stay as it is for ever.
    error AdminIsZero();

    modifier onlyAdmin() {
        if (msg.sender != admin()) revert NotAdmin(msg.sender);
        _;
    }

    /// @notice Who decides
    function admin() public view returns (address) {
        return _adminStorage().admin;
    }

    /// @notice Who may become admin by calling acceptAdmin; zero: nobody
    function pendingAdmin() external view returns (address) {
        return _adminStorage().pendingAdmin;
    }

    /// @notice Offers the role. Only for the admin, who keeps it until it is taken.
    /// @param newAdmin To whom; zero takes an offer back
    function transferAdmin(address newAdmin) external onlyAdmin {
        _adminStorage().pendingAdmin = newAdmin;
        emit AdminTransferRequested(msg.sender, newAdmin);
    }

    /// @notice Takes the role. Only for whom it was offered to.
    function acceptAdmin() external {
        TwoStepAdminStorage storage $ = _adminStorage();
        if (msg.sender != $.pendingAdmin) revert NotPendingAdmin(msg.sender);
        delete $.pendingAdmin;
        _setAdmin(msg.sender);
    }

    /// @dev The first admin; afterwards only by acceptAdmin.
    function _setAdmin(address newAdmin) internal {
        if (newAdmin == address(0)) revert AdminIsZero();
        TwoStepAdminStorage storage $ = _adminStorage();
        emit AdminTransferred($.admin, newAdmin);
        $.admin = newAdmin;
    }

    function _adminStorage() private pure returns (TwoStepAdminStorage storage $) {
        assembly {
            $.slot := LOCATION
        }
    }
}
