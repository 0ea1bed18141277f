// SPDX-License-Identifier: Apache-2.0
#include "meta138/conformance/run_fixtures.hpp"

#include "fixture_run.hpp"

#include "meta138/conformance/report.hpp"

#include <cstdio>
#include <iterator>

namespace meta138::conformance {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view good_rlp = R"({"dog": {"in": "dog", "out": "0x83646f67"}})";
constexpr std::string_view two_rlp =
    R"({"dog": {"in": "dog", "out": "0x83646f67"}, "four": {"in": [4], "out": "0xc104"}})";

RunOptions options_for(std::vector<std::filesystem::path> paths) {
    RunOptions options;
    options.paths = std::move(paths);
    return options;
}

TEST(RunFixtures, passes_what_is_right) {
    expect_pass(run_text("rlp.json", two_rlp), 2);
}

TEST(RunFixtures, fails_on_another_encoding) {
    EXPECT_THAT(
        only_failure(run_text("rlp.json", R"({"dog": {"in": "dog", "out": "0x83646f68"}})")),
        HasSubstr("0x83646f68"));
}

TEST(RunFixtures, fails_when_an_invalid_encoding_decodes) {
    EXPECT_THAT(
        only_failure(run_text("rlp.json", R"({"dog": {"in": "INVALID", "out": "0x83646f67"}})")),
        HasSubstr("expected a decoding error"));
}

TEST(RunFixtures, fails_on_another_trie_root) {
    EXPECT_THAT(only_failure(run_text("trie.json",
                                      R"({"one": {"in": [["a", "b"]], "root":
                    "0x0000000000000000000000000000000000000000000000000000000000000001"}})")),
                HasSubstr("expected the root 0x00"));
}

TEST(RunFixtures, fails_on_the_output_and_on_the_price_of_a_precompile) {
    const auto vector = [](std::string_view output, int gas) {
        return std::string{R"([{"Name": "copy", "Input": "aabb", "Expected": ")"} +
               std::string{output} + R"(", "Gas": )" + std::to_string(gas) + "}]";
    };
    expect_pass(run_text("identity.json", vector("aabb", 18)));
    EXPECT_THAT(only_failure(run_text("identity.json", vector("aabc", 18))),
                HasSubstr("expected the output 0xaabc"));
    EXPECT_THAT(only_failure(run_text("identity.json", vector("aabb", 19))),
                HasSubstr("expected the price 19"));
    EXPECT_THAT(only_failure(run_text("identity.json", vector("aabb", 17))),
                HasSubstr("out of gas"));
    EXPECT_THAT(only_failure(run_text("nothing.json", vector("aabb", 18))),
                HasSubstr("no precompiled contract"));
}

TEST(RunFixtures, names_file_and_place_of_truncated_json) {
    const auto result = run_text("cut.json", good_rlp.substr(0, 30));
    EXPECT_THAT(only_failure(result), HasSubstr("is not JSON: parse error at line 1"));
    EXPECT_THAT(result.cases.at(0).file, HasSubstr("cut.json"));
}

TEST(RunFixtures, fails_on_every_prefix_of_a_fixture) {
    for (std::size_t size = 0; size < good_rlp.size(); ++size) {
        const auto result = run_text("cut.json", good_rlp.substr(0, size));
        EXPECT_EQ(result.total.passed, 0U) << size;
        EXPECT_EQ(result.total.failed, 1U) << size;
    }
}

TEST(RunFixtures, names_the_path_of_a_value_of_the_wrong_type) {
    EXPECT_THAT(only_failure(run_text("rlp.json", R"({"dog": {"in": "dog", "out": 5}})")),
                HasSubstr("$.dog.out: should be a string but is a number"));
    EXPECT_THAT(only_failure(run_text("rlp.json", R"({"dog": {"in": "dog", "out": "0x8g"}})")),
                HasSubstr("$.dog.out: should be an even number of hex digits"));
    EXPECT_THAT(only_failure(run_text("trie.json", R"({"t": {"in": [["a", 1]], "root": "0x00"}})")),
                HasSubstr("$.t.in[0][1]: should be a string"));
}

TEST(RunFixtures, reads_integers_beyond_64_bits) {
    expect_pass(run_text(
        "rlp.json",
        R"({"big": {"in": "#115792089237316195423570985008687907853269984665640564039457584007913129639936",
            "out": "0xa1010000000000000000000000000000000000000000000000000000000000000000",
            "note": 115792089237316195423570985008687907853269984665640564039457584007913129639936}})"));
}

