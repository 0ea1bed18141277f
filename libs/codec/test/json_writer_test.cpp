// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/json/writer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace meta138::json {
namespace {

std::string written(std::string_view value) {
    std::string text;
    Writer{text}.string(value);
    return text;
}

TEST(JsonWriter, separates_members_with_commas) {
    std::string text;
    Writer json{text};
    json.open_object();
    json.key("a").open_array();
    json.number(1);
    json.null();
    json.open_object().close_object();
    json.close_array();
    json.key("b").boolean(false);
    json.key("c").quantity(uint256::max());
    json.close_object();
    EXPECT_EQ(text, R"({"a":[1,null,{}],"b":false,"c":"0x)" + std::string(64, 'f') + R"("})");
}

TEST(JsonWriter, escapes_what_json_does_not_allow) {
    EXPECT_EQ(written("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")");
    EXPECT_EQ(written("\xc3\xa9"), "\"\xc3\xa9\"");
}

TEST(JsonWriter, replaces_what_is_not_utf8) {
    EXPECT_EQ(written("a\xff"), R"("a\ufffd")");
    EXPECT_EQ(written("\xc3"), R"("\ufffd")");
    EXPECT_EQ(written("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // a surrogate
    EXPECT_EQ(written("\xc0\x80"), R"("\ufffd\ufffd")");            // overlong
    EXPECT_EQ(nlohmann::json::parse(written(std::string(3, '\0'))), std::string(3, '\0'));
}

}  // namespace
}  // namespace meta138::json
