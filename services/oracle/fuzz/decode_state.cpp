// SPDX-License-Identifier: Apache-2.0
// A state file that is taken says the same after it was written again.
#include "state_file.hpp"

#include "meta138/base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138::oracle;
    const auto state = decode_state({reinterpret_cast<const char*>(data), size});
    if (state) META138_ASSERT(decode_state(encode_state(*state)) == *state);
    return 0;
}
