// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/capability.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace meta138::p2p {
namespace {

constexpr unsigned first_code = 0x10;  // below: the base protocol's
// Codes are one RLP byte, and stay below 0x80 so that they are their own encoding.
constexpr unsigned end_of_codes = 0x80;

}  // namespace

std::vector<SharedCapability> shared_capabilities(std::span<const OfferedCapability> ours,
                                                  std::span<const Capability> theirs) {
    std::map<std::string_view, const OfferedCapability*> highest;
    for (const auto& offered : ours) {
        if (std::ranges::find(theirs, offered.capability) == theirs.end()) continue;
        auto& best = highest[offered.capability.name];
        if (best == nullptr || best->capability.version < offered.capability.version)
            best = &offered;
    }

    std::vector<SharedCapability> shared;
    unsigned offset = first_code;
    for (const auto& [name, offered] : highest) {
        META138_ASSERT(offset + offered->message_count <= end_of_codes);
        shared.push_back({.capability = offered->capability,
                          .offset = static_cast<std::uint8_t>(offset),
                          .message_count = offered->message_count});
        offset += offered->message_count;
    }
    return shared;
}

}  // namespace meta138::p2p
