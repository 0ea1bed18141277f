// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace meta138::p2p {

/// A sub-protocol by name and version (devp2p rlpx.md, Hello): "eth" 68, "istanbul" 100.
struct Capability {
    std::string name{};
    std::uint64_t version = 0;

    friend auto operator<=>(const Capability&, const Capability&) = default;
};

/// A capability that this node offers, and how many message codes it reserves.
struct OfferedCapability {
    Capability capability{};
    std::uint8_t message_count = 0;
};

/// One that both sides have, and where its codes begin in the connection's numbering.
struct SharedCapability {
    Capability capability{};
    std::uint8_t offset = 0;
    std::uint8_t message_count = 0;
};

/// The highest common version of each name, in the byte order of names, from code 0x10 on (rlpx.md,
/// "Message ID-based multiplexing"). Empty when there is none.
[[nodiscard]] std::vector<SharedCapability> shared_capabilities(
    std::span<const OfferedCapability> ours, std::span<const Capability> theirs);

}  // namespace meta138::p2p
