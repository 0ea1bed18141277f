// SPDX-License-Identifier: Apache-2.0
#include "rlpx/base_messages.hpp"

#include "meta138/base/assert.hpp"

using namespace meta138;
using namespace meta138::p2p;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto hello = rlpx::decode_hello(input)) {
        META138_ASSERT(hello->client_id.size() <= rlpx::max_client_id_bytes);
        META138_ASSERT(hello->capabilities.size() <= rlpx::max_offered_capabilities);
        META138_ASSERT(rlpx::decode_hello(rlpx::encode_hello(*hello)) == *hello);
        const OfferedCapability ours[] = {
            {.capability = {.name = "eth", .version = 68}, .message_count = 17},
            {.capability = {.name = "istanbul", .version = 100}, .message_count = 22}};
        META138_ASSERT(shared_capabilities(ours, hello->capabilities).size() <= 2);
    }
    const auto reason = rlpx::decode_disconnect(input);
    META138_ASSERT(!to_string(reason).empty());
    if (reason != DisconnectReason::unknown)
        META138_ASSERT(rlpx::decode_disconnect(rlpx::encode_disconnect(reason)) == reason);
    return 0;
}