TEST(RunFixtures, fails_on_an_unknown_format) {
    EXPECT_THAT(only_failure(run_text("x.json", R"({"t": {"what": 1}})")),
                HasSubstr("unknown format: an object with the members {what}"));
    EXPECT_THAT(only_failure(run_text("x.json", R"([1, 2])")), HasSubstr("unknown format"));
    EXPECT_THAT(only_failure(run_text("x.json", "{}")), HasSubstr("holds no test"));
    EXPECT_THAT(only_failure(run_text("x.json", "[]")), HasSubstr("holds no test"));
    EXPECT_THAT(only_failure(run_text("x.json", "7")), HasSubstr("holds no test"));
    EXPECT_THAT(only_failure(run_text("x.csv", "a,b\n1,2\n")), HasSubstr("unknown format"));
}

TEST(RunFixtures, refuses_a_file_that_is_too_large) {
    EXPECT_THAT(only_failure(run_text("rlp.json", good_rlp,
                                      with<RunOptions>([](auto& it) { it.max_file_size = 10; }))),
                HasSubstr("is too large"));
}

TEST(RunFixtures, runs_nothing_in_an_empty_folder) {
    const TemporaryFolder folder;
    Listener listener;
    const auto result = run_fixtures(options_for({folder.path()}), listener);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->total.files, 0U);
    EXPECT_EQ(result->total.passed + result->total.failed + result->total.skipped, 0U);
}

TEST(RunFixtures, names_a_path_that_does_not_exist) {
    Listener listener;
    const auto result = run_fixtures(options_for({"/no/such/place.json"}), listener);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error(), HasSubstr("/no/such/place.json: no such file"));
}

TEST(RunFixtures, refuses_an_unknown_fork_and_a_broken_filter) {
    Listener listener;
    const auto fork =
        run_fixtures(with<RunOptions>([](auto& it) { it.fork = "Atlantis"; }), listener);
    ASSERT_FALSE(fork);
    EXPECT_THAT(fork.error(), HasSubstr("Atlantis"));
    const auto filter =
        run_fixtures(with<RunOptions>([](auto& it) { it.filter = "(["; }), listener);
    ASSERT_FALSE(filter);
    EXPECT_THAT(filter.error(), HasSubstr("--filter"));
}

TEST(RunFixtures, runs_only_cases_that_the_filter_names) {
    const auto result =
        run_text("rlp.json", two_rlp, with<RunOptions>([](auto& it) { it.filter = "^fo+ur$"; }));
    expect_pass(result);
    EXPECT_EQ(result.cases.at(0).name, "four");
}

TEST(RunFixtures, finds_files_in_nested_folders_on_several_threads) {
    const TemporaryFolder folder;
    for (int i = 0; i < 20; ++i)
        folder.write("a/b" + std::to_string(i) + "/t.json", i % 5 == 0 ? "[" : two_rlp);
    folder.write("LICENSE", "no fixture");
    Listener listener;
    const auto result = run_fixtures(with<RunOptions>([&](auto& it) {
                                         it.paths = {folder.path(), folder.path() / "a"};
                                         it.jobs = 4;
                                     }),
                                     listener);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->total.files, 20U);
    EXPECT_EQ(result->total.passed, 32U);
    EXPECT_EQ(result->total.failed, 4U);
    EXPECT_THAT(listener.cases, SizeIs(36));
    EXPECT_EQ(listener.last.files_done, 20U);
}

std::string text_of(std::FILE* file) {
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file))
        text.push_back(static_cast<char>(c));
    return text;
}

TEST(Report, ends_with_the_totals_on_a_line_of_their_own) {
    std::FILE* out = std::tmpfile();
    Report report{out, nullptr, false};
    report.on_case(
        {.file = "f.json", .name = "n", .fork = "Osaka", .kind = "RLP", .reason = "why"});
    RunResult result;
    result.total = {.files = 3, .passed = 1, .failed = 1, .skipped = 1};
    result.cases = {{.file = "g.json",
                     .name = "s",
                     .fork = {},
                     .kind = "RLP",
                     .status = CaseStatus::skipped,
                     .reason = "because"}};
    report.finish(result);
    EXPECT_EQ(text_of(out),
              "FAILED f.json: n (Osaka)\n       why\nSKIPPED g.json: s\n        because\n"
              "1 passed, 1 failed, 1 skipped\n");
    std::fclose(out);
}

TEST(WriteJsonResults, writes_every_case) {
    const TemporaryFolder folder;
    RunResult result;
    result.total.failed = 1;
    result.cases = {
        {.file = "a\"b.json", .name = "n\n", .fork = "F", .kind = "RLP", .reason = "r"}};
    const auto file = folder.path() / "results.json";
    ASSERT_TRUE(write_json_results(file, result));
    std::ifstream in{file};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_THAT(text, HasSubstr(R"({"file": "a\"b.json", "name": "n\n", "fork": "F")"));
    EXPECT_THAT(text, HasSubstr(R"("status": "failed", "reason": "r")"));
    EXPECT_FALSE(write_json_results(folder.path() / "no" / "such.json", result));
}

}  // namespace
}  // namespace meta138::conformance
