// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/signer/audit_log.hpp"

#include <string_view>

using namespace meta138;

// A log that verifies, verifies line by line up to any point as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto summary = signer::verify_audit_text(text);
    if (!summary) {
        META138_ASSERT(summary.error().line > 0 && !summary.error().reason.empty());
        return 0;
    }
    const auto half = text.find('\n', text.size() / 2);
    if (half != std::string_view::npos)
        META138_ASSERT(signer::verify_audit_text(text.substr(0, half + 1)).has_value());
    return 0;
}
