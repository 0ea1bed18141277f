// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compression.hpp"
#include "read_buffer.hpp"

#include "meta138/http/client.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::http {

/// The status line of an answer and what a client itself looks for in the headers.
struct ParsedResponseHead {
    unsigned status = 0;
    bool http_1_0 = false;
    bool keep_alive = true;
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
    std::string_view content_encoding;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
};

struct ResponseFault {
    ClientErrorKind kind = ClientErrorKind::malformed;
    std::string_view text;  ///< a literal
};

/// Parses a whole head, empty line included; as strict as the server's parse_head about what two
/// clients could understand differently. `content_encoding` refers to `head`.
[[nodiscard]] std::expected<ParsedResponseHead, ResponseFault> parse_response_head(
    std::string_view head, std::size_t header_count);

/// Reads the answer to one request out of a connection's buffer. Does no I/O: after each receive,
/// advance() says what has arrived.
class ResponseReader {
public:
    struct Bounds {
        std::size_t header_bytes = 0;
        std::size_t header_count = 0;
        std::size_t body_bytes = 0;
    };

    enum class Progress : std::uint8_t {
        more,      ///< bytes are missing
        complete,  ///< take()
        invalid,   ///< fault()
    };

    /// `to_head`: the request was HEAD, so that there is no body whatever the headers say.
    ResponseReader(const Bounds& bounds, bool to_head) noexcept
        : bounds_{bounds}, to_head_{to_head} {}

    [[nodiscard]] Progress advance(ReadBuffer& buffer);
    /// The server has ended the stream: complete if that is how the body ends.
    [[nodiscard]] Progress end_of_stream();

    /// The complete answer, decompressed. Once.
    [[nodiscard]] std::expected<ClientResponse, ResponseFault> take();
    [[nodiscard]] const ResponseFault& fault() const noexcept { return fault_; }
    /// Whether the connection may carry another request after this answer.
    [[nodiscard]] bool keeps_alive() const noexcept {
        return head_.keep_alive && phase_ != Phase::until_end;
    }
    /// How many bytes the next receive should have room for.
    [[nodiscard]] std::size_t wanted() const noexcept;

private:
    enum class Phase : std::uint8_t {
        head,
        fixed_body,
        until_end,
        chunk_size,
        chunk_data,
        chunk_end,
        trailers,
        complete
    };

    Progress fail(ClientErrorKind kind, std::string_view text);
    Progress read_head(ReadBuffer& buffer);
    Progress begin_body();
    Progress read_chunks(ReadBuffer& buffer);
    Progress read_chunk_line(std::string_view line);
    /// Moves up to remaining_ bytes from the buffer to the body.
    void take_body(ReadBuffer& buffer);

    Bounds bounds_;
    bool to_head_;
    Phase phase_ = Phase::head;
    std::size_t searched_ = 0;  // of the head, for its end
    unsigned informational_ = 0;
    std::size_t trailer_size_ = 0;
    std::uint64_t remaining_ = 0;  // of the body or of the chunk
    ParsedResponseHead head_;
    std::string encoding_;
    std::string body_;
    ResponseFault fault_;
};

}  // namespace meta138::http
