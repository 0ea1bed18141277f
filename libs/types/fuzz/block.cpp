// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/block.hpp"

#include "meta138/base/assert.hpp"

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto block = decode_block(input)) {
        META138_ASSERT(encode_block(*block) == to_bytes(input));
        static_cast<void>(transactions_root(block->transactions));
        static_cast<void>(ommers_hash(block->ommers));
        if (block->withdrawals) static_cast<void>(withdrawals_root(*block->withdrawals));
    }
    if (const auto body = decode_block_body(input))
        META138_ASSERT(encode_block_body(*body) == to_bytes(input));
    return 0;
}
