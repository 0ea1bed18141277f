// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/sha256.hpp"

#include "read_json.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace meta138::crypto {
namespace {

using namespace literals;

TEST(Sha256, hashes_the_examples_of_fips_180_4) {
    EXPECT_EQ(sha256({}),
              "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_hash32);
    EXPECT_EQ(sha256(as_bytes("abc")),
              "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"_hash32);
    EXPECT_EQ(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "0x248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"_hash32);
    EXPECT_EQ(sha256(Bytes(1'000'000, 'a')),
              "0xcdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"_hash32);
}

TEST(Sha256, does_not_depend_on_where_the_stream_is_cut) {
    Bytes message(300);
    std::iota(message.begin(), message.end(), std::uint8_t{0});
    for (std::size_t size = 0; size <= message.size(); size += 13) {
        const auto whole = sha256(ByteView{message}.first(size));
        for (std::size_t cut = 0; cut <= size; ++cut) {
            Sha256 stream;
            stream.update(ByteView{message}.first(cut));
            stream.update(ByteView{message}.subspan(cut, size - cut));
            ASSERT_EQ(stream.finish(), whole) << size << " cut at " << cut;
        }
    }
}

TEST(HmacSha256, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/hmac_sha256_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        const auto tag_size = group["tagSize"].get<std::size_t>() / 8;
        for (const auto& vector : group["tests"]) {
            const auto code =
                hmac_sha256(test::bytes_of(vector["key"]), test::bytes_of(vector["msg"]));
            EXPECT_EQ(equal(ByteView{code}.first(tag_size), test::bytes_of(vector["tag"])),
                      vector["result"] == "valid")
                << vector["tcId"];
        }
    }
}

}  // namespace
}  // namespace meta138::crypto
