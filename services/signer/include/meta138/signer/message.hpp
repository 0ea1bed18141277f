// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/eip712.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace meta138::signer {

/// What eth_sign signs: keccak256 of "\x19Ethereum Signed Message:\n", the length in decimal, and
/// the message (EIP-191 version 0x45).
[[nodiscard]] Hash32 personal_message_hash(ByteView message);

/// The message of an eth_sign parameter, as Web3Signer has it: hexadecimal when it starts with 0x,
/// else the text itself.
[[nodiscard]] std::expected<Bytes, std::string> decode_message(std::string_view parameter);

/// The typed data of eth_signTypedData, _v3 or _v4: an object, or a string that holds one.
[[nodiscard]] std::expected<TypedDataHashes, TypedDataError> hash_typed_data_parameter(
    json::Value parameter);

/// r, s and v of 27 or 28: 65 bytes, the answer of eth_sign and of Web3Signer's REST route.
[[nodiscard]] FixedBytes<65> encode_signature(const crypto::Signature& signature) noexcept;

}  // namespace meta138::signer
