// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace meta138::json {
namespace {

TEST(JsonReader, reads_values_of_every_type) {
    Parser parser;
    const auto root = parser.parse(
        R"({"a":[1,-2,18446744073709551615,1.5,"x\u00e9\n",true,null,{}],"b":{"c":"d"}})");
    ASSERT_TRUE(root);
    const auto a = root->find("a");
    ASSERT_EQ(a.size(), 8U);
    EXPECT_EQ(a.at(0).unsigned_integer(), 1U);
    EXPECT_EQ(a.at(1).signed_integer(), -2);
    EXPECT_EQ(a.at(1).unsigned_integer(), std::nullopt);
    EXPECT_EQ(a.at(2).unsigned_integer(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(a.at(2).signed_integer(), std::nullopt);
    EXPECT_EQ(a.at(3).number(), 1.5);
    EXPECT_EQ(a.at(3).unsigned_integer(), std::nullopt);
    EXPECT_EQ(a.at(4).string(), "x\xc3\xa9\n");
    EXPECT_EQ(a.at(5).boolean(), true);
    EXPECT_EQ(a.at(6).type(), Type::null);
    EXPECT_TRUE(a.at(6).is_missing());
    EXPECT_FALSE(a.at(6).is_absent());
    EXPECT_TRUE(a.at(7).is_object());
    EXPECT_EQ(a.at(7).size(), 0U);
    EXPECT_EQ(root->find("b").find("c").string(), "d");
}

TEST(JsonReader, finds_nothing_in_what_is_absent) {
    Parser parser;
    const auto root = parser.parse("[1]");
    ASSERT_TRUE(root);
    EXPECT_TRUE(root->at(1).is_absent());
    EXPECT_TRUE(root->find("x").is_absent());
    EXPECT_TRUE(root->at(1).at(2).find("y").is_missing());
    EXPECT_EQ(root->at(1).size(), 0U);
    EXPECT_EQ(root->at(0).string(), std::nullopt);
}

TEST(JsonReader, takes_the_last_of_members_with_one_name) {
    Parser parser;
    EXPECT_EQ(parser.parse(R"({"a":1,"a":2})")->find("a").unsigned_integer(), 2U);
}

TEST(JsonReader, walks_over_nested_values) {
    Parser parser;
    const auto root = parser.parse(R"([[1,[2,"three"]],{"a":{"b":[]}},"4"])");
    ASSERT_TRUE(root);
    std::string types;
    for (const auto value : root->elements())
        types += std::to_string(static_cast<int>(value.type()));
    EXPECT_EQ(types, "675");
}

TEST(JsonReader, refuses_what_is_not_json) {
    Parser parser;
    for (const auto* text : {"", " ", "{", "[1,]", "{\"a\":}", "nul", "01", "\"\xff\"", "[1] 2",
                             "{'a':1}", "\"\\x\"", "\"a\nb\"", "[1 2]", "NaN"})
        EXPECT_EQ(parser.parse(text).error(), ReadError::malformed) << text;
}

TEST(JsonReader, keeps_its_limits) {
    Parser parser{{.size = 100, .depth = 4, .values = 10}};
    EXPECT_TRUE(parser.parse("[[[1]]]"));
    EXPECT_EQ(parser.parse("[[[[[1]]]]]").error(), ReadError::too_deep);
    EXPECT_EQ(parser.parse("[1,2,3,4,5,6,7,8,9,10,11]").error(), ReadError::too_many);
    EXPECT_EQ(parser.parse(std::string(101, ' ')).error(), ReadError::too_large);
}

TEST(JsonReader, is_as_good_as_new_after_an_error) {
    Parser parser;
    EXPECT_FALSE(parser.parse("[1,"));
    EXPECT_EQ(parser.parse("[1]")->at(0).unsigned_integer(), 1U);
    EXPECT_TRUE(parser.parse('"' + std::string(std::size_t{3} << 20, 'x') + '"'));
    EXPECT_EQ(parser.parse("\"short\"")->string(), "short");
}

TEST(JsonWriter, keeps_floating_point_numbers_apart_from_integers) {
    const auto written = [](double value) {
        std::string text;
        Writer{text}.number(value);
        return text;
    };
    EXPECT_EQ(written(1.0), "1.0");
    EXPECT_EQ(written(0.1), "0.1");
    EXPECT_EQ(written(1e300), "1e+300");
    EXPECT_EQ(written(std::nan("")), "null");
}

}  // namespace
}  // namespace meta138::json
