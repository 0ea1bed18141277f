// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/nat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace meta138::p2p {
namespace {

std::string upper_case(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return result;
}

}  // namespace

std::expected<NatMethod, std::string> parse_nat_method(std::string_view name) {
    const auto word = upper_case(name);
    if (word == "NONE" || word == "MANUAL") return NatMethod::none;
    if (word == "AUTO" || word == "DOCKER" || word == "KUBERNETES") return NatMethod::automatic;
    if (word == "UPNP" || word == "UPNPP2PONLY")
        return std::unexpected{
            "UPnP is not supported; forward the port by hand and set --p2p-host and --p2p-port to "
            "what others reach"};
    return std::unexpected{fmt::format(
        "'{}' is no NAT method; there are NONE, AUTO, MANUAL, DOCKER and KUBERNETES", name)};
}

}  // namespace meta138::p2p
