// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/enode.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace meta138::p2p {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string id =
    "1dd9d65c4552b5eb43d5ad55a2ee3f56c6cbc1c64a5c8d659f51fcd51bace243"
    "51232b8d7821617d2b29b54b81cdefb9b3e9c37d7fd5f63270bcc9e1a6f6a439";

std::expected<Enode, std::string> at(std::string_view place) {
    return parse_enode("enode://" + id + "@" + std::string{place});
}

std::string error_at(std::string_view place) {
    const auto enode = at(place);
    return enode ? "none" : enode.error();
}

TEST(ParseEnode, without_a_discport_discovery_is_at_the_tcp_port) {
    const auto enode = at("127.0.0.1:52150");
    ASSERT_TRUE(enode);
    EXPECT_EQ(enode->tcp_port, 52150);
    EXPECT_EQ(enode->udp_port, 52150);
}

TEST(ParseEnode, discport_zero_means_no_discovery) {
    const auto enode = at("127.0.0.1:52150?discport=0");
    ASSERT_TRUE(enode);
    EXPECT_EQ(enode->udp_port, std::nullopt);
}

TEST(ParseEnode, a_node_may_only_discover) {
    const auto enode = at("127.0.0.1:0?discport=30303");
    ASSERT_TRUE(enode);
    EXPECT_EQ(enode->tcp_port, 0);
    EXPECT_EQ(enode->udp_port, 30303);
    EXPECT_EQ(at("127.0.0.1:0")->udp_port, std::nullopt);
}

TEST(ParseEnode, an_ipv6_address_stands_in_brackets) {
    EXPECT_EQ(at("[2001:db8:0::1]:30303")->host, "2001:db8::1");
    EXPECT_THAT(error_at("2001:db8::1:30303"), HasSubstr("brackets"));
    EXPECT_THAT(error_at("[2001:db8::1:30303"), HasSubstr("not closed"));
    EXPECT_THAT(error_at("[127.0.0.1]:30303"), HasSubstr("not an IPv6 address"));
    EXPECT_THAT(error_at("[::1]30303"), HasSubstr("no port"));
}

TEST(ParseEnode, a_host_name_is_kept_for_dns) {
    for (const auto* name : {"localhost", "validator-1.qbft.svc.cluster.local", "node_2", "a.b."}) {
        const auto enode = at(std::string{name} + ":30303");
        ASSERT_TRUE(enode) << enode.error();
        EXPECT_EQ(enode->host, name);
        EXPECT_FALSE(has_address(*enode));
    }
    EXPECT_TRUE(has_address(at("127.0.0.1:1").value()));
    EXPECT_TRUE(has_address(at("[::1]:1").value()));
}

TEST(ParseEnode, a_mistyped_address_is_no_host_name) {
    for (const auto* host : {"300.1.2.3", "1.2.3", "1.2.3.4.5", "", "a..b", "-a", "a b", "ä"})
        EXPECT_THAT(error_at(std::string{host} + ":1"), HasSubstr("neither")) << host;
    EXPECT_FALSE(at(std::string(300, 'a') + ":1"));
}

TEST(ParseEnode, says_what_is_wrong_with_the_port) {
    EXPECT_THAT(error_at("127.0.0.1"), HasSubstr("no port"));
    EXPECT_THAT(error_at("127.0.0.1:"), HasSubstr("''"));
    EXPECT_THAT(error_at("127.0.0.1:65536"), HasSubstr("'65536'"));
    EXPECT_THAT(error_at("127.0.0.1:A"), HasSubstr("'A'"));
    EXPECT_THAT(error_at("127.0.0.1:1?discport=x"), HasSubstr("discovery port 'x'"));
    EXPECT_THAT(error_at("127.0.0.1:1?port=2"), HasSubstr("?port=2"));
}

TEST(ParseEnode, says_what_is_wrong_with_the_id) {
    const auto error_of = [](const std::string& node) {
        return parse_enode("enode://" + node + "@127.0.0.1:1").error();
    };
    EXPECT_THAT(error_of("0x" + id), HasSubstr("exactly 128 hexadecimal characters"));
    EXPECT_THAT(error_of(id.substr(1)), HasSubstr("exactly 128"));
    EXPECT_THAT(error_of("g" + id.substr(1)), HasSubstr("not hexadecimal"));
    EXPECT_THAT(error_of(std::string(128, '1')), HasSubstr("not a point"));
    EXPECT_THAT(parse_enode("enode://" + id).error(), HasSubstr("no '@"));
    EXPECT_THAT(parse_enode("http://foobar").error(), HasSubstr("enode://<node_id>"));
}

