// SPDX-License-Identifier: Apache-2.0
#include "response_reader.hpp"

#include "header_fields.hpp"
#include "inflate.hpp"
#include "text.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace meta138::http {
namespace {

constexpr std::size_t max_chunk_line = 256;  // a size and extensions that nobody uses
constexpr unsigned max_informational = 8;    // 1xx answers before the answer
constexpr std::size_t body_step = 64 * 1024;

std::unexpected<ResponseFault> malformed(std::string_view text) {
    return std::unexpected{ResponseFault{ClientErrorKind::malformed, text}};
}

/// `HTTP/1.1 200 OK`; the reason is nobody's business, and may be absent with its space.
std::expected<void, ResponseFault> parse_status_line(std::string_view line,
                                                     ParsedResponseHead& out) {
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ')
        return malformed("the answer is not HTTP/1.1");
    const auto minor = line[7];
    if (minor != '0' && minor != '1') return malformed("the answer is not HTTP/1.1");
    out.http_1_0 = minor == '0';
    out.keep_alive = !out.http_1_0;
    const auto* digits = line.data() + 9;
    const auto [end, error] = std::from_chars(digits, digits + 3, out.status);
    if (error != std::errc{} || end != digits + 3 || out.status < 100 ||
        (line.size() > 12 && line[12] != ' ') || !is_field_value(line))
        return malformed("the answer's status line is malformed");
    return {};
}

std::string lower_case(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), to_lower);
    return result;
}

std::expected<void, ResponseFault> note(const HeaderView& header, ParsedResponseHead& out) {
    const auto is = [&](std::string_view name) { return equals_ignoring_case(header.name, name); };
    if (is("content-length")) {
        if (!parse_length(header.value, out.content_length))
            return malformed("the answer's Content-Length is malformed");
    } else if (is("transfer-encoding")) {
        if (out.chunked || !equals_ignoring_case(header.value, "chunked"))
            return malformed("the answer's Transfer-Encoding is not supported");
        out.chunked = true;
    } else if (is("connection")) {
        any_of_list(header.value, [&](std::string_view option) {
            if (equals_ignoring_case(option, "close")) out.keep_alive = false;
            if (equals_ignoring_case(option, "keep-alive") && out.http_1_0) out.keep_alive = true;
            return false;
        });
    } else if (is("content-encoding")) {
        if (!out.content_encoding.empty())
            return malformed("the answer's Content-Encoding is not supported");
        out.content_encoding = header.value;
    }
    return {};
}

}  // namespace

std::expected<ParsedResponseHead, ResponseFault> parse_response_head(std::string_view head,
                                                                     std::size_t header_count) {
    ParsedResponseHead result;
    const auto next_line = [&head] {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
        return line;
    };
    TRY(parse_status_line(next_line(), result));
    for (auto line = next_line(); !line.empty(); line = next_line()) {
        if (result.headers.size() == header_count)
            return std::unexpected{
                ResponseFault{ClientErrorKind::too_large, "the answer has too many headers"}};
        const auto header = parse_header(line);
        if (!header) return malformed("the answer has a malformed header");
        TRY(note(*header, result));
        result.headers.emplace_back(lower_case(header->name), header->value);
    }
    if (result.chunked && (result.content_length || result.http_1_0))
        return malformed("the answer has two lengths");
    return result;
}

ResponseReader::Progress ResponseReader::fail(ClientErrorKind kind, std::string_view text) {
    fault_ = {kind, text};
    return Progress::invalid;
}

ResponseReader::Progress ResponseReader::advance(ReadBuffer& buffer) {
    while (phase_ == Phase::head) {
        const auto progress = read_head(buffer);
        if (progress != Progress::complete) return progress;
    }
    if (phase_ == Phase::fixed_body || phase_ == Phase::until_end) {
        take_body(buffer);
        if (phase_ == Phase::until_end) {
            if (remaining_ == 0 && !buffer.empty())
                return fail(ClientErrorKind::too_large, "the answer's body is too large");
            return Progress::more;
        }
        if (remaining_ == 0) phase_ = Phase::complete;
    } else if (phase_ != Phase::complete) {
        if (const auto progress = read_chunks(buffer); progress != Progress::complete)
            return progress;
    }
    return phase_ == Phase::complete ? Progress::complete : Progress::more;
}

/// Complete: a head was read, of the answer or of one that only announces it.
ResponseReader::Progress ResponseReader::read_head(ReadBuffer& buffer) {
    const auto bytes = buffer.unread();
    const auto size = find_end_of_head(bytes, searched_);
    if (size > bounds_.header_bytes || (!size && bytes.size() >= bounds_.header_bytes))
        return fail(ClientErrorKind::too_large, "the answer's headers are too large");
    if (!size) {
        searched_ = bytes.size();
        return Progress::more;
    }
    auto head = parse_response_head(bytes.substr(0, size), bounds_.header_count);
    if (!head) return fail(head.error().kind, head.error().text);
    searched_ = 0;
    encoding_ = head->content_encoding;
    head_ = *std::move(head);
    buffer.consume(size);
    if (head_.status >= 200) return begin_body();
    if (head_.status == 101 || ++informational_ > max_informational)
        return fail(ClientErrorKind::malformed, "the server answers with what was not asked for");
    return Progress::complete;
}

