// SPDX-License-Identifier: Apache-2.0
// What calls return, as a node that is not ours to trust might say it. What was read is written the
// same way again.
#include "meta138/base/assert.hpp"
#include "meta138/contracts/abi.hpp"
#include "meta138/contracts/feed.hpp"

using namespace meta138;
using namespace meta138::contracts;

namespace {

void read_dynamic(ByteView input) {
    abi::Results results{input};
    const std::string text = results.text(256);
    const std::vector<Address> addresses = results.addresses(16);
    META138_ASSERT(text.size() <= 256 && addresses.size() <= 16);
    if (!results.ok()) return;
    const Bytes encoded = abi::Arguments{}.text(text).addresses(addresses).encode();
    abi::Results again{encoded};
    META138_ASSERT(again.text() == text && again.addresses() == addresses && again.ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto round = decode_round_data(input)) {
        const Bytes encoded = abi::Arguments{}
                                  .integer(round->round_id)
                                  .integer(round->answer)
                                  .integer(round->started_at)
                                  .integer(round->updated_at)
                                  .integer(round->answered_in_round)
                                  .encode();
        META138_ASSERT(equal(encoded, input.first(encoded.size())));
    }
    if (const auto state = decode_feed_state(input)) META138_ASSERT(size >= 15 * 32);
    META138_ASSERT(abi::describe_revert(input).size() <= 4096);
    read_dynamic(input);
    return 0;
}
