// SPDX-License-Identifier: Apache-2.0
// Bytes as an enode URL, as what follows the id of one, as a file of static nodes and as a subnet.
#include "meta138/p2p/enode.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/p2p/ip_address.hpp"

#include <string>

using namespace meta138;
using namespace meta138::p2p;

namespace {

constexpr std::string_view id =
    "1dd9d65c4552b5eb43d5ad55a2ee3f56c6cbc1c64a5c8d659f51fcd51bace243"
    "51232b8d7821617d2b29b54b81cdefb9b3e9c37d7fd5f63270bcc9e1a6f6a439";

void look_at(std::string_view url) {
    const auto enode = parse_enode(url);
    if (enode)
        META138_ASSERT(parse_enode(to_string(*enode)) == *enode);
    else
        META138_ASSERT(!enode.error().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    look_at(text);
    look_at("enode://" + std::string{id} + "@" + std::string{text});
    if (const auto nodes = parse_static_nodes(text))
        for (const auto& node : *nodes) META138_ASSERT(node.tcp_port != 0);
    if (const auto ip = IpAddress::parse(text))
        META138_ASSERT(IpAddress::parse(to_string(*ip)) == ip);
    if (const auto subnet = parse_subnet(text)) META138_ASSERT(subnet->contains(subnet->base));
    return 0;
}
