// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/bls_signature.hpp"

#include "read_json.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace meta138::crypto {
namespace {

struct HashVector {
    std::string message;
    std::string compressed;
};

TEST(Bls12381HashToCurve, agrees_with_the_rfcs_points_of_g1) {  // RFC 9380 appendix J.9.1.
    const HashVector vectors[] = {
        {"",
         "852926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4"
         "e8cf62d9c09db0fac349612b759e79a1"},
        {"abc",
         "83567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3a"
         "ee664ba5379a7655d3c68900be2f6903"},
        {"abcdef0123456789",
         "91e0b079dea29a68f0383ee94fed1b940995272407e3bb916bbf268c263ddd57"
         "a6a27200a784cbc248e84f357ce82d98"},
        {"q128_" + std::string(128, 'q'),
         "b5f68eaa693b95ccb85215dc65fa81038d69629f70aeee0d0f677cf22285e7bf"
         "58d7cb86eefe8f2e9bc3f8cb84fac488"},
        {"a512_" + std::string(512, 'a'),
         "882aabae8b7dedb0e78aeb619ad3bfd9277a2f77ba7fad20ef6aabdc6c31d19b"
         "a5a6d12283553294c1825c4b3ca2dcfe"},
    };
    for (const auto& [message, compressed] : vectors) {
        const auto hash = bls12_381_hash_to_g1(
            as_bytes(message), as_bytes("QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_"));
        EXPECT_EQ(to_hex_digits(hash.bytes), compressed) << message;
    }
}

TEST(Bls12381HashToCurve, agrees_with_the_rfcs_points_of_g2) {  // RFC 9380 appendix J.10.1.
    const HashVector vectors[] = {
        {"",
         "a5cb8437535e20ecffaef7752baddf98034139c38452458baeefab379ba13dff"
         "5bf5dd71b72418717047f5b0f37da03d0141ebfbdca40eb85b87142e130ab689"
         "c673cf60f1a3e98d69335266f30d9b8d4ac44c1038e9dcdd5393faf5c41fb78a"},
        {"abc",
         "939cddbccdc5e91b9623efd38c49f81a6f83f175e80b06fc374de9eb4b41dfe4"
         "ca3a230ed250fbe3a2acf73a41177fd802c2d18e033b960562aae3cab37a27ce"
         "00d80ccd5ba4b7fe0e7a210245129dbec7780ccc7954725f4168aff2787776e6"},
        {"abcdef0123456789",
         "990d119345b94fbd15497bcba94ecf7db2cbfd1e1fe7da034d26cbba169fb396"
         "8288b3fafb265f9ebd380512a71c3f2c121982811d2491fde9ba7ed31ef9ca47"
         "4f0e1501297f68c298e9f4c0028add35aea8bb83d53c08cfc007c1e005723cd0"},
        {"q128_" + std::string(128, 'q'),
         "8934aba516a52d8ae479939a91998299c76d39cc0c035cd18813bec433f587e2"
         "d7a4fef038260eef0cef4d02aae3eb9119a84dd7248a1066f737cc34502ee555"
         "5bd3c19f2ecdb3c7d9e24dc65d4e25e50d83f0f77105e955d78f4762d33c17da"},
        {"a512_" + std::string(512, 'a'),
         "91fca2ff525572795a801eed17eb12785887c7b63fb77a42be46ce4a34131d71"
         "f7a73e95fee3f812aea3de78b4d0156901a6ba2f9a11fa5598b2d8ace0fbe0a0"
         "eacb65deceb476fbbcb64fd24557c2f4b18ecfc5663e54ae16a84f5ab7f62534"},
    };
    for (const auto& [message, compressed] : vectors) {
        const auto hash = bls12_381_hash_to_g2(
            as_bytes(message), as_bytes("QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_"));
        EXPECT_EQ(to_hex_digits(hash.bytes), compressed) << message;
    }
}

TEST(Bls12381HashToCurve, hashes_a_long_domain_separation_tag_first) {
    const std::string tag(256, 'd');
    EXPECT_NE(bls12_381_hash_to_g1(as_bytes("abc"), as_bytes(tag)),
              bls12_381_hash_to_g1(as_bytes("abc"), as_bytes(tag).first(255)));
}

TEST(Bls12381HashToCurve, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/bls_hash_to_g2_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        const auto tag = group["dst"].get<std::string>();
        for (const auto& test : group["tests"]) {
            const auto hash = bls12_381_hash_to_g2(test::bytes_of(test["msg"]), as_bytes(tag));
            EXPECT_EQ(hash.bytes == test::fixed_of<96>(test::bytes_of(test["expected"])).bytes,
                      test["result"] == "valid")
                << test["tcId"];
        }
    }
}

class BlsVerify : public testing::TestWithParam<const char*> {};

TEST_P(BlsVerify, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, std::string{"crypto-wycheproof/"} + GetParam());
    for (const auto& group : test::read_json(path)["testGroups"]) {
        const auto suite = group["ciphersuite"].get<std::string>();
        const auto key = test::bytes_of(group["publicKey"]["pk"]);
        for (const auto& test : group["tests"]) {
            EXPECT_EQ(
                bls_verify(key, test::bytes_of(test["msg"]), test::bytes_of(test["sig"]), suite),
                test["result"] == "valid")
                << test["tcId"] << ' ' << test["comment"];
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Wycheproof, BlsVerify,
                         testing::Values("bls_sig_g2_basic_verify_test.json",
                                         "bls_sig_g2_pop_verify_test.json"),
                         [](const auto& instance) {
                             return instance.index == 0 ? "basic" : "pop";
                         });

TEST(BlsAggregateVerify, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/bls_sig_g2_aggregate_verify_test.json");
    const auto bytes_of_each = [](const nlohmann::json& texts) {
        std::vector<Bytes> result;
        for (const auto& text : texts) result.push_back(test::bytes_of(text));
        return result;
    };
    for (const auto& group : test::read_json(path)["testGroups"]) {
        const auto suite = group["ciphersuite"].get<std::string>();
        for (const auto& test : group["tests"]) {
            const auto keys = bytes_of_each(test["pubkeys"]);
            const auto messages = bytes_of_each(test["messages"]);
            const std::vector<ByteView> key_views{keys.begin(), keys.end()};
            const std::vector<ByteView> message_views{messages.begin(), messages.end()};
            EXPECT_EQ(
                bls_aggregate_verify(key_views, message_views, test::bytes_of(test["sig"]), suite),
                test["result"] == "valid")
                << test["tcId"] << ' ' << test["comment"];
        }
    }
}

}  // namespace
}  // namespace meta138::crypto
