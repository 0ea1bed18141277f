// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/safety_record.hpp"

#include "meta138/base/assert.hpp"

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto record = qbft::decode_safety_record(input))
        META138_ASSERT(qbft::encode_safety_record(*record) == to_bytes(input));
    return 0;
}
