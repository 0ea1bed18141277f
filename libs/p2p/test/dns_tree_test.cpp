// SPDX-License-Identifier: Apache-2.0
#include "dns_tree.hpp"

#include "base64.hpp"
#include "dns_message.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/test/fixtures.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

json read_fixture(const std::filesystem::path& path) {
    std::ifstream file{path};
    return json::parse(file);
}

/// What a name server knows.
using Zone = std::map<std::string, std::string>;

struct Walked {
    std::vector<std::string> records;
    std::size_t questions = 0;
};

Walked walk_all(DnsTreeWalk& walk, const Zone& zone, DnsTreeWalk::Time now) {
    Walked result;
    while (const auto name = walk.next(now)) {
        ++result.questions;
        const auto found = zone.find(*name);
        const auto texts =
            found == zone.end() ? std::vector<std::string>{} : std::vector{found->second};
        if (const auto record = walk.answer(texts, now)) result.records.push_back(record->text());
    }
    return result;
}

Zone read_zone(const json& records) {
    Zone zone;
    for (const auto& [name, text] : records.items()) zone[name] = text.get<std::string>();
    return zone;
}

/// Who signed a root; a key that nobody has if the signature is of no use.
crypto::PublicKey signer_of(std::string_view root) {
    const auto sig = root.find(" sig=");
    const auto bytes = decode_base64url(root.substr(sig + 5));
    if (!bytes || bytes->size() != 65) return {};
    const ByteView signature{*bytes};
    return crypto::recover_public_key(crypto::keccak256(as_bytes(root.substr(0, sig))),
                                      Hash32::from(signature.first<32>()),
                                      Hash32::from(signature.subspan<32, 32>()), signature[64])
        .value_or(crypto::PublicKey{});
}

TEST(DnsTreeRoot, reads_the_roots_of_the_fixture) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/dnsdisc/entries.json");
    const std::map<std::string, DnsTreeError> errors{
        {"errSyntax", DnsTreeError::malformed}, {"errInvalidSig", DnsTreeError::wrong_signature}};
    for (const auto& expected : read_fixture(path).at("roots")) {
        const auto text = expected.at("input").get<std::string>();
        const auto root = parse_dns_tree_root(text, signer_of(text));
        ASSERT_EQ(root.has_value(), expected.at("valid").get<bool>()) << text;
        if (!root) {
            EXPECT_EQ(root.error(), errors.at(expected.at("reason").get<std::string>())) << text;
            continue;
        }
        EXPECT_EQ(root->nodes, expected.at("e").get<std::string>());
        EXPECT_EQ(root->links, expected.at("l").get<std::string>());
        EXPECT_EQ(std::to_string(root->sequence), expected.at("seq").get<std::string>());
        const auto other = crypto::public_key(*crypto::SecretKey::from(Bytes(32, 7)));
        EXPECT_EQ(parse_dns_tree_root(text, other).error(), DnsTreeError::wrong_signature);
    }
}

TEST(DnsTreeEntry, reads_the_entries_of_the_fixture) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/dnsdisc/entries.json");
    const std::map<std::string, DnsTreeError> errors{
        {"errInvalidChild", DnsTreeError::bad_child},
        {"errNoPubkey", DnsTreeError::bad_link},
        {"errBadPubkey", DnsTreeError::bad_link},
        {"errInvalidENR", DnsTreeError::bad_record},
        {"errUnknownEntry", DnsTreeError::unknown_entry}};
    for (const auto& expected : read_fixture(path).at("entries")) {
        const auto text = expected.at("input").get<std::string>();
        const auto entry = parse_dns_tree_entry(text);
        ASSERT_EQ(entry.has_value(), expected.at("valid").get<bool>()) << text;
        if (!entry) {
            EXPECT_EQ(entry.error(), errors.at(expected.at("reason").get<std::string>())) << text;
            continue;
        }
        const auto type = expected.at("type").get<std::string>();
        if (type == "branch") {
            EXPECT_EQ(std::get<DnsTreeBranch>(*entry).children,
                      expected.at("children").get<std::vector<std::string>>());
        } else if (type == "link") {
            const auto& url = std::get<DnsTreeUrl>(*entry);
            EXPECT_EQ(url.domain, expected.at("domain").get<std::string>());
            EXPECT_EQ(to_string(url), text);
        } else {
            EXPECT_EQ(std::get<NodeRecord>(*entry).text(), text);
        }
    }
}

TEST(DnsTreeWalk, finds_the_nodes_of_the_fixture_s_tree) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/dnsdisc/tree.json");
    const auto fixture = read_fixture(path);
    const auto url = parse_dns_tree_url(fixture.at("url").get<std::string>());
    ASSERT_TRUE(url) << url.error();
    const auto zone = read_zone(fixture.at("records"));
    DnsTreeWalk walk{{*url}};
    const DnsTreeWalk::Time now{1h};
    const auto walked = walk_all(walk, zone, now);
    EXPECT_THAT(walked.records, testing::UnorderedElementsAreArray(
                                    fixture.at("enrs").get<std::vector<std::string>>()));
    // Each name once, and the root of the tree that is linked to.
    EXPECT_EQ(walked.questions, zone.size() + 1);
    // What did not change is not asked for again.
    EXPECT_TRUE(walk_all(walk, zone, now + 1min).records.empty());
    EXPECT_EQ(walk_all(walk, zone, now + 40min).questions, 2U);
}

