// SPDX-License-Identifier: Apache-2.0
#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <algorithm>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "RLP";

// Big-endian bytes of a decimal number of any size, without leading zeros.
std::optional<Bytes> decimal_bytes(std::string_view digits) {
    Bytes little_endian;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') return std::nullopt;
        auto carry = static_cast<unsigned>(digit - '0');
        for (auto& byte : little_endian) {
            carry += byte * 10U;
            byte = static_cast<std::uint8_t>(carry);
            carry >>= 8U;
        }
        if (carry != 0) little_endian.push_back(static_cast<std::uint8_t>(carry));
    }
    std::ranges::reverse(little_endian);
    return little_endian;
}

// The encoding of a fixture's value: text, a number, "#" and a decimal number, or a list of these.
void encode_value(rlp::Writer& out, const JsonNode& value) {
    if (value.is_array()) {
        out.list([&] {
            for (const auto item : value.items()) encode_value(out, item);
        });
    } else if (value.is_number()) {
        out.integer(value.quantity());
    } else {
        const auto text = value.text();
        if (!text.starts_with('#')) {
            out.string(as_bytes(text));
        } else if (const auto number = decimal_bytes(text.substr(1))) {
            out.string(*number);
        } else {
            value.fault("should be # and a decimal number");
        }
    }
}

// Whether the decoded items are those of the fixture's value.
bool matches(rlp::Reader& in, const JsonNode& value) {
    if (value.is_array()) {
        auto inner = in.list();
        for (const auto item : value.items())
            if (!matches(inner, item)) return false;
        return inner.empty() && !inner.failed();
    }
    rlp::Writer expected;
    encode_value(expected, value);
    return equal(in.raw_item(), expected.view());
}

// Reads every item, lists to their end.
void skim(rlp::Reader& in) {
    while (!in.empty()) {
        if (in.is_list()) {
            auto inner = in.list();
            skim(inner);
        } else {
            in.bytes();
        }
    }
}

// The one item that `encoded` must be, checked to its depths.
std::expected<void, rlp::DecodeError> check_encoding(ByteView encoded) {
    auto in = rlp::Reader::sequence(encoded);
    if (in.empty()) return std::unexpected{rlp::DecodeError{rlp::DecodeErrorKind::truncated, 0}};
    if (in.is_list()) {
        auto inner = in.list();
        skim(inner);
    } else {
        in.bytes();
    }
    return in.finish();
}

Verdict check(const NamedTest& named) {
    const auto value = named.test["in"];
    const auto encoded = named.test["out"].bare_bytes();
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto decoded = check_encoding(encoded);
    if (value.is_string() && value.text() == "INVALID") {
        return decoded ? failed("expected a decoding error, got a value from {}", to_hex(encoded))
                       : passed();
    }
    if (!decoded)
        return failed("expected {} to decode, got {}", to_hex(encoded), to_string(decoded.error()));
    if (value.is_string() && value.text() == "VALID") return passed();

    rlp::Writer out;
    encode_value(out, value);
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    if (!equal(out.view(), encoded))
        return failed("expected the encoding {}, got {}", to_hex(encoded), to_hex(out.view()));
    auto in = rlp::Reader::sequence(encoded);
    return matches(in, value) ? passed() : failed("{} decodes to another value", to_hex(encoded));
}

}  // namespace

void run_rlp_test(const NamedTest& named) {
    named.sink.run(named.name, "", kind, [&] { return check(named); });
}

}  // namespace meta138::conformance
