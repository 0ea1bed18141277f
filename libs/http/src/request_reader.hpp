// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "read_buffer.hpp"
#include "request_head.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace meta138::http {

/// Reads requests, one behind the other, out of a connection's buffer. Does no I/O: after each
/// receive, advance() says what has arrived.
class RequestReader {
public:
    struct Bounds {
        std::size_t header_bytes;
        std::size_t header_count;
        std::size_t body_bytes;
    };

    enum class Progress : std::uint8_t {
        nothing,   ///< not a byte of a request
        head,      ///< in the head
        body,      ///< the head is there, the body is not whole
        complete,  ///< head(), headers() and body() are valid until next()
        invalid,   ///< answer error() and close
    };

    explicit RequestReader(Bounds bounds) noexcept : bounds_{bounds} {}

    [[nodiscard]] Progress advance(ReadBuffer& buffer);

    [[nodiscard]] const RequestHead& head() const noexcept { return head_; }
    [[nodiscard]] const std::vector<HeaderView>& headers() const noexcept { return headers_; }
    [[nodiscard]] std::string_view body() const noexcept { return body_; }
    /// The status that refuses what has been read.
    [[nodiscard]] unsigned error() const noexcept { return error_; }
    /// How many bytes the next receive should have room for.
    [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }

    /// Consumes the complete request.
    void next(ReadBuffer& buffer);

private:
    enum class Phase : std::uint8_t {
        head,
        fixed_body,
        chunk_size,
        chunk_data,
        chunk_end,
        trailers
    };

    Progress fail(unsigned status);
    bool read_head(ReadBuffer& buffer);
    bool read_chunks(ReadBuffer& buffer);
    bool read_chunk_size(std::string_view line);
    Progress finish(ReadBuffer& buffer);

    Bounds bounds_;
    Phase phase_ = Phase::head;
    unsigned error_ = 0;
    std::size_t searched_ = 0;  // of the head, for its end
    std::size_t head_size_ = 0;
    std::size_t position_ = 0;   // next byte to look at, from the request's first
    std::size_t body_size_ = 0;  // decoded so far, right behind the head
    std::size_t trailer_size_ = 0;
    std::uint64_t remaining_ = 0;  // of the body or of the chunk
    std::size_t wanted_ = ReadBuffer::initial_capacity;
    const char* parsed_at_ = nullptr;  // where the head lay when it was parsed
    RequestHead head_;
    std::vector<HeaderView> headers_;
    std::string_view body_;
};

}  // namespace meta138::http
