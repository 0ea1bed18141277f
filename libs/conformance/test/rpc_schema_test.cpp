// SPDX-License-Identifier: Apache-2.0
#include "rpc_schema.hpp"

#include "fixture_run.hpp"
#include "rpc_cases.hpp"

#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>

namespace meta138::conformance {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Optional;

using Schemas = std::map<std::string, json, std::less<>>;

std::optional<std::string> fault_in(std::string_view value, std::string_view schema,
                                    const Schemas& schemas = {}) {
    return find_schema_fault(json::parse(schema), json::parse(value), schemas);
}

struct SchemaRow {
    std::string name;
    std::string_view schema;
    std::string_view fits;
    std::string_view does_not;
};

class SchemaKeyword : public testing::TestWithParam<SchemaRow> {};

TEST_P(SchemaKeyword, tells_what_fits_from_what_does_not) {
    EXPECT_EQ(fault_in(GetParam().fits, GetParam().schema), std::nullopt);
    EXPECT_NE(fault_in(GetParam().does_not, GetParam().schema), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(
    All, SchemaKeyword,
    testing::Values(
        SchemaRow{"type", R"({"type": "string"})", R"("a")", "1"},
        SchemaRow{"types", R"({"type": ["integer", "null"]})", "null", "1.5"},
        SchemaRow{"pattern", R"({"pattern": "^0x[0-9]+$"})", R"("0x12")", R"("12")"},
        SchemaRow{"choices", R"({"enum": ["a", 1]})", "1", "2"},
        SchemaRow{"constant", R"({"const": "a"})", R"("a")", R"("b")"},
        SchemaRow{"minimum", R"({"minimum": 0})", "0", "-1"},
        SchemaRow{"required", R"({"required": ["a"]})", R"({"a": 1})", R"({"b": 1})"},
        SchemaRow{"properties", R"({"properties": {"a": {"type": "null"}}})", R"({"b": 1})",
                  R"({"a": 1})"},
        SchemaRow{"additional", R"({"properties": {"a": {}}, "additionalProperties": false})",
                  R"({"a": 1})", R"({"b": 1})"},
        SchemaRow{"patterned",
                  R"({"patternProperties": {"^x": {"type": "null"}}, "additionalProperties":
                     {"type": "string"}})",
                  R"({"x1": null, "y": "z"})", R"({"x1": 1})"},
        SchemaRow{"items", R"({"items": {"type": "string"}})", R"(["a"])", R"(["a", 1])"},
        SchemaRow{"one", R"({"oneOf": [{"type": "string"}, {"const": "a"}]})", R"("b")", R"("a")"},
        SchemaRow{"any", R"({"anyOf": [{"type": "string"}, {"const": 1}]})", "1", "2"},
        SchemaRow{"all", R"({"allOf": [{"type": "string"}, {"const": "a"}]})", R"("a")", R"("b")"},
        SchemaRow{"negation", R"({"not": {"type": "string"}})", "1", R"("a")"}),
    [](const auto& row) { return row.param.name; });

TEST(FindSchemaFault, lets_nothing_fit_false_and_anything_true) {
    EXPECT_NE(fault_in("1", "false"), std::nullopt);
    EXPECT_EQ(fault_in("1", "true"), std::nullopt);
}

TEST(FindSchemaFault, follows_references) {
    const Schemas schemas{
        {"uint", json::parse(R"({"pattern": "^0x"})")},
        {"pair", json::parse(R"({"properties": {"first": {"type": "string"}}})")}};
    EXPECT_NE(fault_in("1", R"({"$ref": "#/components/schemas/pair/properties/first"})", schemas),
              std::nullopt);
    constexpr std::string_view schema = R"({"$ref": "#/components/schemas/uint"})";
    EXPECT_EQ(fault_in(R"("0x1")", schema, schemas), std::nullopt);
    EXPECT_NE(fault_in(R"("1")", schema, schemas), std::nullopt);
    EXPECT_THAT(fault_in("1", R"({"$ref": "#/components/schemas/none"})"),
                Optional(HasSubstr("no schema")));
}

TEST(FindSchemaFault, refuses_keywords_that_it_does_not_know) {
    EXPECT_THAT(fault_in("1", R"({"multipleOf": 2})"), Optional(HasSubstr("multipleOf")));
}

TEST(FindSchemaFault, gives_up_on_schemas_that_contain_themselves) {
    const Schemas schemas{{"a", json::parse(R"({"$ref": "#/components/schemas/a"})")}};
    EXPECT_NE(fault_in("1", R"({"$ref": "#/components/schemas/a"})", schemas), std::nullopt);
}

TEST(FindSchemaFault, matches_long_texts) {
    const auto text = "\"0x" + std::string(100'000, 'a') + "\"";
    constexpr std::string_view schema = R"({"pattern": "^0x[0-9a-f]*$"})";
    EXPECT_EQ(fault_in(text, schema), std::nullopt);
    auto broken = text;
    broken[70'000] = 'g';
    EXPECT_NE(fault_in(broken, schema), std::nullopt);
}

TEST(OpenRpc, reads_methods_and_schemas) {
    const TemporaryFolder folder;
    static_cast<void>(folder.write("eth/a.yaml",
                                   "- name: eth_a\n  result:\n    name: A\n    schema:\n"
                                   "      $ref: '#/components/schemas/uint'\n"));
    static_cast<void>(
        folder.write("schemas/b.yaml", "uint:\n  type: string\n  pattern: ^0x[0-9]$\n"));
    const auto specification = OpenRpc::load(folder.path());
    ASSERT_TRUE(specification) << specification.error();
    EXPECT_EQ(specification->check_result("eth_a", "0x1"), std::nullopt);
    EXPECT_NE(specification->check_result("eth_a", "1"), std::nullopt);
    EXPECT_NE(specification->check_result("eth_b", "1"), std::nullopt);
}

// The checker itself, against answers that go-ethereum gave.
TEST(OpenRpc, finds_no_fault_with_the_expected_results) {
    META138_FIXTURE_OR_SKIP(folder, "rpc-execution-apis");
    const auto specification = OpenRpc::load(folder / "openrpc");
    ASSERT_TRUE(specification) << specification.error();
    std::size_t checked = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (entry.path().extension() != ".io") continue;
        const auto text = read_case_file(entry.path(), std::size_t{64} << 20U);
        ASSERT_TRUE(text);
        const auto dialogue = parse_dialogue(*text, ">>", "<<");
        ASSERT_TRUE(dialogue) << entry.path();
        for (const auto& exchange : dialogue->exchanges) {
            if (exchange.responses.empty()) continue;
            const auto response = json::parse(exchange.responses.front());
            if (!response.contains("result")) continue;
            const auto method = json::parse(exchange.request).value("method", "");
            const auto fault = specification->check_result(method, response["result"]);
            // Some answers word an error otherwise than the specification has it; messages do not
            // count.
            if (!fault || !fault->contains("error.message"))
                EXPECT_EQ(fault, std::nullopt) << entry.path();
            ++checked;
        }
    }
    EXPECT_GT(checked, 0U);
}

}  // namespace
}  // namespace meta138::conformance
