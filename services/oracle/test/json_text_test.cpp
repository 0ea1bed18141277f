// SPDX-License-Identifier: Apache-2.0
#include "json_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::oracle {
namespace {

std::string find(std::string_view text, std::string_view path) {
    const auto document = JsonText::parse(text);
    if (!document) return std::string{to_string(document.error())};
    const auto parsed = parse_json_path(path);
    if (!parsed) return parsed.error();
    const auto value = document->root().at(*parsed);
    return value.text().value_or(value.type() == JsonValue::Type::absent ? "absent" : "no scalar");
}

TEST(JsonPath, the_forms_mean_the_same) {
    const auto* const text = R"({"data":[{"price":"63012.34"}]})";
    for (const auto* const path : {"data.0.price", "$.data[0].price", "data[0][\"price\"]",
                                   "$['data'][0].price", "$[\"data\"].0['price']"})
        EXPECT_EQ(find(text, path), "63012.34") << path;
    EXPECT_EQ(find("3.5", "$"), "3.5");
    EXPECT_EQ(find(R"([1,[2,{"a":3}]])", "[1][1].a"), "3");
    EXPECT_EQ(find(R"({"0":1})", "0"), "1");
    EXPECT_EQ(find(R"({"0":1})", "[0]"), "absent");
    EXPECT_EQ(find(R"({"a.b":1})", "[\"a.b\"]"), "1");
    EXPECT_EQ(find(R"({"a\u002eb":1})", "[\"a.b\"]"), "1");
}

TEST(JsonPath, says_what_is_wrong) {
    for (const auto* const path : {"", ".", "a..b", "a[", "a[x]", "a[\"x]", "a[0]b", "a b", "a.",
                                   "[9999999]", "a[-1]", "$x"})
        EXPECT_FALSE(parse_json_path(path)) << path;
    EXPECT_FALSE(parse_json_path("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a"));
    EXPECT_FALSE(parse_json_path(std::string(257, 'a')));
}

TEST(JsonText, numbers_stay_as_they_are_written) {
    EXPECT_EQ(find(R"({"p":0.1000000000000000055511151231257827})", "p"),
              "0.1000000000000000055511151231257827");
    EXPECT_EQ(find(R"({"p":123456789012345678901234567890})", "p"),
              "123456789012345678901234567890");
    EXPECT_EQ(find(R"({"p":-1.5e+7})", "p"), "-1.5e+7");
}

TEST(JsonText, strings_lose_their_escapes) {
    EXPECT_EQ(find(R"(["a\"\\\/\b\f\n\r\té😀"])", "[0]"), "a\"\\/\b\f\n\r\té😀");
    EXPECT_EQ(find(R"(["\ud83d"])", "[0]"), "�");
    EXPECT_EQ(find(R"(["\ud83dA"])", "[0]"), "�A");
}

TEST(JsonText, absent_is_not_null) {
    EXPECT_EQ(find(R"({"p":null})", "p"), "null");
    EXPECT_EQ(find(R"({"p":null})", "q"), "absent");
    EXPECT_EQ(find(R"({"p":null})", "p.q"), "absent");
    EXPECT_EQ(find(R"([1])", "[1]"), "absent");
    EXPECT_EQ(find(R"({"p":{}})", "p"), "no scalar");
}

TEST(JsonText, refuses_what_is_no_json) {
    for (const auto* const text :
         {"",           " ",     "{",     "}",   "[1,]",   "{\"a\"}", "{\"a\":}",
          "{\"a\":1,}", "{a:1}", "01",    "1.",  ".5",     "+1",      "-",
          "1e",         "tru",   "nul",   "\"",  "\"\\\"", "\"\\x\"", "\"\\u12\"",
          "\"\n\"",     "1 2",   "[1 2]", "NaN", "'a'",    "[1",      "{\"a\":1"})
        EXPECT_EQ(JsonText::parse(text).error(), JsonError::malformed) << text;
    EXPECT_EQ(JsonText::parse(std::string_view{"1\0", 2}).error(), JsonError::malformed);
}

TEST(JsonText, is_bounded) {
    EXPECT_TRUE(JsonText::parse(std::string(64, '[') + std::string(64, ']')));
    EXPECT_EQ(JsonText::parse(std::string(1'000'000, '[')).error(), JsonError::too_deep);
    std::string many = "[0";
    for (int i = 0; i < 200'000; ++i) many += ",0";
    EXPECT_EQ(JsonText::parse(many + "]").error(), JsonError::too_many);
}

}  // namespace
}  // namespace meta138::oracle
