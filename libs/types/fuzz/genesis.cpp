// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/genesis.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/types/fork_id.hpp"

#include <string_view>

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto genesis = parse_genesis(std::string_view{reinterpret_cast<const char*>(data), size});
    if (!genesis) {
        META138_ASSERT(!genesis.error().where.empty() && !genesis.error().reason.empty());
        return 0;
    }
    const auto header = genesis_header(*genesis, Hash32{});
    META138_ASSERT(decode_header(encode_header(header)) == header);
    const ForkFilter filter{block_hash(header), header.timestamp, genesis->schedule};
    const auto id = filter.fork_id(header.number, header.timestamp);
    META138_ASSERT(filter.validate(id, header.number, header.timestamp) == ForkIdVerdict::accept);
    return 0;
}
