// SPDX-License-Identifier: Apache-2.0
// Whatever the hexadecimal and number readers take must print as the same text again.
#include "meta138/base/hex.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/uint256.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

std::string lower_case(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto bytes = decode_hex(text)) META138_ASSERT(to_hex(*bytes) == lower_case(text));
    if (const auto bytes = decode_hex_digits(text))
        META138_ASSERT(to_hex_digits(*bytes) == lower_case(text));
    if (const auto address = decode_fixed_hex<Address>(text))
        META138_ASSERT(to_hex(address->bytes) == lower_case(text));
    if (const auto number = parse_quantity(text)) {
        META138_ASSERT(to_quantity(*number) == lower_case(text));
        META138_ASSERT(parse_hex_uint256(text) == *number && parse_uint256(text) == *number);
    }
    if (const auto number = parse_uint256(text))
        META138_ASSERT(parse_uint256(to_string(*number)) == *number);
    return 0;
}
