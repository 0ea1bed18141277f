// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/kdf.hpp"

#include "read_json.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace meta138::crypto {
namespace {

using test::bytes_of;

TEST(Hkdf, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/hkdf_sha256_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        for (const auto& vector : group["tests"]) {
            if (vector["result"] != "valid") {
                EXPECT_GT(vector["size"], 255 * 32) << vector["tcId"];  // the caller's contract
                continue;
            }
            EXPECT_EQ(hkdf_sha256(bytes_of(vector["ikm"]), bytes_of(vector["salt"]),
                                  bytes_of(vector["info"]), vector["size"].get<std::size_t>()),
                      bytes_of(vector["okm"]))
                << vector["tcId"];
        }
    }
}

TEST(ConcatKdf, agrees_with_rfc_7518_appendix_c) {
    using namespace literals;
    const auto secret = "0x9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4"_hash32;
    const auto other_info =
        bytes_of("000000074131323847434d00000005416c69636500000003426f6200000080");
    const auto key = concat_kdf_sha256(secret, other_info, 16);
    EXPECT_EQ(key, bytes_of("56aa8deaf8236d205c2228cd71a7101a"));

    // More than one block begins with the same bytes.
    const auto longer = concat_kdf_sha256(secret, other_info, 70);
    EXPECT_EQ(longer.size(), 70);
    EXPECT_TRUE(std::ranges::equal(key, ByteView{longer}.first(16)));
    EXPECT_NE(to_bytes(ByteView{longer}.first(32)), to_bytes(ByteView{longer}.subspan(32, 32)));
}

TEST(Pbkdf2, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/pbkdf2_hmacsha256_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        for (const auto& vector : group["tests"]) {
            EXPECT_EQ(
                pbkdf2_hmac_sha256(bytes_of(vector["password"]), bytes_of(vector["salt"]),
                                   vector["iterationCount"].get<std::uint32_t>(),
                                   vector["dkLen"].get<std::size_t>()) == bytes_of(vector["dk"]),
                vector["result"] == "valid")
                << vector["tcId"];
        }
    }
}

/// RFC 7914 section 12.
TEST(Scrypt, derives_the_examples_of_rfc_7914) {
    EXPECT_EQ(scrypt({}, {}, {.n = 16, .r = 1, .p = 1}, 64),
              bytes_of("77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                       "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"));
    EXPECT_EQ(scrypt(as_bytes("password"), as_bytes("NaCl"), {.n = 1024, .r = 8, .p = 16}, 64),
              bytes_of("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                       "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"));
}

TEST(Scrypt, refuses_what_is_no_cost) {
    for (const ScryptCost& cost : {ScryptCost{0, 1, 1}, ScryptCost{1, 1, 1}, ScryptCost{3, 1, 1},
                                   ScryptCost{16, 0, 1}, ScryptCost{16, 1, 0}})
        EXPECT_EQ(scrypt({}, {}, cost, 32), std::nullopt)
            << cost.n << ' ' << cost.r << ' ' << cost.p;
}

TEST(Scrypt, refuses_to_take_more_memory_than_its_bound) {
    EXPECT_EQ(scrypt({}, {}, {.n = 1 << 20, .r = 8, .p = 1}, 32), std::nullopt);
    EXPECT_EQ(scrypt({}, {}, {.n = std::uint64_t{1} << 63, .r = 8, .p = 1}, 32), std::nullopt);
    EXPECT_EQ(scrypt({}, {}, {.n = 2, .r = 0xffffffff, .p = 0xffffffff}, 32), std::nullopt);
}

}  // namespace
}  // namespace meta138::crypto
