// SPDX-License-Identifier: Apache-2.0
// Frames read the same, whatever pieces they arrive in; messages stay within their limit.
#include "websocket.hpp"

#include "meta138/base/assert.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

using meta138::http::ReadBuffer;
using meta138::http::websocket::Reader;
using meta138::http::websocket::Role;

std::vector<std::string> read_in_pieces(std::string_view stream, std::size_t piece, Role role) {
    constexpr std::size_t frame_limit = 300;
    constexpr std::size_t message_limit = 500;
    Reader reader{frame_limit, message_limit, role};
    ReadBuffer buffer;
    std::vector<std::string> events;
    while (!stream.empty()) {
        const auto size = std::min(piece, stream.size());
        std::memcpy(buffer.room(size).data(), stream.data(), size);
        buffer.commit(size);
        stream.remove_prefix(size);
        for (auto event = reader.advance(buffer); event != Reader::Event::nothing;
             event = reader.advance(buffer)) {
            META138_ASSERT(reader.payload().size() <= message_limit);
            events.push_back(std::to_string(static_cast<int>(event)));
            if (event == Reader::Event::error || event == Reader::Event::close) {
                events.back() += std::to_string(static_cast<int>(reader.code()));
                return events;
            }
            events.back() += reader.payload();
            reader.next(buffer);
        }
    }
    return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view stream{reinterpret_cast<const char*>(data), size};
    for (const auto role : {Role::server, Role::client})
        META138_ASSERT(read_in_pieces(stream, std::max<std::size_t>(size, 1), role) ==
                       read_in_pieces(stream, 1, role));
    static_cast<void>(meta138::http::websocket::is_valid_utf8(stream));
    return 0;
}
