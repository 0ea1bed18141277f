// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/message.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <string>

namespace meta138::signer {
namespace {

// A name may need escapes, which Writer::key does not make.
std::string quoted(std::string_view text) {
    std::string out;
    json::Writer writer{out};
    writer.string(text);
    return out;
}

void append_json(json::Value value, std::string& out) {
    json::Writer writer{out};
    switch (value.type()) {
        case json::Type::absent:
        case json::Type::null: return writer.null();
        case json::Type::boolean: return writer.boolean(value.boolean().value_or(false));
        case json::Type::integer:
            if (const auto number = value.unsigned_integer()) return writer.number(*number);
            return writer.number(value.signed_integer().value_or(0));
        case json::Type::number: return writer.number(value.number().value_or(0));
        case json::Type::string: return writer.string(value.string().value_or(""));
        case json::Type::array: {
            out += '[';
            const char* separator = "";
            for (const auto element : value.elements()) {
                out += separator;
                separator = ",";
                append_json(element, out);
            }
            out += ']';
            return;
        }
        case json::Type::object: {
            out += '{';
            const char* separator = "";
            for (const auto [name, member] : value.members()) {
                out += separator;
                separator = ",";
                out += quoted(name) + ':';
                append_json(member, out);
            }
            out += '}';
        }
    }
}

}  // namespace

Hash32 personal_message_hash(ByteView message) {
    const auto head =
        "\x19"
        "Ethereum Signed Message:\n" +
        std::to_string(message.size());
    return crypto::Keccak256{}.update(as_bytes(head)).update(message).finish();
}

std::expected<Bytes, std::string> decode_message(std::string_view parameter) {
    if (!parameter.starts_with("0x")) return to_bytes(as_bytes(parameter));
    auto bytes = decode_hex(parameter);
    if (!bytes)
        return std::unexpected{"not hexadecimal after 0x: " +
                               std::string{to_string(bytes.error())}};
    return *std::move(bytes);
}

std::expected<TypedDataHashes, TypedDataError> hash_typed_data_parameter(json::Value parameter) {
    if (const auto text = parameter.string()) return hash_typed_data(*text);
    if (!parameter.is_object())
        return std::unexpected{TypedDataError{.where = "", .reason = "not an object"}};
    std::string text;
    append_json(parameter, text);
    return hash_typed_data(text);
}

FixedBytes<65> encode_signature(const crypto::Signature& signature) noexcept {
    FixedBytes<65> encoded;
    std::ranges::copy(signature.r, encoded.begin());
    std::ranges::copy(signature.s, encoded.begin() + 32);
    encoded[64] = static_cast<std::uint8_t>(27 + signature.y_parity);
    return encoded;
}

}  // namespace meta138::signer
