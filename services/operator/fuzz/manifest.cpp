// SPDX-License-Identifier: Apache-2.0
// Any text as a manifest: refused, or written again and read again it is the same.
#include "meta138/operator/manifest.hpp"

#include "meta138/base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto manifest = op::parse_manifest(text);
    if (!manifest) {
        META138_ASSERT(!manifest.error().reason.empty());
        return 0;
    }
    META138_ASSERT(op::parse_manifest(op::to_json(*manifest)) == *manifest);
    static_cast<void>(op::to_text(*manifest, {}));
    return 0;
}
