// SPDX-License-Identifier: Apache-2.0
// The first byte is the packet's type, the rest its content; we sign it, so that decoding goes on
// behind the signature. What decodes encodes again to something that decodes to the same.
#include "discovery/packet.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>

using namespace meta138;
using namespace meta138::p2p;

namespace {

const crypto::SecretKey& key() {
    static const auto result = crypto::SecretKey::from(crypto::keccak256({}).bytes).value();
    return result;
}

Bytes sign(ByteView type_and_content) {
    const auto signature = crypto::sign(crypto::keccak256(type_and_content), key());
    Bytes datagram(32);
    const auto append = [&datagram](ByteView bytes) {
        datagram.insert(datagram.end(), bytes.begin(), bytes.end());
    };
    append(signature.r.bytes);
    append(signature.s.bytes);
    datagram.push_back(signature.y_parity);
    append(type_and_content);
    std::ranges::copy(crypto::keccak256(ByteView{datagram}.subspan(32)), datagram.begin());
    return datagram;
}

bool fits(const discv4::Message& message) {
    if (const auto* const neighbors = std::get_if<discv4::Neighbors>(&message))
        return neighbors->nodes.size() <= discv4::max_neighbors;
    if (const auto* const response = std::get_if<discv4::EnrResponse>(&message))
        return response->record.size() <= max_record_bytes;
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    static_cast<void>(discv4::decode_packet(input));
    if (input.empty()) return 0;
    const auto packet = discv4::decode_packet(sign(input));
    if (!packet) return 0;
    META138_ASSERT(packet->sender == crypto::public_key(key()));
    if (!fits(packet->message)) return 0;
    const auto again = discv4::decode_packet(encode_packet(packet->message, key()).datagram);
    META138_ASSERT(again);
    // A ping's version is not kept.
    META138_ASSERT(again->message == packet->message);
    return 0;
}
