// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/keystore.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace meta138::signer {

inline constexpr std::size_t max_keystore_size = 64 << 10;

/// The JSON of a Web3 Secret Storage file, version 3 (scrypt or PBKDF2; what geth, Besu, ethers and
/// web3.js write). The error is a sentence about what is wrong, without content of the file.
[[nodiscard]] std::expected<crypto::Keystore, std::string> decode_keystore(std::string_view json);

/// The same file of `keystore`, with the address of its key.
[[nodiscard]] std::string encode_keystore(const crypto::Keystore& keystore, const Address& address);

/// The memory that opening it takes, in bytes.
[[nodiscard]] std::uint64_t decryption_memory(const crypto::Keystore& keystore) noexcept;

}  // namespace meta138::signer
