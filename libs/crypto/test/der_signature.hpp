// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "read_json.hpp"

#include "meta138/base/bytes.hpp"

#include <optional>

namespace meta138::crypto::test {

struct RawSignature {
    Hash32 r;
    Hash32 s;
};

/// Takes a short-form DER element of type `tag` off the front of `der`; absent if it does not fit.
inline std::optional<ByteView> take_element(ByteView& der, std::uint8_t tag) {
    if (der.size() < 2 || der[0] != tag || der[1] > 127 || der.size() - 2 < der[1])
        return std::nullopt;
    const auto content = der.subspan(2, der[1]);
    der = der.subspan(2 + content.size());
    return content;
}

/// Takes an INTEGER that is not negative, has no needless leading zero, and fits 32 bytes.
inline std::optional<Hash32> take_integer(ByteView& der) {
    const auto content = take_element(der, 0x02);
    if (!content || content->empty() || content->front() > 127) return std::nullopt;
    if (content->size() > 1 && (*content)[0] == 0 && (*content)[1] < 128) return std::nullopt;
    if (content->size() > 33 || (content->size() == 33 && content->front() != 0))
        return std::nullopt;
    return fixed_of(*content);
}

/// Strict DER: SEQUENCE { r INTEGER, s INTEGER } and nothing else (RFC 3279 section 2.2.3).
inline std::optional<RawSignature> decode_der_signature(ByteView der) {
    auto sequence = take_element(der, 0x30);
    if (!sequence || !der.empty()) return std::nullopt;
    const auto r = take_integer(*sequence);
    const auto s = take_integer(*sequence);
    if (!r || !s || !sequence->empty()) return std::nullopt;
    return RawSignature{*r, *s};
}

/// IEEE P1363: r and s in 32 bytes each.
inline std::optional<RawSignature> decode_p1363_signature(ByteView raw) {
    if (raw.size() != 64) return std::nullopt;
    return RawSignature{fixed_of(raw.first(32)), fixed_of(raw.last(32))};
}

}  // namespace meta138::crypto::test
