// SPDX-License-Identifier: Apache-2.0
#include "pretty_json.hpp"

#include <gtest/gtest.h>

namespace meta138::node {
namespace {

TEST(PrettyJson, is_laid_out_as_besus) {
    EXPECT_EQ(pretty_json(R"({"jsonrpc":"2.0","id":1,"result":{"a":["0x1",{"b":null}],"c":{}}})"),
              R"({
  "jsonrpc" : "2.0",
  "id" : 1,
  "result" : {
    "a" : [ "0x1", {
      "b" : null
    } ],
    "c" : { }
  }
})");
}

TEST(PrettyJson, leaves_texts_as_they_are) {
    EXPECT_EQ(pretty_json(R"({"a":"{\"x\":[1,2]}: \\","b":[]})"), R"({
  "a" : "{\"x\":[1,2]}: \\",
  "b" : [ ]
})");
}

TEST(PrettyJson, does_not_mind_what_is_laid_out_already) {
    const auto once = pretty_json(R"({"a":[1,[2,3],{"b":true}]})");
    EXPECT_EQ(pretty_json(once), once);
}

}  // namespace
}  // namespace meta138::node