TEST(DnsTreeWalk, finds_the_nodes_of_a_real_tree) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/dnsdisc/besu-dns-records.json");
    const auto zone = read_zone(read_fixture(path));
    // Signed anew by who recorded it.
    const DnsTreeUrl url{.key = signer_of(zone.at("all.holesky.ethdisco.net")),
                         .domain = "all.holesky.ethdisco.net"};
    DnsTreeWalk walk{{url}};
    const auto walked = walk_all(walk, zone, DnsTreeWalk::Time{1h});
    std::size_t nodes = 0;
    for (const auto& [name, text] : zone) nodes += text.starts_with("enr:") ? 1 : 0;
    EXPECT_EQ(walked.records.size(), nodes);
    EXPECT_GT(nodes, 10U);
}

/// A tree that we sign.
class DnsTreeWalkTest : public testing::Test {
protected:
    std::string put(const std::string& text) {
        const auto hash = crypto::keccak256(as_bytes(text));
        const auto subdomain = encode_base32(ByteView{hash.bytes}.first(16));
        zone[subdomain + ".example.org"] = text;
        return subdomain;
    }
    std::string record(std::uint16_t port) {
        const LocalRecord made{
            key, {.ip = IpAddress::parse("192.0.2.1"), .udp = port}, std::nullopt};
        return made.record().text();
    }
    void put_root(const std::string& nodes, const std::string& links, std::uint64_t sequence,
                  const crypto::SecretKey& signer) {
        const auto text = fmt::format("enrtree-root:v1 e={} l={} seq={}", nodes, links, sequence);
        const auto signature = crypto::sign(crypto::keccak256(as_bytes(text)), signer);
        Bytes bytes = to_bytes(signature.r.bytes);
        bytes.insert(bytes.end(), signature.s.begin(), signature.s.end());
        bytes.push_back(signature.y_parity);
        zone["example.org"] = text + " sig=" + encode_base64url(bytes);
    }

    crypto::SecretKey key = crypto::SecretKey::from(Bytes(32, 7)).value();
    DnsTreeUrl url{.key = crypto::public_key(key), .domain = "example.org"};
    Zone zone;
    DnsTreeWalk::Time now{1h};
};

TEST_F(DnsTreeWalkTest, a_new_root_brings_only_what_is_new) {
    const auto links = put("enrtree-branch:");
    const auto first = put(record(1));
    put_root(put("enrtree-branch:" + first), links, 1, key);
    DnsTreeWalk walk{{url}};
    EXPECT_EQ(walk_all(walk, zone, now).records, std::vector{record(1)});
    put_root(put("enrtree-branch:" + first + "," + put(record(2))), links, 2, key);
    EXPECT_EQ(walk_all(walk, zone, now + 31min).records, std::vector{record(2)});
}

TEST_F(DnsTreeWalkTest, a_root_of_another_signer_is_not_believed) {
    put_root(put(record(1)), put("enrtree-branch:"), 1,
             crypto::SecretKey::from(Bytes(32, 8)).value());
    DnsTreeWalk walk{{url}};
    EXPECT_TRUE(walk_all(walk, zone, now).records.empty());
    EXPECT_EQ(walk.due(), now + 60s);
}

TEST_F(DnsTreeWalkTest, an_older_root_is_not_believed) {
    const auto links = put("enrtree-branch:");
    put_root(put(record(1)), links, 5, key);
    DnsTreeWalk walk{{url}};
    walk_all(walk, zone, now);
    put_root(put(record(2)), links, 4, key);
    EXPECT_TRUE(walk_all(walk, zone, now + 31min).records.empty());
}

TEST_F(DnsTreeWalkTest, a_text_at_the_wrong_name_is_not_believed) {
    const auto name = put(record(1));
    put_root(name, put("enrtree-branch:"), 1, key);
    zone[name + ".example.org"] = record(2);
    DnsTreeWalk walk{{url}};
    EXPECT_TRUE(walk_all(walk, zone, now).records.empty());
    zone[name + ".example.org"] = record(1);  // the cache of the name server is new
    EXPECT_EQ(walk_all(walk, zone, now + 61s).records.size(), 1U);
}

