// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace meta138 {

/// What signing typed structured data means (EIP-712).
struct TypedDataHashes {
    std::string encoded_type;  ///< encodeType of the primary type.
    Bytes encoded_message;     ///< typeHash and encodeData of the message.
    Hash32 domain_separator;   ///< hashStruct of the domain.
    Hash32 message_hash;       ///< hashStruct of the message.
    Hash32 digest;  ///< keccak256(0x1901, domain_separator, message_hash): what is signed.

    friend bool operator==(const TypedDataHashes&, const TypedDataHashes&) = default;
};

/// Which place of the text is wrong ("message.from.wallet"), and why.
struct TypedDataError {
    std::string where;
    std::string reason;

    friend bool operator==(const TypedDataError&, const TypedDataError&) = default;
};

/// "message.from.wallet: not an address"
std::string to_string(const TypedDataError& error);

inline constexpr std::size_t max_typed_data_size = std::size_t{4} << 20;

/// Hashes the JSON of eth_signTypedData: {types, primaryType, domain, message}.
///
/// Strict: every member of a type must be given, and nothing else (what is not part of the type is
/// not signed, but may be shown to whoever signs); integers must fit, fixed bytes and arrays have
/// their exact length. Integers are JSON integers or strings, decimal or after 0x hexadecimal.
std::expected<TypedDataHashes, TypedDataError> hash_typed_data(std::string_view json);

}  // namespace meta138
