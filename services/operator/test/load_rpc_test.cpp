// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/load_rpc.hpp"

#include "endpoint.hpp"

#include <gmock/gmock.h>

namespace meta138::op {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(AnswerSize, is_zero_until_the_head_is_complete) {
    EXPECT_EQ(answer_size(""), 0u);
    EXPECT_EQ(answer_size("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"), 0u);
}

TEST(AnswerSize, counts_head_and_body) {
    const std::string head = "HTTP/1.1 200 OK\r\ncontent-LENGTH:   2\r\nX: 5\r\n\r\n";
    EXPECT_EQ(answer_size(head), head.size() + 2);
    EXPECT_EQ(answer_size(head + "{}more"), head.size() + 2);
}

TEST(AnswerSize, refuses_an_answer_without_a_usable_length) {
    for (const auto* const line : {"X: 1", "Content-Length:", "Content-Length: x",
                                   "Content-Length: 99999999999999999999", "My-Content-Length: 5"})
        EXPECT_THROW(
            std::ignore = answer_size(std::string{"HTTP/1.1 200 OK\r\n"} + line + "\r\n\r\n"),
            LoadError)
            << line;
}

TEST(Resolve, takes_hosts_ports_and_paths) {
    const auto endpoint = resolve("http://127.0.0.1:8546/key");
    EXPECT_EQ(endpoint.host, "127.0.0.1:8546");
    EXPECT_EQ(endpoint.path, "/key");
    EXPECT_EQ(endpoint.address.port(), 8546);
    EXPECT_EQ(resolve("http://127.0.0.1").address.port(), 80);
    EXPECT_EQ(resolve("http://127.0.0.1").path, "/");
}

TEST(Resolve, refuses_what_cannot_be_measured) {
    EXPECT_THROW(std::ignore = resolve("https://127.0.0.1"), LoadError);
    EXPECT_THROW(std::ignore = resolve("127.0.0.1:8545"), LoadError);
}

LoadReport report(const std::string& url, double requests_per_second) {
    return {.url = url,
            .client = "a client",
            .methods = {{.method = "eth_call",
                         .requests = 1000,
                         .errors = 3,
                         .requests_per_second = requests_per_second,
                         .p50 = 100us,
                         .p95 = 2ms,
                         .p99 = 3ms}},
            .traffic = {}};
}

TEST(LoadReport, names_each_method_with_its_figures) {
    const auto text = to_text({report("http://a", 5000)});
    EXPECT_THAT(text, HasSubstr("eth_call"));
    EXPECT_THAT(text, HasSubstr("100 us"));
    EXPECT_THAT(text, HasSubstr("2.0 ms"));
    EXPECT_THAT(text, testing::Not(HasSubstr("compared")));
}

TEST(LoadReport, compares_two_endpoints) {
    EXPECT_THAT(to_text({report("http://a", 5000), report("http://b", 1000)}),
                HasSubstr("5.0x requests/s"));
}

}  // namespace
}  // namespace meta138::op
