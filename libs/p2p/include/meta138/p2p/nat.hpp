// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace meta138::p2p {

/// How a node learns under which address others reach it (Besu --nat-method).
enum class NatMethod : std::uint8_t {
    none,       ///< As the options say.
    automatic,  ///< As the options say, unless that is loopback: then as several others see us.
};

/// NONE (or MANUAL) and AUTO, in any letter case; DOCKER and KUBERNETES mean AUTO, with an address
/// that the platform gives (--p2p-host). UPnP is not supported, and the error says what to do.
std::expected<NatMethod, std::string> parse_nat_method(std::string_view name);

}  // namespace meta138::p2p