TEST_F(DnsTreeWalkTest, a_tree_and_what_it_links_to_are_bounded) {
    std::string branch = "enrtree-branch:";
    for (std::uint16_t i = 1; i < 30; ++i) branch += (i == 1 ? "" : ",") + put(record(i));
    std::string links = "enrtree-branch:";
    for (std::uint8_t i = 1; i < 20; ++i) {
        const auto other = crypto::SecretKey::from(Bytes(32, i)).value();
        links += (i == 1 ? "" : ",") +
                 put(to_string(DnsTreeUrl{.key = crypto::public_key(other), .domain = "x.org"}));
    }
    put_root(put(branch), put(links), 1, key);
    DnsTreeWalk walk{{url}, {.trees = 3, .entries_of_tree = 25}};
    const auto walked = walk_all(walk, zone, now);
    EXPECT_LE(walked.questions, 1 + 25 + 2U);
}

TEST(ParseDnsTreeUrl, says_what_is_wrong) {
    EXPECT_THAT(parse_dns_tree_url("https://x").error(), HasSubstr("enrtree://<key>@<domain>"));
    EXPECT_THAT(parse_dns_tree_url("enrtree://nodes").error(), HasSubstr("no '@'"));
    EXPECT_THAT(parse_dns_tree_url("enrtree://AAAA@nodes").error(), HasSubstr("public key"));
    EXPECT_THAT(
        parse_dns_tree_url("enrtree://AKPYQIUQIL7PSIACI32J7FGZW56E5FKHEFCCOFHILBIMW3M6LWXS2@")
            .error(),
        HasSubstr("no domain"));
}

/// An answer with one TXT record, its name a pointer to the question.
Bytes txt_answer(Bytes question, std::string_view text, std::uint16_t flags = 0x8180) {
    question.resize(question.size() - 11);  // without EDNS
    question[2] = static_cast<std::uint8_t>(flags >> 8);
    question[3] = static_cast<std::uint8_t>(flags);
    question[7] = 1;   // answers
    question[11] = 0;  // additional records
    const auto append = [&question](std::initializer_list<int> bytes) {
        for (const auto byte : bytes) question.push_back(static_cast<std::uint8_t>(byte));
    };
    append({0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 0});
    Bytes data;
    for (std::size_t i = 0; i < text.size(); i += 255) {
        const auto piece = text.substr(i, 255);
        data.push_back(static_cast<std::uint8_t>(piece.size()));
        data.insert(data.end(), piece.begin(), piece.end());
    }
    append({static_cast<int>(data.size() >> 8), static_cast<int>(data.size() & 0xff)});
    question.insert(question.end(), data.begin(), data.end());
    return question;
}

TEST(DnsMessage, a_text_in_pieces_is_put_together) {
    const auto question = encode_txt_question(7, "nodes.example.org").value();
    const std::string text(600, 'x');
    const auto texts = decode_txt_answer(txt_answer(question, text), 7, "Nodes.example.org.");
    ASSERT_TRUE(texts) << to_string(texts.error());
    EXPECT_EQ(*texts, std::vector{text});
}

TEST(DnsMessage, an_answer_to_something_else_is_refused) {
    const auto answer = txt_answer(encode_txt_question(7, "nodes.example.org").value(), "x");
    EXPECT_EQ(decode_txt_answer(answer, 8, "nodes.example.org").error(), DnsError::not_ours);
    EXPECT_EQ(decode_txt_answer(answer, 7, "other.example.org").error(), DnsError::not_ours);
}

TEST(DnsMessage, what_the_server_says_is_told) {
    const auto question = encode_txt_question(7, "a.b").value();
    const auto error = [&](std::uint16_t flags) {
        return decode_txt_answer(txt_answer(question, "x", flags), 7, "a.b").error();
    };
    EXPECT_EQ(error(0x8183), DnsError::no_such_name);
    EXPECT_EQ(error(0x8182), DnsError::failed);
    EXPECT_EQ(error(0x8380), DnsError::truncated);
    EXPECT_EQ(error(0x0100), DnsError::malformed);  // a question
}

TEST(DnsMessage, no_prefix_of_an_answer_is_one) {
    const auto answer = txt_answer(encode_txt_question(7, "a.b").value(), "text");
    for (std::size_t size = 0; size < answer.size(); ++size)
        EXPECT_FALSE(decode_txt_answer(ByteView{answer}.first(size), 7, "a.b")) << size;
}

TEST(DnsMessage, pointers_that_go_round_end) {
    auto answer = txt_answer(encode_txt_question(7, "a.b").value(), "text");
    // The answer's name points at itself.
    const auto at = answer.size() - 5 - 12;
    ASSERT_EQ(answer[at], 0xc0);
    answer[at + 1] = static_cast<std::uint8_t>(at);
    EXPECT_EQ(decode_txt_answer(answer, 7, "a.b").error(), DnsError::malformed);
}

TEST(DnsMessage, what_is_no_name_is_not_asked_for) {
    for (const std::string& name : {std::string{}, std::string{"."}, std::string{"a..b"},
                                    std::string(64, 'a'), std::string(300, 'a')})
        EXPECT_FALSE(encode_txt_question(1, name)) << name;
}

}  // namespace
}  // namespace meta138::p2p
