// SPDX-License-Identifier: Apache-2.0
// A stream of requests reads the same, whatever pieces it arrives in; and what is read stays inside
// what arrived.
#include "request_reader.hpp"

#include "meta138/base/assert.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

using meta138::http::ReadBuffer;
using meta138::http::RequestReader;

struct Outcome {
    std::vector<std::string> requests;
    unsigned error = 0;
    bool operator==(const Outcome&) const = default;
};

Outcome read_in_pieces(std::string_view stream, std::size_t piece) {
    RequestReader reader{{.header_bytes = 512, .header_count = 8, .body_bytes = 4096}};
    ReadBuffer buffer;
    Outcome outcome;
    while (!stream.empty()) {
        const auto size = std::min(piece, stream.size());
        std::memcpy(buffer.room(size).data(), stream.data(), size);
        buffer.commit(size);
        stream.remove_prefix(size);
        auto progress = reader.advance(buffer);
        while (progress == RequestReader::Progress::complete) {
            std::string request{reader.head().method};
            request += reader.head().target;
            for (const auto& [name, value] : reader.headers()) {
                request += name;
                request += value;
            }
            META138_ASSERT(reader.body().size() <= 4096);
            request += reader.body();
            outcome.requests.push_back(std::move(request));
            reader.next(buffer);
            progress = reader.advance(buffer);
        }
        if (progress == RequestReader::Progress::invalid) {
            META138_ASSERT(reader.error() >= 400 && reader.error() < 600);
            outcome.error = reader.error();
            break;
        }
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view stream{reinterpret_cast<const char*>(data), size};
    const auto whole = read_in_pieces(stream, std::max<std::size_t>(size, 1));
    const auto bytes = read_in_pieces(stream, 1);
    // A limit that pieces meet earlier may refuse with another status, but nothing more is read.
    META138_ASSERT(whole.requests.size() >= bytes.requests.size() || bytes.error == 0);
    for (std::size_t i = 0; i < std::min(whole.requests.size(), bytes.requests.size()); ++i)
        META138_ASSERT(whole.requests[i] == bytes.requests[i]);
    return 0;
}
