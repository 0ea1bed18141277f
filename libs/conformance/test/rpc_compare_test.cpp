// SPDX-License-Identifier: Apache-2.0
#include "rpc_compare.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace meta138::conformance {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Optional;

TEST(FindDifference, compares_numbers_by_value) {
    EXPECT_EQ(find_difference(json::parse("[1, 2.0]"), json::parse("[1.0, 2]")), std::nullopt);
}

TEST(FindDifference, names_the_place) {
    EXPECT_THAT(find_difference(json::parse(R"({"a": [1, {"b": "0x1"}]})"),
                                json::parse(R"({"a": [1, {"b": "0x2"}]})")),
                Optional(HasSubstr(R"($.a[1].b: got "0x1", expected "0x2")")));
}

TEST(FindDifference, sees_members_that_only_one_side_has) {
    EXPECT_THAT(find_difference(json::parse("{}"), json::parse(R"({"a": null})")),
                Optional(HasSubstr("$.a: missing")));
    EXPECT_THAT(find_difference(json::parse(R"({"a": null})"), json::parse("{}")),
                Optional(HasSubstr("$.a: got null, expected no such member")));
}

TEST(DropErrorMessages, keeps_the_codes) {
    auto got = json::parse(R"({"result": [{"error": {"code": 3, "message": "mine"}}]})");
    auto expected = json::parse(R"({"result": [{"error": {"code": 4, "message": "theirs"}}]})");
    drop_error_messages(got, expected);
    EXPECT_THAT(find_difference(got, expected), Optional(HasSubstr("error.code")));
}

TEST(DropErrorMessages, keeps_an_error_that_only_one_side_has) {
    auto got = json::parse(R"({"error": {"code": 3, "message": "mine"}})");
    auto expected = json::parse(R"({"result": null})");
    drop_error_messages(got, expected);
    EXPECT_NE(find_difference(got, expected), std::nullopt);
}

TEST(NormalizeTraceErrors, brings_two_clients_words_together) {
    auto ours = json::parse(R"([{"error": "Bad instruction"}, {"error": "Out of gas"}])");
    auto theirs =
        json::parse(R"([{"error": "invalid opcode: 0xfe"}, {"error": "gas uint64 overflow"}])");
    normalize_trace_errors(ours);
    normalize_trace_errors(theirs);
    EXPECT_EQ(ours, theirs);
}

TEST(NormalizeTraceErrors, leaves_other_words_alone) {
    auto trace = json::parse(R"({"error": "Reverted"})");
    normalize_trace_errors(trace);
    EXPECT_EQ(trace, json::parse(R"({"error": "Reverted"})"));
}

TEST(DropCallManyGas, takes_out_what_follows_gas_prices) {
    auto value = json::parse(R"([{"trace": [{"result": {"gasUsed": "0x1", "output": "0x"}}],
        "vmTrace": {"ops": [{"cost": 3, "ex": {"used": 5}, "pc": 0}]},
        "stateDiff": {"0x01": {"balance": "=", "nonce": "="}}}])");
    drop_call_many_gas(value);
    EXPECT_EQ(value, json::parse(R"([{"trace": [{"result": {"output": "0x"}}],
        "vmTrace": {"ops": [{"ex": {}, "pc": 0}]}, "stateDiff": {"0x01": {"nonce": "="}}}])"));
}

TEST(FindStructuralDifference, sees_kinds_and_not_values) {
    const auto expected = json::parse(R"({"hash": "0xaa", "list": [], "number": 1})");
    EXPECT_EQ(find_structural_difference(
                  json::parse(R"({"hash": "0xbb", "list": ["0x1"], "number": 2})"), expected),
              std::nullopt);
    EXPECT_NE(find_structural_difference(json::parse(R"({"hash": "bb", "list": [], "number": 2})"),
                                         expected),
              std::nullopt);
    EXPECT_NE(find_structural_difference(json::parse(R"({"hash": "0xbb", "list": []})"), expected),
              std::nullopt);
}

}  // namespace
}  // namespace meta138::conformance
