// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace meta138::node {

/// Whose extra data `rlp encode` and `rlp decode` are about.
enum class ExtraDataType : std::uint8_t { ibft, qbft };

/// "IBFT_EXTRA_DATA" or "QBFT_EXTRA_DATA". Throws OptionError for other words.
ExtraDataType parse_extra_data_type(std::string_view word);

/// Extra data with these validators in this order, and nothing else in it, as genesis blocks have.
Bytes encode_validators(ExtraDataType type, std::span<const Address> validators);

/// What `rlp encode` writes for a JSON array of addresses. Throws OptionError.
std::string encode_validators_json(ExtraDataType type, std::string_view json);
/// What `rlp decode` writes for extra data in hexadecimal digits: "[0x…, 0x…]". Throws OptionError.
std::string decode_validators_hex(ExtraDataType type, std::string_view hex);

}  // namespace meta138::node
