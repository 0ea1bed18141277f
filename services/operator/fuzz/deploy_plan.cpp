// SPDX-License-Identifier: Apache-2.0
// Any text as a plan: refused with a reason, or a plan within the limits.
#include "meta138/operator/deploy_plan.hpp"

#include "meta138/base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto plan = op::parse_deploy_plan(text, "fuzz");
    if (plan)
        META138_ASSERT(op::validate_deploy_plan(*plan).has_value());
    else
        META138_ASSERT(plan.error().reason.starts_with("fuzz:"));
    return 0;
}
