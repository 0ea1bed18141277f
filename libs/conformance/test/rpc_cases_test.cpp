// SPDX-License-Identifier: Apache-2.0
#include "rpc_cases.hpp"

#include "fixture_run.hpp"

#include <gmock/gmock.h>

namespace meta138::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RpcPlaces, finds_the_chain_above_an_io_file) {
    const TemporaryFolder folder;
    static_cast<void>(folder.write("genesis.json", "{}"));
    static_cast<void>(folder.write("chain.rlp", ""));
    const auto place = RpcPlaces{}.find(folder.write("eth_call/a.io", ""));
    ASSERT_TRUE(place);
    EXPECT_EQ(place->family, RpcFamily::execution_apis);
    EXPECT_EQ(place->chain, folder.path());
}

TEST(RpcPlaces, knows_no_chain_where_there_is_none) {
    const TemporaryFolder folder;
    EXPECT_FALSE(RpcPlaces{}.find(folder.write("eth_call/a.io", "")));
    EXPECT_FALSE(RpcPlaces{}.find(folder.write("specs/eth/a.json", "")));
}

TEST(RpcPlaces, takes_the_longest_entry_of_an_index) {
    const TemporaryFolder folder;
    static_cast<void>(folder.write("index.json", R"([
        {"specs": "specs/debug", "chain": "chains/a"},
        {"specs": "specs/debug/deep", "chain": "chains/b"},
        {"specs": "specs/graphql", "chain": "chains/a", "protocol": "graphql"}])"));
    RpcPlaces places;
    const auto chain_of = [&](const std::string& name) {
        return places.find(folder.write(name, "{}")).value_or(RpcPlace{}).chain.filename();
    };
    EXPECT_EQ(chain_of("specs/debug/x.json"), "a");
    EXPECT_EQ(chain_of("specs/debug/deep/x.json"), "b");
    EXPECT_EQ(chain_of("specs/debug-other/x.json"), "");
    EXPECT_EQ(places.find(folder.write("specs/graphql/x.json", "{}"))->family,
              RpcFamily::besu_graphql);
}

TEST(RpcPlaces, tells_steps_by_their_numbers) {
    const TemporaryFolder folder;
    static_cast<void>(folder.write("genesis.json", "{}"));
    const auto step = RpcPlaces{}.find(folder.write("07_unknown_payload.json", "{}"));
    ASSERT_TRUE(step);
    EXPECT_EQ(step->family, RpcFamily::besu_sequence);
    EXPECT_FALSE(is_step_name("genesis.json"));
    EXPECT_FALSE(is_step_name("07.json"));
    EXPECT_FALSE(is_step_name("_a.json"));
}

TEST(ParseDialogue, reads_requests_and_their_responses) {
    const auto dialogue = parse_dialogue(
        "// a comment\n// speconly: only the schema\n>> {\"a\":1}\n<< {\"b\":2}\n\n>> {}\n", ">>",
        "<<");
    ASSERT_TRUE(dialogue) << dialogue.error();
    EXPECT_TRUE(dialogue->spec_only);
    ASSERT_EQ(dialogue->exchanges.size(), 2U);
    EXPECT_EQ(dialogue->exchanges[0].request, "{\"a\":1}");
    EXPECT_THAT(dialogue->exchanges[0].responses, ElementsAre("{\"b\":2}"));
    EXPECT_THAT(dialogue->exchanges[1].responses, IsEmpty());
}

TEST(ParseDialogue, refuses_what_is_no_dialogue) {
    EXPECT_FALSE(parse_dialogue("", ">>", "<<"));
    EXPECT_FALSE(parse_dialogue("// nothing\n", ">>", "<<"));
    EXPECT_FALSE(parse_dialogue("<< {}\n", ">>", "<<"));
    EXPECT_FALSE(parse_dialogue(">> {}\nhello\n", ">>", "<<"));
}

TEST(ParseBesuCase, wants_a_request_and_a_response) {
    EXPECT_TRUE(parse_besu_case(R"({"request": [], "response": []})"));
    EXPECT_FALSE(parse_besu_case(R"({"request": []})"));
    EXPECT_FALSE(parse_besu_case("["));
    EXPECT_EQ(parse_besu_case(R"({"request": {}, "response": {}, "statusCode": 400})")->status,
              400);
}

}  // namespace
}  // namespace meta138::conformance
