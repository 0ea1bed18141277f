// SPDX-License-Identifier: Apache-2.0
// What decodes encodes to the same bytes, and the cheap check agrees with the decoder.
#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/item.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138;
    const ByteView input{data, size};
    const auto item = rlp::decode_item(input);
    const auto checked = rlp::validate_item(input);
    META138_ASSERT(item.has_value() == checked.has_value());
    if (item)
        META138_ASSERT(rlp::encode_item(*item) == to_bytes(input));
    else
        META138_ASSERT(item.error() == checked.error() && item.error().offset <= size);
    return 0;
}
