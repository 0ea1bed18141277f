// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/trie.hpp"

#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/hex_prefix.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "trie";

// Text that starts with 0x is hex, all other text stands for itself.
Bytes key_or_value(const JsonNode& node) {
    const auto text = node.text();
    return text.starts_with("0x") ? node.bytes() : to_bytes(as_bytes(text));
}

struct Step {
    Bytes key;
    Bytes value;  // Empty: the key is deleted.
};

std::vector<Step> decode_steps(const JsonNode& in) {
    std::vector<Step> steps;
    if (in.is_array()) {
        for (const auto pair : in.items()) {
            const auto value = pair.at(1);
            steps.push_back(
                {key_or_value(pair.at(0)), value.is_null() ? Bytes{} : key_or_value(value)});
        }
        return steps;
    }
    for (const auto& [key, value] : in.members()) {
        auto key_bytes = to_bytes(as_bytes(key));
        if (key.starts_with("0x")) {
            const auto decoded = decode_hex(key);
            if (!decoded) value.fault("should have a key in hex");
            key_bytes = decoded.value_or(Bytes{});
        }
        steps.push_back({std::move(key_bytes), value.is_null() ? Bytes{} : key_or_value(value)});
    }
    return steps;
}

bool is_secure(const NamedTest& named) {
    auto file = std::filesystem::path{named.sink.file()}.filename().string();
    std::ranges::transform(file, file.begin(), [](unsigned char c) { return std::tolower(c); });
    return file.find("secure") != std::string::npos;
}

Hash32 root_of(const std::vector<Step>& steps, bool secure) {
    trie::Trie trie;
    for (const auto& [key, value] : steps) {
        if (!secure) {
            trie.insert(key, value);
        } else {
            trie.insert(crypto::keccak256(key).bytes, value);
        }
    }
    return trie.root();
}

Verdict check_root(const NamedTest& named) {
    auto steps = decode_steps(named.test["in"]);
    const auto expected = named.test["root"].hash();
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const bool secure = is_secure(named);
    const auto root = root_of(steps, secure);
    if (root != expected)
        return failed("expected the root {}, got {}", to_hex(expected.bytes), to_hex(root.bytes));
    // Where the fixture says that any order will do, its reverse must, too.
    if (named.test["in"].is_object()) {
        std::ranges::reverse(steps);
        const auto reversed = root_of(steps, secure);
        if (reversed != expected)
            return failed("in reverse order: expected the root {}, got {}", to_hex(expected.bytes),
                          to_hex(reversed.bytes));
    }
    return passed();
}

Verdict check_hex_prefix(const NamedTest& named) {
    trie::Nibbles nibbles;
    for (const auto nibble : named.test["seq"].items()) {
        const auto value = nibble.integer();
        if (value > 15) nibble.fault("should be a nibble");
        nibbles.push_back(static_cast<std::uint8_t>(value));
    }
    const bool is_leaf = named.test["term"].boolean();
    const auto expected = named.test["out"].bare_bytes();
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto encoded = trie::encode_hex_prefix(nibbles, is_leaf);
    if (encoded != expected)
        return failed("expected {}, got {}", to_hex(expected), to_hex(encoded));
    const auto decoded = trie::decode_hex_prefix(expected);
    if (!decoded || decoded->nibbles != nibbles || decoded->is_leaf != is_leaf)
        return failed("{} does not decode to the path it was made of", to_hex(expected));
    return passed();
}

}  // namespace

void run_trie_test(const NamedTest& named) {
    named.sink.run(named.name, "", kind, [&] {
        if (!named.test.has("root"))
            return skipped("iteration order: our tries are not iterated by key");
        return check_root(named);
    });
}

void run_hex_prefix_test(const NamedTest& named) {
    named.sink.run(named.name, "", "hex prefix", [&] { return check_hex_prefix(named); });
}

}  // namespace meta138::conformance
