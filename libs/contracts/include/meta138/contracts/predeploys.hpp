// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"

namespace meta138::contracts {

// Where wallets, libraries and other contracts expect the standard contracts.
inline constexpr Address weth9_address =
    literals::operator""_address("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", 42);
inline constexpr Address multicall3_address =
    literals::operator""_address("0xca11bde05977b3631167028862be2a173976ca11", 42);
inline constexpr Address create2_factory_address =
    literals::operator""_address("0x4e59b44847b379578588920ca78fbf26c0b4956c", 42);

/// Implementation slot of ERC-1967: keccak256("eip1967.proxy.implementation") - 1.
inline constexpr Hash32 erc1967_implementation_slot = literals::operator""_hash32(
    "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc", 66);

/// The deterministic deployment factory (github.com/Arachnid/deterministic-deployment-proxy):
/// called with a salt and creation code it creates a contract with CREATE2 and answers with its 20
/// bytes.
[[nodiscard]] ByteView create2_factory_code() noexcept;

/// Its keyless transaction: nobody has the key, the signature is a number made up, and so the same
/// contract comes to the same address on every chain that takes transactions without a chain id.
struct KeylessDeployment {
    ByteView raw_transaction{};
    Address sender{};  ///< Must own `cost` before.
    uint256 cost{};    ///< In wei: gas limit times gas price.
};
[[nodiscard]] KeylessDeployment create2_factory_deployment() noexcept;

/// Calldata of the factory: `salt` and the creation code with its arguments.
[[nodiscard]] Bytes create2_factory_call(const Hash32& salt, ByteView creation_code);

/// Where `deployer` creates it (EIP-1014).
[[nodiscard]] Address create2_address(const Hash32& salt, ByteView creation_code,
                                      const Address& deployer = create2_factory_address);

}  // namespace meta138::contracts
