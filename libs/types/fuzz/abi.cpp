// SPDX-License-Identifier: Apache-2.0
// The first byte chooses types; what decodes under them encodes and decodes to the same values.
#include "meta138/types/abi.hpp"

#include "meta138/base/assert.hpp"

#include <array>
#include <string_view>

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto type = parse_abi_type(text)) META138_ASSERT(type->head_size() >= 32);

    static constexpr std::array<std::string_view, 6> names{
        "string[]",   "(address,bytes)[]",     "uint8[2][]",
        "bytes[][3]", "(int16,(bool,string))", "bytes4"};
    const std::array types{*parse_abi_type(names[data[0] % names.size()]),
                           *parse_abi_type("uint64")};
    const auto values = decode_abi(types, ByteView{data + 1, size - 1});
    if (!values) return 0;
    const auto encoded = encode_abi(types, *values);
    META138_ASSERT(encoded && decode_abi(types, *encoded) == *values);
    return 0;
}
