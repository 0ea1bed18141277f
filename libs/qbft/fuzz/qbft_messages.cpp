// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/qbft/messages.hpp"

#include <optional>

using namespace meta138;
using namespace meta138::qbft;

namespace {

/// What was read is what was there, and the short ways tell the same.
template <typename SignedPayload>
void check(MessageCode code, ByteView input, const SignedPayload& part) {
    const auto view = peek(code, input);
    META138_ASSERT(view.has_value());
    META138_ASSERT(view->sequence == part.payload.sequence && view->round == part.payload.round);
    META138_ASSERT(recover_author(code, input) == part.author);
}

void read(MessageCode code, ByteView input) {
    switch (code) {
        case MessageCode::proposal:
            if (const auto message = decode_proposal(input)) {
                check(code, input, message->proposal);
                META138_ASSERT(encode_proposal(*message) == to_bytes(input));
            }
            break;
        case MessageCode::prepare:
            if (const auto message = decode_prepare(input)) {
                check(code, input, *message);
                META138_ASSERT(encode_prepare(*message) == to_bytes(input));
            }
            break;
        case MessageCode::commit:
            if (const auto message = decode_commit(input)) {
                check(code, input, *message);
                META138_ASSERT(encode_commit(*message) == to_bytes(input));
            }
            break;
        case MessageCode::round_change:
            if (const auto message = decode_round_change(input)) {
                check(code, input, message->round_change);
                META138_ASSERT(
                    encode_round_change(*message, MessageForm::current) == to_bytes(input) ||
                    encode_round_change(*message, MessageForm::legacy) == to_bytes(input));
            }
            break;
    }
}

}  // namespace

// The first byte is the code.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto code = static_cast<MessageCode>(data[0]);
    const ByteView input{data + 1, size - 1};
    read(code, input);
    static_cast<void>(peek(code, input));
    static_cast<void>(recover_author(code, input));
    return 0;
}
