// SPDX-License-Identifier: Apache-2.0
#include "rlpx/ecies.hpp"
#include "rlpx/handshake.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>

using namespace meta138;
using namespace meta138::p2p;

namespace {

const auto our_key = crypto::SecretKey::from(Hash32{{1}}).value();
const auto their_key = crypto::SecretKey::from(Hash32{{2}}).value();

void constant(std::span<std::uint8_t> out) {
    std::ranges::fill(out, std::uint8_t{0x11});
}

/// A packet with this content that decrypts: the encryption would keep the fuzzer out.
Bytes sealed(const crypto::PublicKey& to, ByteView content) {
    const auto size = content.size() + rlpx::ecies_overhead;
    Bytes packet = {static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    const auto body = rlpx::ecies_encrypt(to, content, packet, constant);
    packet.insert(packet.end(), body->begin(), body->end());
    return packet;
}

}  // namespace

// The packets as they are, and as the content of packets that decrypt.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    const auto id = crypto::public_key(our_key);
    rlpx::Recipient recipient{our_key};
    for (const auto piece : {size / 2, size}) {
        const auto done = recipient.receive(input.first(piece), constant);
        if (done && *done) META138_ASSERT((*done)->consumed <= piece);
    }
    static const auto initiator =
        rlpx::Initiator::begin(our_key, crypto::public_key(their_key), constant);
    std::ignore = initiator->receive(input);

    if (size > 1500) return 0;
    const auto packet = sealed(id, input);
    std::ignore = initiator->receive(packet);
    const auto done = rlpx::Recipient{our_key}.receive(packet, constant);
    if (done && *done) META138_ASSERT((*done)->consumed == packet.size());
    if (const auto plain = rlpx::ecies_encrypt(id, input, {}, constant);
        plain->size() == rlpx::plain_auth_size)
        std::ignore = rlpx::Recipient{our_key}.receive(*plain, constant);
    return 0;
}
