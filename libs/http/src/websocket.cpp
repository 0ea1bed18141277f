// SPDX-License-Identifier: Apache-2.0
#include "websocket.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace meta138::http::websocket {
namespace {

constexpr std::string_view handshake_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 1.3
constexpr std::size_t max_control_payload = 125;
constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t mask_bit = 0x80;

constexpr bool is_control(Opcode opcode) {
    return static_cast<std::uint8_t>(opcode) >= 8;
}

constexpr bool is_known(std::uint8_t opcode) {
    return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const auto c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

/// Codes that may stand in a close frame (RFC 6455 7.4).
bool is_valid_code(std::uint64_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

/// The length of the UTF-8 sequence at the beginning of `text`, 0 if it is malformed (Unicode table
/// 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                               : first >= 0xe0 && first <= 0xef ? 3
                               : first >= 0xf0 && first <= 0xf4 ? 4
                                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    return length;
}

}  // namespace

std::string accept_value(std::string_view key) {
    std::string joined{key};
    joined += handshake_guid;
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(joined.data()), joined.size(), digest.data());
    std::string result(28, '\0');  // and EVP_EncodeBlock's terminator lies on the string's own
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()), digest.data(),
                    static_cast<int>(digest.size()));
    return result;
}

bool is_valid_key(std::string_view key) noexcept {
    const auto is_base64 = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") &&
           std::ranges::all_of(key.substr(0, 22), is_base64);
}

namespace {

void append_header(std::string& out, std::uint8_t first, std::size_t size, std::uint8_t mask) {
    out += static_cast<char>(first);
    const auto append_length = [&](unsigned bytes) {
        for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(size >> (8 * i) & 0xff);
    };
    if (size <= 125) {
        out += static_cast<char>(size | mask);
    } else if (size <= 0xffff) {
        out += static_cast<char>(126 | mask);
        append_length(2);
    } else {
        out += static_cast<char>(127 | mask);
        append_length(8);
    }
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload, bool final) {
    const auto first = (final ? final_bit : 0) | static_cast<std::uint8_t>(opcode);
    append_header(out, static_cast<std::uint8_t>(first), payload.size(), 0);
    out += payload;
}

void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload,
                         std::uint32_t mask) {
    const auto first = final_bit | static_cast<std::uint8_t>(opcode);
    append_header(out, static_cast<std::uint8_t>(first), payload.size(), mask_bit);
    std::array<char, 4> key{};
    std::memcpy(key.data(), &mask, key.size());
    out.append(key.data(), key.size());
    const auto begin = out.size();
    out += payload;
    unmask(out.data() + begin, payload.size(), mask);
}

std::string close_payload(CloseCode code, std::string_view reason) {
    const auto value = static_cast<std::uint16_t>(code);
    std::string payload{static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
    payload += reason.substr(0, max_control_payload - 2);
    return payload;
}

void append_close(std::string& out, CloseCode code, std::string_view reason) {
    append_frame(out, Opcode::close, close_payload(code, reason));
}

void unmask(char* data, std::size_t size, std::uint32_t mask) noexcept {
    const auto wide = std::uint64_t{mask} << 32 | mask;
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data + i, 8);
        word ^= wide;
        std::memcpy(data + i, &word, 8);
    }
    for (; i < size; ++i)
        data[i] =
            static_cast<char>(static_cast<unsigned char>(data[i]) ^ (mask >> (8 * (i % 4)) & 0xff));
}

bool is_valid_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        std::size_t ascii = 0;
        for (; ascii + 8 <= text.size(); ascii += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + ascii, 8);
            if (word & 0x8080808080808080) break;
        }
        text.remove_prefix(ascii);
        for (unsigned i = 0; i < 8 && !text.empty(); ++i) {
            const auto length = sequence_length(text);
            if (length == 0) return false;
            text.remove_prefix(length);
        }
    }
    return true;
}

Reader::Event Reader::fail(CloseCode code, std::string_view reason) {
    failed_ = true;
    code_ = code;
    reason_ = reason;
    return Event::error;
}

bool Reader::validate_header(std::uint8_t first, bool masked) {
    const auto opcode = static_cast<std::uint8_t>(first & 0x0f);
    if ((first & reserved_bits) || !is_known(opcode))
        fail(CloseCode::protocol_error, "Reserved bit or opcode");
    else if (masked != (role_ == Role::server))
        fail(CloseCode::protocol_error, masked ? "Frame is masked" : "Frame is not masked");
    else if (is_control(header_.opcode) && !header_.final)
        fail(CloseCode::protocol_error, "Fragmented control frame");
    else if (!is_control(header_.opcode) && (header_.opcode == Opcode::continuation) != in_message_)
        fail(CloseCode::protocol_error, "Fragment out of order");
    return !failed_;
}

