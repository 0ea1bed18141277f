// SPDX-License-Identifier: Apache-2.0
#include "method.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>

namespace meta138::contracts {

namespace {

std::vector<AbiType> parse_types(std::string_view tuple) {
    if (tuple == "()") return {};
    auto type = parse_abi_type(tuple);
    META138_ASSERT(type && type->kind == AbiType::Kind::tuple);
    return std::move(type->components);
}

Bytes encode_values(std::span<const AbiType> types, const std::vector<AbiValue>& values) {
    auto encoded = encode_abi(types, values);
    META138_ASSERT(encoded.has_value());
    return *std::move(encoded);
}

}  // namespace

Bytes encode_arguments(std::string_view types, const std::vector<AbiValue>& values) {
    return encode_values(parse_types(types), values);
}

Method::Method(std::string_view signature)
    : selector_{function_selector(signature)},
      types_{parse_types(signature.substr(signature.find('(')))} {}

Bytes Method::encode(const std::vector<AbiValue>& arguments) const {
    const auto encoded = encode_values(types_, arguments);
    Bytes data{selector_.begin(), selector_.end()};
    data.insert(data.end(), encoded.begin(), encoded.end());
    return data;
}

std::vector<AbiValue> decode_output(std::string_view types, ByteView output) {
    return decode_abi(parse_types(types), output).value_or(std::vector<AbiValue>{});
}

std::string decode_text(ByteView output) {
    const auto values = decode_output("(string)", output);
    if (values.empty()) return {};
    const auto& bytes = std::get<Bytes>(values[0].value);
    return {bytes.begin(), bytes.end()};
}

bool reverted_with(const Outcome& outcome, std::string_view error) {
    const auto selector = function_selector(error);
    return outcome.reverted && outcome.output.size() >= selector.size() &&
           std::equal(selector.begin(), selector.end(), outcome.output.begin());
}

std::string revert_reason(const Outcome& outcome) {
    if (outcome.succeeded) return "it succeeded";
    if (!outcome.reverted) return "it halted";
    if (reverted_with(outcome, "Error(string)"))
        return decode_text(ByteView{outcome.output}.subspan(4));
    return to_hex(outcome.output);
}

Hash32 event_topic(std::string_view signature) {
    return crypto::keccak256(as_bytes(signature));
}

}  // namespace meta138::contracts
