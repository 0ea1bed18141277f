// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/ip_address.hpp"

#include <gmock/gmock.h>

namespace meta138::p2p {
namespace {

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

TEST(IpAddress, is_printed_as_it_is_parsed) {
    for (const auto* text : {"192.0.2.1", "0.0.0.0", "::", "::1", "2001:db8:3c4d:15::abcd:ef12"})
        EXPECT_EQ(to_string(ip(text)), text);
}

TEST(IpAddress, an_ipv4_address_has_one_form) {
    EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    EXPECT_TRUE(ip("::ffff:192.0.2.1").is_v4());
}

TEST(IpAddress, what_is_no_address_is_refused) {
    for (const auto* text : {"", "localhost", "1.2.3", "1.2.3.256", "[::1]", "fe80::1%eth0", ":"})
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    EXPECT_FALSE(IpAddress::parse(std::string_view{"1.2.3.4\0x", 9}));
    EXPECT_FALSE(IpAddress::from(Bytes(5)));
    EXPECT_FALSE(IpAddress::from({}));
}

TEST(IpAddress, knows_networks_that_the_internet_does_not_route) {
    for (const auto* text : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                             "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1"})
        EXPECT_TRUE(ip(text).is_private()) << text;
    for (const auto* text :
         {"172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1", "127.0.0.1", "11.0.0.1"})
        EXPECT_FALSE(ip(text).is_private()) << text;
}

TEST(IpAddress, knows_addresses_that_are_nobodys) {
    for (const auto* text : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "::", "ff02::1"})
        EXPECT_TRUE(ip(text).is_nobodys()) << text;
    for (const auto* text : {"127.0.0.1", "::1", "223.1.1.1", "fe80::1"})
        EXPECT_FALSE(ip(text).is_nobodys()) << text;
}

TEST(IpAddress, loopback_is_known_in_both_families) {
    EXPECT_TRUE(ip("127.0.0.1").is_loopback());
    EXPECT_TRUE(ip("127.9.9.9").is_loopback());
    EXPECT_TRUE(ip("::1").is_loopback());
    EXPECT_FALSE(ip("::2").is_loopback());
    EXPECT_FALSE(ip("1::1").is_loopback());
}

TEST(IpAddress, a_prefix_keeps_the_first_bits) {
    EXPECT_EQ(ip("10.1.2.255").prefix(24), ip("10.1.2.0"));
    EXPECT_EQ(ip("10.1.2.255").prefix(25), ip("10.1.2.128"));
    EXPECT_EQ(ip("10.1.2.255").prefix(0), ip("0.0.0.0"));
    EXPECT_EQ(ip("10.1.2.255").prefix(32), ip("10.1.2.255"));
    EXPECT_EQ(ip("2001:db8:1:2::3").prefix(48), ip("2001:db8:1::"));
}

TEST(UdpEndpoint, an_ipv6_address_is_printed_in_brackets) {
    EXPECT_EQ(to_string(UdpEndpoint{ip("::1"), 7}), "[::1]:7");
    EXPECT_EQ(to_string(UdpEndpoint{ip("1.2.3.4"), 7}), "1.2.3.4:7");
}

TEST(ParseSubnet, bits_after_the_prefix_do_not_matter) {
    const auto subnet = parse_subnet("10.1.2.3/8");
    ASSERT_TRUE(subnet);
    EXPECT_TRUE(subnet->contains(ip("10.255.0.1")));
    EXPECT_FALSE(subnet->contains(ip("11.0.0.1")));
    EXPECT_FALSE(subnet->contains(ip("::10.1.2.3")));
    EXPECT_TRUE(parse_subnet("2001:db8::/32")->contains(ip("2001:db8:ffff::1")));
    EXPECT_TRUE(parse_subnet("0.0.0.0/0")->contains(ip("8.8.8.8")));
}

TEST(ParseSubnet, says_what_is_wrong) {
    EXPECT_THAT(parse_subnet("10.0.0.0").error(), testing::HasSubstr("prefix length"));
    EXPECT_THAT(parse_subnet("10.0.0/8").error(), testing::HasSubstr("'10.0.0'"));
    EXPECT_THAT(parse_subnet("10.0.0.0/33").error(), testing::HasSubstr("0 to 32"));
    EXPECT_THAT(parse_subnet("::/129").error(), testing::HasSubstr("0 to 128"));
    EXPECT_FALSE(parse_subnet("10.0.0.0/"));
    EXPECT_FALSE(parse_subnet("10.0.0.0/8x"));
    EXPECT_FALSE(parse_subnet("10.0.0.0/-1"));
}

}  // namespace
}  // namespace meta138::p2p
