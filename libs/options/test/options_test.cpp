// SPDX-License-Identifier: Apache-2.0
#include "meta138/options/settings.hpp"

#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>

namespace meta138::options {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr OptionRow global_rows[] = {
    {"config-file", ValueKind::path, "", "A file", Effect::yes, "", "", true},
    {"http-port", ValueKind::port, "9000", "A port"},
    {"hosts", ValueKind::list, "localhost", "Names", Effect::yes, "", "names"},
    {"logging", ValueKind::choice, "INFO", "Level", Effect::yes, "INFO|WARN", "l"},
};
constexpr OptionRow eth1_rows[] = {
    {"chain-id", ValueKind::count, "", "A chain"},
    {"downstream-http-host", ValueKind::text, "127.0.0.1", "A node"},
};
constexpr OptionGroup groups[] = {
    {"Program", "", global_rows},
    {"Chain", "", eth1_rows, "eth1"},
};
constexpr CommandRow commands[] = {{"eth1", "", "", "Run", {}}};
constexpr std::array<std::string_view, 2> prefixes{"OURS_", "THEIRS_"};
constexpr Catalogue catalogue{.program = "program",
                              .usage = "Usage: program\n",
                              .command_note = "Note.",
                              .groups = groups,
                              .commands = commands,
                              .prefixes = prefixes};

class OptionSources : public testing::Test {
protected:
    std::string file(const std::string& name, const std::string& text) {
        const auto path = std::filesystem::path{testing::TempDir()} / ("options_" + name);
        std::ofstream{path} << text;
        return path.string();
    }

    template <typename Read>
    std::string error_of(Read read) {
        try {
            read();
        } catch (const OptionError& error) {
            return error.what();
        }
        return "(no error)";
    }

    std::string yaml_error(const std::string& text) {
        return error_of([&] { read_yaml_file(file("e.yaml", text), Source::file, settings); });
    }
    std::string toml_error(const std::string& text) {
        return error_of([&] { read_toml_file(file("e.toml", text), Source::file, settings); });
    }

    Settings settings{catalogue};
};

TEST_F(OptionSources, the_command_line_wins_over_the_environment_and_that_over_a_file) {
    const std::array arguments{"--http-port=1", "eth1", "--chain-id", "138"};
    const auto read = read_arguments(arguments, settings);
    ASSERT_NE(read.command, nullptr);
    EXPECT_EQ(read.command->words, "eth1");
    const std::map<std::string, std::string> variables{
        {"THEIRS_HTTP_PORT", "2"}, {"THEIRS_HOSTS", "a,b"}, {"OURS_ETH1_CHAIN_ID", "1"}};
    read_environment(
        [&](const std::string& name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional{found->second};
        },
        settings);
    read_yaml_file(file("a.yaml", "hosts: c\neth1.downstream-http-host: node\n"), Source::file,
                   settings);
    EXPECT_EQ(settings.count("http-port"), 1);
    EXPECT_EQ(settings.count("chain-id"), 138);
    EXPECT_THAT(settings.list("hosts"), ElementsAre("a", "b"));
    EXPECT_EQ(settings.text("downstream-http-host"), "node");
}

TEST_F(OptionSources, an_option_of_a_section_has_its_name_in_variables_and_keys) {
    read_environment(
        [](const std::string& name) {
            return name == "OURS_CHAIN_ID" ? std::optional<std::string>{"7"} : std::nullopt;
        },
        settings);
    EXPECT_FALSE(settings.has("chain-id"));
    EXPECT_THAT(yaml_error("http-port: 1\nchain-id: 7\n"),
                HasSubstr("Unknown option in YAML configuration file: chain-id (line 2)"));
}

TEST_F(OptionSources, yaml_holds_lists_maps_and_simple_values) {
    read_yaml_file(file("b.yaml", "names: [a, b]\nlogging: warn\neth1:\n  chain-id: 5\n"),
                   Source::file, settings);
    EXPECT_THAT(settings.list("hosts"), ElementsAre("a", "b"));
    EXPECT_EQ(settings.text("logging"), "WARN");
    EXPECT_EQ(settings.count("chain-id"), 5);
    Settings other{catalogue};
    read_yaml_file(file("c.yaml", "hosts: {a: 1, b: [2, 3]}\n"), Source::file, other);
    EXPECT_THAT(other.list("hosts"), ElementsAre("a=1", "b=2", "b=3"));
}

TEST_F(OptionSources, yaml_with_a_fault_is_refused_with_its_line) {
    EXPECT_THAT(yaml_error("hosts: a\nhttp-port: 70000\n"),
                HasSubstr("'70000' is not a port (0 to 65535) ("));
    EXPECT_THAT(yaml_error("hosts: a\nhttp-port: 70000\n"), HasSubstr("options_e.yaml, line 2)"));
    EXPECT_THAT(yaml_error("hosts: [a\n"), HasSubstr("line 2"));
    EXPECT_THAT(yaml_error("http-port: 1\nhttp-port: 2\n"), HasSubstr("given twice (line 2)"));
    EXPECT_THAT(yaml_error("http-prt: 1\n"), HasSubstr("Did you mean --http-port?"));
    EXPECT_THAT(yaml_error("just text\n"), HasSubstr("'option: value' expected"));
    EXPECT_THAT(yaml_error("config-file: x\n"), HasSubstr("Unknown option"));
    EXPECT_THAT(yaml_error(" \n"), HasSubstr("empty YAML"));
}

TEST_F(OptionSources, toml_may_have_headings) {
    read_toml_file(file("a.toml", "http-port=1\neth1.chain-id=5\n[anything]\nhosts=['a','b']\n"),
                   Source::file, settings);
    EXPECT_EQ(settings.count("http-port"), 1);
    EXPECT_EQ(settings.count("chain-id"), 5);
    EXPECT_THAT(settings.list("hosts"), ElementsAre("a", "b"));
    EXPECT_THAT(toml_error("\n\nnonsense=1\n"), HasSubstr("nonsense (line 3)"));
    EXPECT_THAT(toml_error("logging='LOUD'\n"), HasSubstr("options_e.toml, line 1)"));
}

TEST_F(OptionSources, a_value_that_turns_out_wrong_later_still_has_its_line) {
    read_toml_file(file("d.toml", "\nhttp-port=1\n"), Source::file, settings);
    EXPECT_THAT(settings.invalid("http-port", "in use").what(),
                HasSubstr("Invalid value for option '--http-port': in use ("));
    EXPECT_THAT(settings.invalid("http-port", "in use").what(), HasSubstr("line 2)"));
    EXPECT_STREQ(settings.invalid("hosts", "none").what(),
                 "Invalid value for option '--hosts': none");
}

TEST(CatalogueHelp, shows_the_options_of_a_command_with_it) {
    EXPECT_THAT(catalogue.help_text(nullptr, false), HasSubstr("--http-port=PORT"));
    const auto text = catalogue.help_text(catalogue.find_command("eth1"), false);
    EXPECT_THAT(text, HasSubstr("Usage: program [OPTIONS] eth1"));
    EXPECT_THAT(text, HasSubstr("--chain-id=NUMBER"));
    EXPECT_THAT(text, testing::Not(HasSubstr("--http-port")));
    EXPECT_THAT(text, HasSubstr("Note."));
}

}  // namespace
}  // namespace meta138::options
