// SPDX-License-Identifier: Apache-2.0
#include "validator_contract.hpp"

#include "meta138/base/assert.hpp"

using namespace meta138;

// What a validator contract returned.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto validators = consensus::decode_validators({data, size})) {
        META138_ASSERT(validators->size() <= consensus::max_contract_validators);
        META138_ASSERT(32 + 32 * validators->size() <= size);
    }
    return 0;
}
