// SPDX-License-Identifier: Apache-2.0
#include "request_reader.hpp"

#include "header_fields.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace meta138::http {
namespace {

constexpr std::size_t max_chunk_line = 256;  // a size and extensions that nobody uses
constexpr std::size_t body_step = 64 * 1024;

}  // namespace

RequestReader::Progress RequestReader::fail(unsigned status) {
    error_ = status;
    return Progress::invalid;
}

RequestReader::Progress RequestReader::advance(ReadBuffer& buffer) {
    if (error_) return Progress::invalid;
    if (phase_ == Phase::head) {
        // Empty lines before a request line are skipped (RFC 9112 2.2).
        while (buffer.unread().starts_with("\r\n")) {
            buffer.consume(2);
            searched_ = 0;
        }
        if (buffer.empty()) return Progress::nothing;
        if (!read_head(buffer)) return error_ ? Progress::invalid : Progress::head;
    }
    if (phase_ == Phase::fixed_body) {
        const auto arrived = buffer.unread().size() - head_size_;
        if (arrived < remaining_) {
            wanted_ = std::min<std::size_t>(remaining_ - arrived, std::max(body_step, arrived));
            return Progress::body;
        }
        body_size_ = remaining_;
        position_ = head_size_ + body_size_;
        return finish(buffer);
    }
    if (!read_chunks(buffer)) return error_ ? Progress::invalid : Progress::body;
    return finish(buffer);
}

bool RequestReader::read_head(ReadBuffer& buffer) {
    const auto bytes = buffer.unread();
    head_size_ = find_end_of_head(bytes, searched_);
    if (head_size_ > bounds_.header_bytes ||
        (!head_size_ && bytes.size() >= bounds_.header_bytes)) {
        fail(431);
        return false;
    }
    if (!head_size_) {
        searched_ = bytes.size();
        wanted_ = std::min(ReadBuffer::initial_capacity, bounds_.header_bytes);
        return false;
    }
    auto head = parse_head(bytes.substr(0, head_size_), bounds_.header_count, headers_);
    if (!head) {
        fail(head.error());
        return false;
    }
    head_ = *head;
    parsed_at_ = bytes.data();
    remaining_ = head_.content_length.value_or(0);
    if (remaining_ > bounds_.body_bytes) {
        fail(413);
        return false;
    }
    position_ = head_size_;
    body_size_ = 0;
    trailer_size_ = 0;
    phase_ = head_.chunked ? Phase::chunk_size : Phase::fixed_body;
    return true;
}

bool RequestReader::read_chunk_size(std::string_view line) {
    line = line.substr(0, line.find(';'));
    while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
    const auto* end = line.data() + line.size();
    const auto [rest, error] = std::from_chars(line.data(), end, remaining_, 16);
    if (error != std::errc{} || rest != end) {
        fail(400);
        return false;
    }
    if (remaining_ > bounds_.body_bytes - body_size_) {
        fail(413);
        return false;
    }
    phase_ = remaining_ ? Phase::chunk_data : Phase::trailers;
    return true;
}

/// Moves the data of chunks together behind the head. True at the end of the body.
bool RequestReader::read_chunks(ReadBuffer& buffer) {
    auto* const request = buffer.begin();
    const auto size = buffer.unread().size();
    while (true) {
        if (phase_ == Phase::chunk_data) {
            const auto available = std::min<std::size_t>(size - position_, remaining_);
            std::memmove(request + head_size_ + body_size_, request + position_, available);
            body_size_ += available;
            position_ += available;
            remaining_ -= available;
            if (remaining_) break;
            phase_ = Phase::chunk_end;
        }
        const std::string_view rest{request + position_, size - position_};
        const auto end = rest.find("\r\n");
        if (end == std::string_view::npos) {
            if (rest.size() > max_chunk_line) fail(400);
            break;
        }
        const auto line = rest.substr(0, end);
        position_ += end + 2;
        if (phase_ == Phase::chunk_end) {
            if (!line.empty()) {
                fail(400);
                break;
            }
            phase_ = Phase::chunk_size;
        } else if (phase_ == Phase::chunk_size) {
            if (line.size() > max_chunk_line || !read_chunk_size(line)) {
                if (!error_) fail(400);
                break;
            }
        } else {
            if (line.empty()) return true;
            trailer_size_ += line.size() + 2;
            if (trailer_size_ > bounds_.header_bytes) {
                fail(431);
                break;
            }
        }
    }
    // Close the gap that chunk lines leave, or the buffer would grow with them.
    const auto decoded = head_size_ + body_size_;
    std::memmove(request + decoded, request + position_, size - position_);
    buffer.shorten(position_ - decoded);
    position_ = decoded;
    wanted_ = std::clamp<std::size_t>(remaining_, ReadBuffer::initial_capacity,
                                      std::max(body_step, body_size_));
    return false;
}

RequestReader::Progress RequestReader::finish(ReadBuffer& buffer) {
    const auto bytes = buffer.unread();
    if (parsed_at_ != bytes.data()) {  // the buffer moved while the body arrived
        const auto head = parse_head(bytes.substr(0, head_size_), bounds_.header_count, headers_);
        if (!head) return fail(400);
        head_ = *head;
    }
    body_ = bytes.substr(head_size_, body_size_);
    return Progress::complete;
}

void RequestReader::next(ReadBuffer& buffer) {
    buffer.consume(position_);
    phase_ = Phase::head;
    searched_ = 0;
    position_ = 0;
    wanted_ = ReadBuffer::initial_capacity;
    body_ = {};
}

}  // namespace meta138::http
