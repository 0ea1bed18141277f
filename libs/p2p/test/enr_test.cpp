// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/enr.hpp"

#include "base64.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace meta138::p2p {
namespace {

using nlohmann::json;
using namespace literals;

constexpr std::string_view example =
    "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy"
    "5wBgmlkgnY0gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";

crypto::SecretKey example_key() {
    constexpr auto bytes =
        "0xb71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291"_hash32;
    return crypto::SecretKey::from(bytes.bytes).value();
}

RecordContent example_content() {
    return {.ip = IpAddress::parse("127.0.0.1"), .udp = 30303};
}

/// A record with any items, truly signed.
Bytes signed_record(const Bytes& items, const crypto::SecretKey& key) {
    rlp::Writer content;
    content.list([&] { content.raw(items); });
    const auto signature = crypto::sign(crypto::keccak256(content.view()), key);
    Bytes both = to_bytes(signature.r.bytes);
    both.insert(both.end(), signature.s.begin(), signature.s.end());
    rlp::Writer record;
    record.list([&] { record.string(both).raw(items); });
    return record.take();
}

Bytes items_of(std::vector<std::pair<std::string, Bytes>> entries, std::uint64_t sequence = 1) {
    rlp::Writer out;
    out.integer(sequence);
    for (const auto& [key, value] : entries) out.string(as_bytes(key)).raw(value);
    return out.take();
}

Bytes text(std::string_view content) {
    return rlp::encode_string(as_bytes(content));
}

Bytes key_entry(const crypto::SecretKey& key) {
    return rlp::encode_string(crypto::compress(crypto::public_key(key))->bytes);
}

RecordError error_of(const Bytes& items) {
    return NodeRecord::decode(signed_record(items, example_key())).error();
}

TEST(NodeRecord, the_example_of_the_specification_is_read) {
    const auto record = NodeRecord::parse(example);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->sequence(), 1U);
    EXPECT_EQ(record->key(), crypto::public_key(example_key()));
    EXPECT_EQ(record->ip(), IpAddress::parse("127.0.0.1"));
    EXPECT_EQ(record->udp(), 30303);
    EXPECT_EQ(record->udp6(), 30303);  // applies to both
    EXPECT_EQ(record->tcp(), std::nullopt);
    EXPECT_EQ(record->ip6(), std::nullopt);
    EXPECT_EQ(record->fork_id(), std::nullopt);
    EXPECT_EQ(record->text(), example);
}

TEST(NodeRecord, the_example_of_the_specification_is_signed_the_same) {
    const auto key = example_key();
    const LocalRecord local{key, example_content(), std::nullopt};
    EXPECT_EQ(local.record().text(), example);
}

TEST(NodeRecord, reads_the_records_of_the_fixture) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/enr/records.json");
    std::ifstream file{path};
    for (const auto& entry : json::parse(file)) {
        const auto input = entry.at("input").get<std::string>();
        const auto record = NodeRecord::parse(input);
        ASSERT_EQ(record.has_value(), entry.at("valid").get<bool>()) << input;
        if (!record) continue;
        EXPECT_EQ(record->sequence(), entry.at("seq").get<std::uint64_t>());
        EXPECT_EQ(record->text(), input);
        const auto secret =
            crypto::SecretKey::from(decode_hex(entry.at("privateKey").get<std::string>()).value());
        EXPECT_EQ(record->key(), crypto::public_key(*secret));
        EXPECT_EQ(record->ip(), IpAddress::parse("127.0.0.1"));
        EXPECT_EQ(record->udp(), 30303);
        if (entry.contains("nodeId")) {
            EXPECT_EQ(to_hex(crypto::keccak256(record->key().bytes).bytes),
                      entry.at("nodeId").get<std::string>());
        }
    }
}

TEST(NodeRecord, a_recorded_network_has_fork_ids) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/dnsdisc/besu-dns-records.json");
    std::ifstream file{path};
    std::size_t count = 0;
    const auto records = json::parse(file);
    for (const auto& [name, value] : records.items()) {
        const auto content = value.get<std::string>();
        if (!content.starts_with("enr:")) continue;
        const auto record = NodeRecord::parse(content);
        ASSERT_TRUE(record) << content << ": " << to_string(record.error());
        EXPECT_TRUE(record->fork_id()) << content;
        EXPECT_TRUE(record->ip() && record->tcp() && record->udp()) << content;
        ++count;
    }
    EXPECT_GT(count, 10U);
}

