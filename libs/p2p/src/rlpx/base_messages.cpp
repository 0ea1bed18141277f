// SPDX-License-Identifier: Apache-2.0
#include "rlpx/base_messages.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <algorithm>

namespace meta138::p2p::rlpx {
namespace {

std::string printable(ByteView text, std::size_t max_size) {
    std::string result;
    for (const auto byte : text.first(std::min(text.size(), max_size)))
        result += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?';
    return result;
}

Capability read_capability(rlp::Reader& in) {
    auto fields = in.list();
    const auto name = fields.bytes();
    const auto version = fields.integer<std::uint64_t>();
    while (!fields.empty()) fields.raw_item();
    if (name.size() > max_capability_name_bytes) return {};
    return {.name = {reinterpret_cast<const char*>(name.data()), name.size()}, .version = version};
}

bool is_known(std::uint8_t reason) noexcept {
    using enum DisconnectReason;
    switch (static_cast<DisconnectReason>(reason)) {
        case requested:
        case tcp_error:
        case breach_of_protocol:
        case useless_peer:
        case too_many_peers:
        case already_connected:
        case incompatible_version:
        case null_identity:
        case client_quitting:
        case unexpected_identity:
        case same_identity:
        case timeout:
        case subprotocol_error: return true;
        case unknown: return false;
    }
    return false;
}

}  // namespace

std::expected<Hello, rlp::DecodeError> decode_hello(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    Hello hello;
    hello.version = in.integer<std::uint64_t>();
    hello.client_id = printable(in.bytes(), max_client_id_bytes);
    hello.capabilities = in.items(read_capability, max_offered_capabilities);
    // A port is not checked by anybody: some send none that is one.
    const auto port = in.integer<std::uint64_t>();
    hello.listen_port = port <= 0xffff ? static_cast<std::uint16_t>(port) : std::uint16_t{0};
    hello.id = in.fixed<crypto::PublicKey>();
    while (!in.empty()) in.raw_item();
    std::erase_if(hello.capabilities, [](const auto& offered) { return offered.name.empty(); });
    return in.finish(std::move(hello));
}

Bytes encode_hello(const Hello& hello) {
    rlp::Writer out;
    out.list([&] {
        out.integer(hello.version).string(as_bytes(hello.client_id));
        out.items(hello.capabilities, [](rlp::Writer& to, const Capability& offered) {
            to.list([&] { to.string(as_bytes(offered.name)).integer(offered.version); });
        });
        out.integer(std::uint64_t{hello.listen_port}).fixed(hello.id);
    });
    return out.take();
}

DisconnectReason decode_disconnect(ByteView payload) noexcept {
    if (payload.size() == 2 && payload[0] == 0xc1) payload = payload.subspan(1);
    if (payload.size() != 1) return DisconnectReason::unknown;
    const std::uint8_t reason = payload[0] == 0x80 ? std::uint8_t{0} : payload[0];
    return is_known(reason) ? static_cast<DisconnectReason>(reason) : DisconnectReason::unknown;
}

Bytes encode_disconnect(DisconnectReason reason) {
    if (reason == DisconnectReason::unknown) return rlp::encode_list(ByteView{});
    return rlp::encode_list(std::uint64_t{static_cast<std::uint8_t>(reason)});
}

}  // namespace meta138::p2p::rlpx
