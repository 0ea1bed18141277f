// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/abi.hpp"

#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/types/eip712.hpp"

#include <string>
#include <vector>

namespace meta138::conformance {

namespace {

AbiValue decode_value(const JsonNode& node, const AbiType& type) {
    using Kind = AbiType::Kind;
    if (type.kind == Kind::array) {
        std::vector<AbiValue> elements;
        for (const auto element : node.items())
            elements.push_back(decode_value(element, type.components[0]));
        return {std::move(elements)};
    }
    if (type.kind == Kind::tuple) {
        std::vector<AbiValue> elements;
        std::size_t at = 0;
        for (const auto& component : type.components)
            elements.push_back(decode_value(node.at(at++), component));
        return {std::move(elements)};
    }
    if (node.is_bool()) return {uint256{node.boolean() ? 1U : 0U}};
    if (type.kind == Kind::bytes || type.kind == Kind::fixed_bytes || type.kind == Kind::string)
        return {to_bytes(as_bytes(node.text()))};
    return {node.any_quantity()};
}

Verdict check_abi(const NamedTest& named) {
    std::vector<AbiType> types;
    std::vector<AbiValue> values;
    const auto args = named.test["args"];
    for (const auto node : named.test["types"].items()) {
        const auto type = parse_abi_type(node.text());
        if (!type) return failed("{} is no type of the ABI", node.text());
        values.push_back(decode_value(args.at(types.size()), *type));
        types.push_back(*type);
    }
    const auto expected = named.test["result"].bare_bytes();
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto encoded = encode_abi(types, values);
    if (!encoded) return failed("expected an encoding, got: {}", to_string(encoded.error()));
    if (*encoded != expected)
        return failed("expected {}, got {}", to_hex(expected), to_hex(*encoded));
    const auto decoded = decode_abi(types, expected);
    if (!decoded) return failed("the result does not decode: {}", to_string(decoded.error()));
    return *decoded == values ? passed() : failed("the result decodes to other values");
}

// The vectors name the message `data`; eth_signTypedData calls it `message`.
std::string typed_data_json(const JsonNode& vector) {
    const auto member = [&](std::string_view key) {
        return simdjson::minify(vector[key].element());
    };
    return fmt::format(R"({{"types":{},"primaryType":{},"domain":{},"message":{}}})",
                       member("types"), member("primaryType"), member("domain"), member("data"));
}

Verdict check_typed_data(const WholeFile& file, const JsonNode& vector) {
    for (const auto* key : {"types", "primaryType", "domain", "data"})
        if (!vector.has(key)) return failed("{} is missing", key);
    const auto encoded = vector["encoded"].bytes();
    const auto digest = vector["digest"].hash();
    if (const auto fault = file.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto hashes = hash_typed_data(typed_data_json(vector));
    if (!hashes) return failed("expected hashes, got: {}", to_string(hashes.error()));
    if (hashes->encoded_message != encoded)
        return failed("expected the encoding {}, got {}", to_hex(encoded),
                      to_hex(hashes->encoded_message));
    return hashes->digest == digest ? passed()
                                    : failed("expected the digest {}, got {}", to_hex(digest.bytes),
                                             to_hex(hashes->digest.bytes));
}

}  // namespace

void run_abi_test(const NamedTest& named) {
    named.sink.run(named.name, "", "ABI", [&] { return check_abi(named); });
}

void run_typed_data_vectors(const WholeFile& file) {
    for (const auto vector : file.root.items())
        file.sink.run(vector["name"].text(), "", "EIP-712",
                      [&] { return check_typed_data(file, vector); });
}

}  // namespace meta138::conformance