TEST(NodeRecord, everything_a_node_can_say_is_read_back) {
    const auto key = example_key();
    const RecordContent content{
        .ip = IpAddress::parse("192.0.2.1"),
        .ip6 = IpAddress::parse("2001:db8::1"),
        .tcp = 30303,
        .udp = 30304,
        .tcp6 = 30403,
        .udp6 = 30304,
        .fork_id = ForkId{.hash = {0xde, 0xad, 0xbe, 0xef}, .next = 7},
    };
    const LocalRecord local{key, content, std::nullopt, 5};
    const auto record = NodeRecord::decode(local.record().encoded());
    ASSERT_TRUE(record);
    EXPECT_EQ(record->sequence(), 5U);
    EXPECT_EQ(record->ip(), content.ip);
    EXPECT_EQ(record->ip6(), content.ip6);
    EXPECT_EQ(record->tcp(), 30303);
    EXPECT_EQ(record->udp(), 30304);
    EXPECT_EQ(record->tcp6(), 30403);
    EXPECT_EQ(record->udp6(), 30304);
    EXPECT_FALSE(record->find("udp6"));  // the same as udp
    EXPECT_EQ(record->fork_id(), content.fork_id);
}

TEST(NodeRecord, more_than_300_bytes_are_refused) {
    const auto key = example_key();
    const auto with = [&](std::size_t filler) {
        return signed_record(items_of({{"id", text("v4")},
                                       {"secp256k1", key_entry(key)},
                                       {"z", rlp::encode_string(Bytes(filler, 7))}}),
                             key);
    };
    std::size_t filler = 100;
    while (with(filler).size() < max_record_bytes) ++filler;
    EXPECT_TRUE(NodeRecord::decode(with(filler)));
    EXPECT_EQ(NodeRecord::decode(with(filler + 1)).error(), RecordError::too_large);
    EXPECT_EQ(NodeRecord::parse("enr:" + std::string(500, 'A')).error(), RecordError::too_large);
}

TEST(NodeRecord, keys_are_in_order_and_there_once) {
    const auto key = key_entry(example_key());
    const auto id = text("v4");
    EXPECT_EQ(error_of(items_of({{"secp256k1", key}, {"id", id}})), RecordError::unsorted_keys);
    EXPECT_EQ(error_of(items_of({{"id", id}, {"id", id}, {"secp256k1", key}})),
              RecordError::unsorted_keys);
}

TEST(NodeRecord, another_scheme_or_no_key_is_refused) {
    const auto key = key_entry(example_key());
    EXPECT_EQ(error_of(items_of({{"id", text("v5")}, {"secp256k1", key}})),
              RecordError::unknown_scheme);
    EXPECT_EQ(error_of(items_of({{"secp256k1", key}})), RecordError::unknown_scheme);
    EXPECT_EQ(error_of(items_of({{"id", text("v4")}})), RecordError::bad_public_key);
    EXPECT_EQ(error_of(items_of({{"id", text("v4")}, {"secp256k1", text("x")}})),
              RecordError::bad_public_key);
    EXPECT_EQ(
        error_of(items_of({{"id", text("v4")}, {"secp256k1", rlp::encode_string(Bytes(33, 2))}})),
        RecordError::wrong_signature);  // a point, but not the signer's
}

TEST(NodeRecord, a_key_without_a_value_is_malformed) {
    rlp::Writer items;
    items.integer(1).string(as_bytes("id")).string(as_bytes("v4")).string(as_bytes("ip"));
    EXPECT_EQ(error_of(items.take()), RecordError::malformed);
    EXPECT_EQ(NodeRecord::decode({}).error(), RecordError::malformed);
    EXPECT_EQ(NodeRecord::decode(Bytes{0xc0}).error(), RecordError::malformed);
}

TEST(NodeRecord, a_changed_record_has_a_wrong_signature) {
    auto bytes = to_bytes(NodeRecord::parse(example)->encoded());
    bytes.back() ^= 1;
    EXPECT_EQ(NodeRecord::decode(bytes).error(), RecordError::wrong_signature);
}