TEST(Enode, is_printed_as_it_is_parsed) {
    for (const auto* place : {"127.0.0.1:30303", "127.0.0.1:30303?discport=0", "[::1]:1",
                              "127.0.0.1:1?discport=2", "host:3", "1.2.3.4:0?discport=5"})
        EXPECT_EQ(to_string(at(place).value()), "enode://" + id + "@" + place);
}

TEST(ParseEnode, reads_the_urls_of_the_fixture) {
    META138_FIXTURE_OR_SKIP(path, "devp2p/enr/enode-urls.json");
    std::ifstream file{path};
    for (const auto& entry : json::parse(file)) {
        const auto url = entry.at("input").get<std::string>();
        const auto enode = parse_enode(url);
        // Upstream also takes an id alone; nobody could be reached with it.
        const bool expected = entry.at("valid").get<bool>() && entry.contains("ip");
        ASSERT_EQ(enode.has_value(), expected) << url;
        if (!enode) continue;
        EXPECT_EQ(to_hex(enode->id.bytes), entry.at("publicKey").get<std::string>());
        EXPECT_EQ(enode->host, entry.at("ip").get<std::string>());
        EXPECT_EQ(enode->tcp_port, entry.at("tcp").get<std::uint64_t>());
        EXPECT_EQ(enode->udp_port, entry.at("udp").get<std::uint64_t>());
        EXPECT_EQ(to_string(*enode), url);
    }
}

TEST(ParseStaticNodes, an_empty_file_is_an_empty_list) {
    EXPECT_TRUE(parse_static_nodes("").value().empty());
    EXPECT_TRUE(parse_static_nodes(" \n").value().empty());
    EXPECT_TRUE(parse_static_nodes("[]").value().empty());
}

TEST(ParseStaticNodes, names_the_entry_that_is_wrong) {
    const auto good = "\"enode://" + id + "@127.0.0.1:1\"";
    EXPECT_THAT(parse_static_nodes("[" + good + ", \"enode:\"]").error(),
                HasSubstr("entry 2, 'enode:': no enode URL"));
    EXPECT_THAT(parse_static_nodes("[" + good + ", 7]").error(), HasSubstr("entry 2 is not"));
    EXPECT_THAT(parse_static_nodes("{}").error(), HasSubstr("not a JSON array"));
    EXPECT_THAT(parse_static_nodes("[" + good).error(), HasSubstr("not JSON"));
}

TEST(ReadStaticNodes, reads_the_files_of_the_fixture) {
    META138_FIXTURE_OR_SKIP(directory, "devp2p/static-nodes");
    const auto valid = read_static_nodes(directory / "valid_static_nodes.json");
    ASSERT_TRUE(valid) << valid.error();
    ASSERT_EQ(valid->size(), 4U);
    EXPECT_EQ(valid->at(2).host, "10.0.0.1");
    EXPECT_EQ(valid->at(2).tcp_port, 30305);

    const auto names = read_static_nodes(directory / "valid_hostname_static_nodes.json");
    ASSERT_TRUE(names) << names.error();
    EXPECT_EQ(names->at(0).host, "localhost");
    EXPECT_FALSE(has_address(names->at(0)));
    // Whether a name exists is known only when it is dialled.
    EXPECT_TRUE(read_static_nodes(directory / "unknown_hostname_static_nodes.json"));

    EXPECT_THAT(read_static_nodes(directory / "invalid_static_nodes.json").error(),
                HasSubstr("the port 'A' is not"));
    EXPECT_THAT(
        read_static_nodes(directory / "invalid_static_nodes_no_listening_port.json").error(),
        HasSubstr("must have a listening port"));
}

TEST(ReadStaticNodes, names_a_file_that_is_not_there) {
    EXPECT_THAT(read_static_nodes("/nowhere/static-nodes.json").error(),
                HasSubstr("/nowhere/static-nodes.json: No such file"));
}

}  // namespace
}  // namespace meta138::p2p
