// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/eip712.hpp"

#include "meta138/base/assert.hpp"

#include <string_view>

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto hashes = hash_typed_data({reinterpret_cast<const char*>(data), size});
    if (!hashes) META138_ASSERT(!hashes.error().where.empty() && !hashes.error().reason.empty());
    return 0;
}
