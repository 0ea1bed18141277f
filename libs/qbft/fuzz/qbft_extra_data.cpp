// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"

using namespace meta138;
using namespace meta138::qbft;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto extra_data = decode_extra_data(input)) {
        // Further items are dropped, so only the value comes back.
        META138_ASSERT(decode_extra_data(encode_extra_data(*extra_data)) == extra_data);
        for (const auto parts :
             {ExtraDataParts::without_seals, ExtraDataParts::without_seals_and_round})
            META138_ASSERT(decode_extra_data(encode_extra_data(*extra_data, parts)).has_value());
    }
    if (const auto extra_data = ibft2::decode_extra_data(input))
        META138_ASSERT(ibft2::encode_extra_data(*extra_data) == to_bytes(input));
    static_cast<void>(ibft1::decode_extra_data(input));

    Header header;
    header.number = 1;
    header.extra_data = to_bytes(input);
    META138_ASSERT(on_chain_hash(with_round(header, 1)) == on_chain_hash(header));
    static_cast<void>(ibft2::on_chain_hash(header));
    static_cast<void>(ibft1::recover_proposer(header));
    return 0;
}
