// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/url.hpp"

#include <gtest/gtest.h>

namespace meta138::http {
namespace {

UrlError error_of(std::string_view text) {
    const auto url = parse_url(text);
    EXPECT_FALSE(url.has_value()) << text;
    return url ? UrlError{} : url.error();
}

TEST(Url, is_taken_apart) {
    const auto url = parse_url("https://Alice:p%40ss@Node.Example:8545/v3/key?x=1#part");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, Scheme::https);
    EXPECT_EQ(url->host, "node.example");
    EXPECT_EQ(url->port, 8545);
    EXPECT_EQ(url->target, "/v3/key?x=1");
    EXPECT_EQ(url->user, "Alice");
    EXPECT_EQ(url->password, "p@ss");
    EXPECT_TRUE(url->is_secure());
}

TEST(Url, has_the_port_of_its_scheme_and_the_root_by_default) {
    EXPECT_EQ(parse_url("http://a")->port, 80);
    EXPECT_EQ(parse_url("wss://a")->port, 443);
    EXPECT_EQ(parse_url("ws://a:")->port, 80);
    EXPECT_EQ(parse_url("http://a")->target, "/");
    EXPECT_EQ(parse_url("http://a?q")->target, "/?q");
    EXPECT_EQ(parse_url("HTTP://a")->scheme, Scheme::http);
}

TEST(Url, knows_addresses_of_both_kinds) {
    const auto url = parse_url("http://[::1]:8545/");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "::1");
    EXPECT_EQ(url->authority(), "[::1]:8545");
    EXPECT_EQ(parse_url("ws://10.0.0.1:1")->authority(), "10.0.0.1:1");
}

TEST(Url, names_the_host_without_the_schemes_own_port) {
    EXPECT_EQ(parse_url("http://a:80")->host_header(), "a");
    EXPECT_EQ(parse_url("https://a:80")->host_header(), "a:80");
}

TEST(Url, tells_logs_no_secret) {
    const auto url = parse_url("https://user:password@a/v3/key?token=t");
    EXPECT_EQ(url->origin(), "https://a:443");
}

TEST(Url, that_cannot_be_used_is_refused_with_the_reason) {
    EXPECT_EQ(error_of("a:8545"), UrlError::no_scheme);
    EXPECT_EQ(error_of("ftp://a"), UrlError::unknown_scheme);
    EXPECT_EQ(error_of("http://"), UrlError::no_host);
    EXPECT_EQ(error_of("http://:80"), UrlError::no_host);
    EXPECT_EQ(error_of("http://a:0"), UrlError::bad_port);
    EXPECT_EQ(error_of("http://a:65536"), UrlError::bad_port);
    EXPECT_EQ(error_of("http://a:8x"), UrlError::bad_port);
    EXPECT_EQ(error_of("http://[::1"), UrlError::bad_host);
    EXPECT_EQ(error_of("http://::1"), UrlError::no_host);
    EXPECT_EQ(error_of("http://a b"), UrlError::bad_character);
    EXPECT_EQ(error_of("http://a/\r\nX: y"), UrlError::bad_character);
    EXPECT_EQ(error_of("http://a%2"), UrlError::bad_host);
    EXPECT_EQ(error_of("http://u%2@a"), UrlError::bad_escape);
    EXPECT_EQ(error_of("http://" + std::string(max_url_size, 'a')), UrlError::too_long);
}

}  // namespace
}  // namespace meta138::http