TEST(NodeRecord, entries_of_another_form_are_absent) {
    const auto key = example_key();
    const auto record = NodeRecord::decode(
        signed_record(items_of({{"eth", text("what")},
                                {"id", text("v4")},
                                {"ip", text("long!")},
                                {"ip6", Bytes{0xc0}},
                                {"secp256k1", key_entry(key)},
                                {"tcp", rlp::encode_integer(std::uint64_t{70000})},
                                {"udp", rlp::encode_integer(std::uint64_t{0})}}),
                      key));
    ASSERT_TRUE(record);
    EXPECT_FALSE(record->ip() || record->ip6() || record->tcp() || record->udp());
    EXPECT_FALSE(record->fork_id());
    EXPECT_TRUE(record->find("eth"));
    EXPECT_FALSE(record->find("nothing"));
}

TEST(NodeRecord, what_follows_the_fork_id_does_not_matter) {
    const auto key = example_key();
    rlp::Writer eth;
    eth.list([&] {
        write_fork_id(eth, ForkId{.hash = {1, 2, 3, 4}, .next = 9});
        eth.integer(1);
    });
    const auto record = NodeRecord::decode(signed_record(
        items_of({{"eth", eth.take()}, {"id", text("v4")}, {"secp256k1", key_entry(key)}}), key));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->fork_id(), (ForkId{.hash = {1, 2, 3, 4}, .next = 9}));
}

TEST(NodeRecord, a_text_without_prefix_or_with_padding_is_refused) {
    EXPECT_EQ(NodeRecord::parse(example.substr(4)).error(), RecordError::missing_prefix);
    EXPECT_EQ(NodeRecord::parse(std::string{example} + "=").error(), RecordError::bad_base64);
    EXPECT_EQ(NodeRecord::parse("enr:+/").error(), RecordError::bad_base64);
}

TEST(LocalRecord, its_number_grows_when_it_says_something_else) {
    const auto key = example_key();
    LocalRecord local{key, example_content(), std::nullopt};
    EXPECT_FALSE(local.update(example_content()));
    EXPECT_EQ(local.record().sequence(), 1U);
    auto content = example_content();
    content.fork_id = ForkId{.hash = {1, 2, 3, 4}, .next = 100};
    EXPECT_TRUE(local.update(content));
    EXPECT_EQ(local.record().sequence(), 2U);
    content.fork_id->next = 0;  // the fork has passed
    EXPECT_TRUE(local.update(content));
    EXPECT_EQ(local.record().sequence(), 3U);
    EXPECT_EQ(local.record().fork_id(), content.fork_id);
}

TEST(LocalRecord, a_stored_record_that_says_the_same_is_kept) {
    const auto key = example_key();
    LocalRecord first{key, example_content(), std::nullopt, 41};
    const LocalRecord again{key, example_content(), first.record(), 1};
    EXPECT_EQ(again.record(), first.record());
}

TEST(LocalRecord, a_stored_record_that_says_something_else_is_followed) {
    const auto key = example_key();
    const LocalRecord first{key, example_content(), std::nullopt, 41};
    auto content = example_content();
    content.udp = 30404;
    const LocalRecord again{key, content, first.record(), 1};
    EXPECT_EQ(again.record().sequence(), 42U);
    EXPECT_EQ(again.record().udp(), 30404);
}

TEST(LocalRecord, the_record_of_another_key_is_not_followed) {
    const auto key = example_key();
    const auto other = crypto::SecretKey::generate();
    const LocalRecord stored{other, example_content(), std::nullopt, 41};
    const LocalRecord local{key, example_content(), stored.record(), 7};
    EXPECT_EQ(local.record().sequence(), 7U);
    EXPECT_EQ(local.record().key(), crypto::public_key(key));
}

TEST(Base32, has_no_padding) {
    EXPECT_EQ(encode_base32(as_bytes("foobar")), "MZXW6YTBOI");  // RFC 4648 section 10
    EXPECT_EQ(decode_base32("MZXW6YTBOI"), to_bytes(as_bytes("foobar")));
    EXPECT_EQ(decode_base32(""), Bytes{});
    for (const auto* bad : {"M", "MZ=", "mz", "MZXW6YTBOJ", "MZ1"})
        EXPECT_FALSE(decode_base32(bad)) << bad;
}

}  // namespace
}  // namespace meta138::p2p
