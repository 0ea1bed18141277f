// SPDX-License-Identifier: Apache-2.0
#include "rlpx/compression.hpp"

#include "meta138/base/assert.hpp"

using namespace meta138;
using namespace meta138::p2p;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    constexpr std::size_t limit = 100000;
    if (const auto plain = rlpx::decompress(input, limit))
        META138_ASSERT(plain->size() <= limit && plain->size() <= 22 * size);

    Bytes compressed(rlpx::max_compressed_size(size));
    compressed.resize(rlpx::compress(input, compressed.data()));
    META138_ASSERT(rlpx::decompress(compressed, size) == to_bytes(input));
    return 0;
}
