// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/rlp/writer.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <cstring>

namespace meta138::rlp {
namespace {

constexpr std::uint8_t string_code = 0x80;
constexpr std::uint8_t list_code = 0xc0;

std::uint8_t* write_header(std::uint8_t* out, std::uint8_t code, std::size_t size) noexcept {
    if (size <= 55) {
        *out = static_cast<std::uint8_t>(code + size);
        return out + 1;
    }
    const std::size_t size_bytes = header_size(size) - 1;
    *out++ = static_cast<std::uint8_t>(code + 55 + size_bytes);
    for (std::size_t i = size_bytes; i-- > 0;) *out++ = static_cast<std::uint8_t>(size >> 8 * i);
    return out;
}

}  // namespace

std::uint8_t* write_list_header(std::uint8_t* out, std::size_t payload_size) noexcept {
    return write_header(out, list_code, payload_size);
}

std::uint8_t* write_string(std::uint8_t* out, ByteView string) noexcept {
    if (string.size() != 1 || string[0] >= 0x80)
        out = write_header(out, string_code, string.size());
    if (!string.empty()) std::memcpy(out, string.data(), string.size());
    return out + string.size();
}

Writer& Writer::string(ByteView content) {
    if (content.size() != 1 || content[0] >= 0x80) {
        std::array<std::uint8_t, 9> header;
        const std::uint8_t* end = write_header(header.data(), string_code, content.size());
        raw({header.data(), end});
    }
    return raw(content);
}

Writer& Writer::integer(std::uint64_t value) {
    if (value != 0 && value < 0x80) return raw(static_cast<std::uint8_t>(value));
    const auto size = (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8;
    std::array<std::uint8_t, 9> item;
    item[0] = static_cast<std::uint8_t>(string_code + size);
    for (std::size_t i = 0; i < size; ++i)
        item[1 + i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
    return raw(ByteView{item}.first(1 + size));
}

Writer& Writer::integer(const uint256& value) {
    if (value.fits_uint64()) return integer(value.low64());
    const auto word = to_hash32(value);
    return string(ByteView{word.bytes}.last(value.byte_length()));
}

Writer::ListMark Writer::begin_list(std::size_t payload_hint) {
    const auto header = header_size(payload_hint);
    out_.resize(out_.size() + header);
    return {.payload = out_.size(), .header = header};
}

Writer& Writer::end_list(ListMark mark) {
    META138_ASSERT(mark.header <= mark.payload && mark.payload <= out_.size());
    const auto payload_size = out_.size() - mark.payload;
    const auto start = mark.payload - mark.header;
    const auto header = header_size(payload_size);
    if (header > mark.header) out_.resize(start + header + payload_size);
    if (header != mark.header)
        std::memmove(out_.data() + start + header, out_.data() + mark.payload, payload_size);
    if (header < mark.header) out_.resize(start + header + payload_size);
    write_list_header(out_.data() + start, payload_size);
    return *this;
}

Bytes encode_string(ByteView content) {
    Bytes out(encoded_size(content));
    write_string(out.data(), content);
    return out;
}

Bytes encode_integer(std::uint64_t value) {
    return Writer{}.integer(value).take();
}
Bytes encode_integer(const uint256& value) {
    return Writer{}.integer(value).take();
}

}  // namespace meta138::rlp
