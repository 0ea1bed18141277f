// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/receipt.hpp"

#include "meta138/base/assert.hpp"

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto receipt = decode_receipt(input))
        META138_ASSERT(encode_receipt(*receipt) == to_bytes(input));

    auto in = rlp::Reader::sequence(input);
    if (const auto receipt = in.finish(read_receipt_without_bloom(in))) {
        META138_ASSERT(receipt->bloom == bloom_of(receipt->logs));
        rlp::Writer out;
        write_receipt_without_bloom(out, *receipt);
        META138_ASSERT(out.take() == to_bytes(input));
    }
    return 0;
}
