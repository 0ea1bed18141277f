// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/types/block.hpp"

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto header = decode_header(input)) {
        META138_ASSERT(is_well_formed(*header));
        META138_ASSERT(encode_header(*header) == to_bytes(input));
    }
    return 0;
}
