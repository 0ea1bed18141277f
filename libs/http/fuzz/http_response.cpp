// SPDX-License-Identifier: Apache-2.0
// An answer reads the same, whatever pieces it arrives in, and stays within its bounds.
#include "response_reader.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace {

using meta138::http::ClientResponse;
using meta138::http::ReadBuffer;
using meta138::http::ResponseReader;

constexpr std::size_t body_limit = 4096;

std::optional<ClientResponse> read_in_pieces(std::string_view stream, std::size_t piece,
                                             bool to_head) {
    ResponseReader reader{{.header_bytes = 512, .header_count = 8, .body_bytes = body_limit},
                          to_head};
    ReadBuffer buffer;
    while (true) {
        auto progress = ResponseReader::Progress::more;
        if (stream.empty()) {
            progress = reader.end_of_stream();
        } else {
            const auto size = std::min(piece, stream.size());
            std::memcpy(buffer.room(size).data(), stream.data(), size);
            buffer.commit(size);
            stream.remove_prefix(size);
            progress = reader.advance(buffer);
        }
        META138_ASSERT(reader.wanted() > 0);
        if (progress == ResponseReader::Progress::invalid) return std::nullopt;
        if (progress == ResponseReader::Progress::more) continue;
        auto response = reader.take();
        if (!response) return std::nullopt;
        META138_ASSERT(response->body.size() <= body_limit && response->headers.size() <= 8);
        return *std::move(response);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const bool to_head = (data[0] & 1) != 0;
    const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto whole = read_in_pieces(stream, std::max<std::size_t>(stream.size(), 1), to_head);
    const auto bytes = read_in_pieces(stream, 1, to_head);
    // A limit of the head may be met by the pieces only.
    if (!whole || !bytes) return 0;
    META138_ASSERT(whole->status == bytes->status && whole->body == bytes->body &&
                   whole->headers == bytes->headers);
    return 0;
}
