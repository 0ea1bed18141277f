// SPDX-License-Identifier: Apache-2.0
#include "rlpx/base_messages.hpp"
#include "rlpx/frames.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/p2p/session.hpp"

#include <algorithm>

using namespace meta138;
using namespace meta138::p2p;

namespace {

const auto our_key = crypto::SecretKey::from(Hash32{{1}}).value();
const auto their_key = crypto::SecretKey::from(Hash32{{2}}).value();
const LocalPeer local{
    .key = &our_key,
    .client_id = "fuzz",
    .listen_port = 0,
    .capabilities = {{.capability = {.name = "eth", .version = 68}, .message_count = 17},
                     {.capability = {.name = "istanbul", .version = 100}, .message_count = 22}}};
const Session::Limits limits{.max_message_bytes = 100000};

void constant(std::span<std::uint8_t> out) {
    std::ranges::fill(out, std::uint8_t{0x11});
}

struct Ended {
    bool value = false;
    std::size_t messages = 0;
};

void check(const std::vector<Session::Event>& events, Ended& ended) {
    for (const auto& event : events) {
        META138_ASSERT(!ended.value);  // nothing after Closed
        if (const auto* message = std::get_if<Session::Message>(&event)) {
            ++ended.messages;
            META138_ASSERT(message->capability < 2 && message->code < 22);
            META138_ASSERT(message->payload.size() <= limits.max_message_bytes);
        }
        ended.value = std::holds_alternative<Session::Closed>(event);
    }
}

Bytes frame_of(rlpx::FrameWriter& writer, ByteView content) {
    Bytes frame(rlpx::frame_header_bytes + rlpx::frame_body_bytes(content.size()));
    std::ranges::copy(content, frame.begin() + rlpx::frame_header_bytes);
    writer.seal(frame, content.size());
    return frame;
}

/// Bytes as they may come before there is a key.
void receive_raw(ByteView input) {
    const Session::Time now{};
    auto accepted = Session::accept(local, now, limits, constant);
    Ended end_of_accepted;
    check(accepted.receive(input, now), end_of_accepted);
    auto dialled = Session::initiate(local, crypto::public_key(their_key), now, limits, constant);
    Ended end_of_dialled;
    check(dialled.receive(input, now), end_of_dialled);
}

/// Contents of frames, each with one byte of length in front; and at last everything as raw bytes.
void receive_frames(ByteView input, bool says_hello, std::uint64_t version) {
    static const auto initiator =
        rlpx::Initiator::begin(their_key, crypto::public_key(our_key), constant);
    const Session::Time now{};
    auto session = Session::accept(local, now, limits, constant);
    Ended ended;
    check(session.receive(initiator->auth(), now), ended);
    const auto done = initiator->receive(session.take_output());
    rlpx::FrameWriter writer{(*done)->secrets};
    if (says_hello) {
        Bytes hello = {0x80};
        const auto payload = rlpx::encode_hello({.version = version,
                                                 .client_id = "them",
                                                 .capabilities = {{.name = "eth", .version = 68}},
                                                 .listen_port = 0,
                                                 .id = crypto::public_key(their_key)});
        hello.insert(hello.end(), payload.begin(), payload.end());
        check(session.receive(frame_of(writer, hello), now), ended);
    }
    auto rest = input;
    while (rest.size() > 1) {
        const auto length =
            std::min<std::size_t>(std::max<std::size_t>(rest[0], 1), rest.size() - 1);
        check(session.receive(frame_of(writer, rest.subspan(1, length)), now), ended);
        rest = rest.subspan(1 + length);
    }
    check(session.receive(input, now), ended);
    check(session.on_time(session.due()), ended);
    META138_ASSERT(session.output_size() < 10000);
}

}  // namespace

// First byte: bit 0, a Hello comes first; bit 1, raw bytes; bit 7, an old version.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto input = ByteView{data, size}.subspan(1);
    if ((data[0] & 2) != 0)
        receive_raw(input);
    else
        receive_frames(input, (data[0] & 1) != 0, (data[0] & 0x80) != 0 ? 4 : 5);
    return 0;
}
