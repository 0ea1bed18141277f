// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/test/fixtures.hpp"
#include "meta138/trie/hex_prefix.hpp"
#include "meta138/trie/trie.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace meta138::trie {
namespace {

using nlohmann::ordered_json;

Bytes bytes_of(const std::string& text) {
    return text.starts_with("0x") ? decode_hex(text).value() : to_bytes(as_bytes(text));
}

/// [key, value or null] in the order of the file, whichever of its two forms it has.
std::vector<std::pair<Bytes, Bytes>> operations_of(const ordered_json& in) {
    std::vector<std::pair<Bytes, Bytes>> result;
    const auto add = [&](const std::string& key, const ordered_json& value) {
        result.emplace_back(bytes_of(key), value.is_null() ? Bytes{} : bytes_of(value));
    };
    if (in.is_object()) {
        for (const auto& [key, value] : in.items()) add(key, value);
    } else {
        for (const auto& pair : in) add(pair.at(0), pair.at(1));
    }
    return result;
}

template <typename AnyTrie>
std::string root_after(const ordered_json& in) {
    AnyTrie trie;
    for (const auto& [key, value] : operations_of(in)) trie.insert(key, value);
    return to_hex(trie.root().bytes);
}

TEST(TrieFixtures, have_the_official_roots) {
    META138_FIXTURE_OR_SKIP(folder, "trie-tests/TrieTests");
    std::size_t cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        const auto file = entry.path().filename().string();
        if (file == "trietestnextprev.json") continue;
        std::ifstream stream{entry.path()};
        const bool secure = file.find("ecure") != std::string::npos;
        const auto tests = ordered_json::parse(stream);
        for (const auto& [name, test] : tests.items()) {
            SCOPED_TRACE(file + ": " + name);
            const auto root =
                secure ? root_after<SecureTrie>(test.at("in")) : root_after<Trie>(test.at("in"));
            EXPECT_EQ(root, test.at("root").get<std::string>());
            ++cases;
        }
    }
    EXPECT_GT(cases, 0U);
}

TEST(HexPrefixFixtures, encode_and_decode) {
    META138_FIXTURE_OR_SKIP(path, "basic-tests/BasicTests/hexencodetest.json");
    std::ifstream stream{path};
    const auto tests = ordered_json::parse(stream);
    for (const auto& [name, test] : tests.items()) {
        SCOPED_TRACE(name);
        const auto nibbles = test.at("seq").get<Nibbles>();
        const bool term = test.at("term").get<bool>();
        const auto encoded = encode_hex_prefix(nibbles, term);
        EXPECT_EQ(to_hex_digits(encoded), test.at("out").get<std::string>());
        EXPECT_EQ(decode_hex_prefix(encoded), (HexPrefix{.nibbles = nibbles, .is_leaf = term}));
    }
}

}  // namespace
}  // namespace meta138::trie
