// SPDX-License-Identifier: Apache-2.0
#include "rlpx/frames.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>

using namespace meta138;
using namespace meta138::p2p;

namespace {

/// The content, or absent if a MAC is wrong.
std::optional<Bytes> opened(rlpx::FrameReader& reader, Bytes frame) {
    if (frame.size() < rlpx::frame_header_bytes) return std::nullopt;
    const auto size = reader.open_header(std::span{frame}.first<rlpx::frame_header_bytes>());
    if (!size || *size == 0) return std::nullopt;
    const auto rest = std::span{frame}.subspan(rlpx::frame_header_bytes);
    if (rest.size() < rlpx::frame_body_bytes(*size)) return std::nullopt;
    const auto content = reader.open_body(rest.first(rlpx::frame_body_bytes(*size)), *size);
    return content ? std::optional{to_bytes(*content)} : std::nullopt;
}

}  // namespace

// The input as a frame, as the content of a frame, and as the content of one that was changed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView input{data, size};
    const rlpx::Secrets secrets;
    rlpx::FrameReader stranger{secrets};
    META138_ASSERT(!opened(stranger, to_bytes(input)));

    rlpx::FrameWriter writer{secrets};
    rlpx::FrameReader reader{secrets};
    for (int i = 0; i < 2; ++i) {
        Bytes frame(rlpx::frame_header_bytes + rlpx::frame_body_bytes(size));
        std::ranges::copy(input, frame.begin() + rlpx::frame_header_bytes);
        writer.seal(frame, size);
        if (i == 1) {
            frame[input[0] % frame.size()] ^= 1;
            META138_ASSERT(!opened(reader, frame));
        } else {
            META138_ASSERT(opened(reader, frame) == to_bytes(input));
        }
    }
    return 0;
}