/// False if the header is not whole yet, or wrong.
bool Reader::read_header(std::string_view bytes) {
    if (bytes.size() < 2) return false;
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    const auto second = static_cast<std::uint8_t>(bytes[1]);
    header_.final = (first & final_bit) != 0;
    header_.opcode = static_cast<Opcode>(first & 0x0f);
    if (!validate_header(first, (second & mask_bit) != 0)) return false;
    const auto code = second & 0x7fu;
    const std::size_t length_bytes = code == 126 ? 2 : code == 127 ? 8 : 0;
    const std::size_t mask_bytes = role_ == Role::server ? 4 : 0;
    header_.size = 2 + length_bytes + mask_bytes;
    if (bytes.size() < header_.size) return false;
    header_.length = length_bytes ? big_endian(bytes.substr(2, length_bytes)) : code;
    if (is_control(header_.opcode) && header_.length > max_control_payload) {
        fail(CloseCode::protocol_error, "Control frame too long");
    } else if (header_.length > frame_bytes_) {
        fail(CloseCode::message_too_big, "Frame too big");
    } else if (!is_control(header_.opcode) && header_.length > message_bytes_ - fragments_.size()) {
        fail(CloseCode::message_too_big, "Message too big");
    }
    if (failed_) return false;
    if (mask_bytes) std::memcpy(&header_.mask, bytes.data() + header_.size - 4, 4);
    return true;
}

Reader::Event Reader::advance(ReadBuffer& buffer) {
    while (true) {
        if (failed_) return Event::error;
        const auto bytes = buffer.unread();
        header_.length = 0;
        header_.size = 0;
        if (!read_header(bytes)) {
            wanted_ = ReadBuffer::initial_capacity;
            return failed_ ? Event::error : Event::nothing;
        }
        const auto total = header_.size + static_cast<std::size_t>(header_.length);
        if (bytes.size() < total) {
            wanted_ = std::clamp<std::size_t>(total - bytes.size(), 16,
                                              std::max(ReadBuffer::initial_capacity, bytes.size()));
            return Event::nothing;
        }
        auto* const payload = buffer.begin() + header_.size;
        if (role_ == Role::server) unmask(payload, header_.length, header_.mask);
        consumed_ = total;
        const std::string_view view{payload, static_cast<std::size_t>(header_.length)};
        auto event = Event::nothing;
        switch (header_.opcode) {
            case Opcode::ping: event = Event::ping; break;
            case Opcode::pong: event = Event::pong; break;
            case Opcode::close: event = take_close(view); break;
            case Opcode::continuation:
            case Opcode::text:
            case Opcode::binary: event = take_data(view); break;
        }
        if (is_control(header_.opcode)) payload_ = view;
        if (event != Event::nothing) return event;
        buffer.consume(std::exchange(consumed_, 0));  // a fragment: on to the next
    }
}

Reader::Event Reader::take_data(std::string_view payload) {
    if (!in_message_) message_opcode_ = header_.opcode;
    if (header_.final && !in_message_) {
        payload_ = payload;
    } else {
        fragments_ += payload;
        payload_ = fragments_;
    }
    in_message_ = !header_.final;
    if (in_message_) return Event::nothing;
    if (message_opcode_ == Opcode::text && !is_valid_utf8(payload_))
        return fail(CloseCode::invalid_payload, "Text is not UTF-8");
    return Event::message;
}

Reader::Event Reader::take_close(std::string_view payload) {
    code_ = CloseCode::normal;
    if (payload.empty()) return Event::close;
    const auto code = payload.size() >= 2 ? big_endian(payload.substr(0, 2)) : 0;
    if (!is_valid_code(code)) return fail(CloseCode::protocol_error, "Invalid close code");
    if (!is_valid_utf8(payload.substr(2)))
        return fail(CloseCode::invalid_payload, "Close reason is not UTF-8");
    code_ = static_cast<CloseCode>(code);
    return Event::close;
}

void Reader::next(ReadBuffer& buffer) {
    buffer.consume(std::exchange(consumed_, 0));
    if (!is_control(header_.opcode)) {
        // One large message must not hold its memory for the life of the connection.
        if (fragments_.capacity() > 64 * 1024) fragments_ = {};
        fragments_.clear();
    }
    payload_ = {};
}

}  // namespace meta138::http::websocket