ResponseReader::Progress ResponseReader::begin_body() {
    remaining_ = head_.content_length.value_or(0);
    if (to_head_ || head_.status == 204 || head_.status == 304) {
        remaining_ = 0;
        phase_ = Phase::complete;
    } else if (head_.chunked) {
        phase_ = Phase::chunk_size;
    } else if (head_.content_length) {
        phase_ = Phase::fixed_body;
    } else {
        phase_ = Phase::until_end;
        remaining_ = bounds_.body_bytes;
    }
    if (remaining_ > bounds_.body_bytes)
        return fail(ClientErrorKind::too_large, "the answer's body is too large");
    return Progress::complete;
}

void ResponseReader::take_body(ReadBuffer& buffer) {
    const auto piece =
        buffer.unread().substr(0, std::min<std::uint64_t>(remaining_, buffer.unread().size()));
    // A claimed length reserves no more than one step ahead of what has arrived.
    if (phase_ == Phase::fixed_body && body_.empty())
        body_.reserve(std::min<std::size_t>(remaining_, std::max(piece.size(), body_step)));
    body_ += piece;
    remaining_ -= piece.size();
    buffer.consume(piece.size());
}

ResponseReader::Progress ResponseReader::read_chunk_line(std::string_view line) {
    if (phase_ == Phase::chunk_end) {
        if (!line.empty())
            return fail(ClientErrorKind::malformed, "the answer's chunks are malformed");
        phase_ = Phase::chunk_size;
    } else if (phase_ == Phase::chunk_size) {
        line = trim(line.substr(0, line.find(';')));
        const auto* end = line.data() + line.size();
        const auto [rest, error] = std::from_chars(line.data(), end, remaining_, 16);
        if (error != std::errc{} || rest != end)
            return fail(ClientErrorKind::malformed, "the answer's chunks are malformed");
        if (remaining_ > bounds_.body_bytes - body_.size())
            return fail(ClientErrorKind::too_large, "the answer's body is too large");
        phase_ = remaining_ ? Phase::chunk_data : Phase::trailers;
    } else if (line.empty()) {
        phase_ = Phase::complete;
    } else {
        trailer_size_ += line.size() + 2;
        if (trailer_size_ > bounds_.header_bytes)
            return fail(ClientErrorKind::too_large, "the answer's trailers are too large");
    }
    return Progress::complete;
}

ResponseReader::Progress ResponseReader::read_chunks(ReadBuffer& buffer) {
    while (phase_ != Phase::complete) {
        if (phase_ == Phase::chunk_data) {
            take_body(buffer);
            if (remaining_) return Progress::more;
            phase_ = Phase::chunk_end;
        }
        const auto rest = buffer.unread();
        const auto end = rest.find("\r\n");
        const auto limit = phase_ == Phase::trailers ? bounds_.header_bytes : max_chunk_line;
        if (std::min(end, rest.size()) > limit)
            return fail(ClientErrorKind::malformed, "the answer's chunks are malformed");
        if (end == std::string_view::npos) return Progress::more;
        if (const auto progress = read_chunk_line(rest.substr(0, end));
            progress != Progress::complete)
            return progress;
        buffer.consume(end + 2);
    }
    return Progress::complete;
}

ResponseReader::Progress ResponseReader::end_of_stream() {
    if (phase_ == Phase::until_end || phase_ == Phase::complete) return Progress::complete;
    return fail(ClientErrorKind::closed, "the server ended the connection");
}

std::expected<ClientResponse, ResponseFault> ResponseReader::take() {
    ClientResponse response{
        .status = head_.status, .headers = std::move(head_.headers), .body = std::move(body_)};
    if (response.body.empty() || encoding_.empty() || equals_ignoring_case(encoding_, "identity"))
        return response;
    const bool gzip =
        equals_ignoring_case(encoding_, "gzip") || equals_ignoring_case(encoding_, "x-gzip");
    if (!gzip && !equals_ignoring_case(encoding_, "deflate"))
        return malformed("the answer's Content-Encoding is not supported");
    auto body = decompress(response.body, gzip ? ContentCoding::gzip : ContentCoding::deflate,
                           bounds_.body_bytes);
    if (!body) {
        if (body.error() == InflateError::malformed)
            return malformed("the answer's compressed body is malformed");
        return std::unexpected{
            ResponseFault{ClientErrorKind::too_large, "the answer's body is too large"}};
    }
    response.body = *std::move(body);
    return response;
}

std::size_t ResponseReader::wanted() const noexcept {
    if (phase_ == Phase::fixed_body || phase_ == Phase::chunk_data || phase_ == Phase::until_end)
        return static_cast<std::size_t>(
            std::clamp<std::uint64_t>(remaining_, ReadBuffer::initial_capacity, body_step));
    return ReadBuffer::initial_capacity;
}

}  // namespace meta138::http
