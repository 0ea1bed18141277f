// SPDX-License-Identifier: Apache-2.0
#include "meta138/conformance/t8n.hpp"

#include "runners.hpp"

#include "meta138/conformance/trace.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;
// In the order of the file: the cases of a state test are traced in that order.
using json = nlohmann::ordered_json;

std::string shorten(std::string text) {
    constexpr std::size_t limit = 300;
    if (text.size() > limit) text.replace(limit, std::string::npos, "…");
    return text;
}

// Numbers are compared by value, however they are written: Besu has both 96 and "0x60".
std::optional<std::uint64_t> number_of(const json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (!value.is_string()) return std::nullopt;
    const auto parsed = parse_hex_uint256(value.get_ref<const std::string&>());
    if (!parsed || !parsed->fits_uint64()) return std::nullopt;
    return parsed->low64();
}

bool is_nothing(const json& value) {
    return value.is_null() || (value.is_array() && value.empty());
}

// What is expected and did not come: "" if nothing. The text of an error is every tool's own, so
// that there is one is all that counts; members beyond those expected are no difference in the
// results of Besu, which has fewer.
class Comparison {
public:
    explicit Comparison(bool extra_members_allowed) : extra_allowed_{extra_members_allowed} {}

    std::string difference(const json& expected, const json& got, const std::string& place) const {
        if (expected.is_object() && got.is_object()) return objects(expected, got, place);
        if (expected.is_array() && got.is_array()) {
            if (expected.size() != got.size())
                return fmt::format("{}: expected {} elements, got {}", place, expected.size(),
                                   got.size());
            for (std::size_t i = 0; i < expected.size(); ++i) {
                auto text = difference(expected[i], got[i], fmt::format("{}[{}]", place, i));
                if (!text.empty()) return text;
            }
            return {};
        }
        if (expected == got || (is_nothing(expected) && is_nothing(got))) return {};
        // Besu has some booleans as strings.
        if (got.is_boolean() && expected == json(got.dump())) return {};
        const auto a = number_of(expected);
        if (a && a == number_of(got)) return {};
        return fmt::format("{}: expected {}, got {}", place, shorten(expected.dump()),
                           shorten(got.dump()));
    }

private:
    std::string objects(const json& expected, const json& got, const std::string& place) const {
        // Of a refused transaction go-ethereum tells more or less, by how far it got.
        if (expected.contains("error") && got.contains("error")) {
            const bool same_place = expected.value("index", json{}) == got.value("index", json{}) &&
                                    expected.value("pc", json{}) == got.value("pc", json{});
            return same_place ? "" : place + ": an error elsewhere";
        }
        for (const auto& [key, value] : expected.items()) {
            const auto inner = place + "." + key;
            // Besu's logs know the hash of a block that its tool has built on the way.
            if (extra_allowed_ && key == "blockHash") continue;
            if (!got.contains(key)) {
                if (is_nothing(value)) continue;
                return fmt::format("{}: expected {}, got nothing", inner, shorten(value.dump()));
            }
            auto text = difference(value, got.at(key), inner);
            if (!text.empty()) return text;
        }
        for (const auto& [key, value] : got.items()) {
            if (!extra_allowed_ && !expected.contains(key) && !is_nothing(value))
                return fmt::format("{}.{}: expected nothing, got {}", place, key,
                                   shorten(value.dump()));
        }
        return {};
    }

    bool extra_allowed_;
};

std::optional<json> read_json(const fs::path& file) {
    std::ifstream in{file};
    auto value = json::parse(in, nullptr, false);
    return value.is_discarded() ? std::nullopt : std::optional{std::move(value)};
}

struct ToolRun {
    int exit_code = 0;
    std::string output;
    std::string errors;
};

std::string text_member(const json& object, const char* key) {
    return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

ToolRun run_geth_tool(const json& test, const fs::path& folder) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream errors;
    const auto file = [&](const char* key) {
        const auto name = text_member(test, key);
        return name.empty() ? "" : (folder / name).string();
    };
    ToolRun run;
    const auto tool = text_member(test, "tool");
    if (tool == "t8n") {
        T8nOptions options;
        options.input_alloc = file("alloc");
        options.input_env = file("env");
        options.input_txs = file("txs");
        options.state_fork = text_member(test, "fork");
        options.state_reward = text_member(test, "reward");
        const auto wants = [&](const char* name) {
            const auto& outputs = test.at("outputs");
            return std::ranges::find(outputs, json(name)) != outputs.end() ? "stdout" : "";
        };
        options.output_alloc = wants("alloc");
        options.output_result = wants("result");
        options.output_body = wants("body");
        run.exit_code = run_t8n(options, in, out, errors);
    } else if (tool == "t9n") {
        run.exit_code = run_t9n({.input_txs = file("txs"), .state_fork = text_member(test, "fork")},
                                in, out, errors);
    } else {
        B11rOptions options;
        options.input_header = file("header");
        options.input_ommers = file("ommers");
        options.input_withdrawals = file("withdrawals");
        options.input_txs = file("txs");
        options.output_block = "stdout";
        run.exit_code = run_b11r(options, in, out, errors);
    }
    run.output = out.str();
    run.errors = errors.str();
    return run;
}

Verdict check_geth_case(const json& test, const fs::path& base) {
    const auto folder = base / text_member(test, "dir");
    const auto tool = text_member(test, "tool");
    if (tool != "t8n" && tool != "t9n" && tool != "b11r")
        return failed("unknown format: the tool {}", tool);
    const auto run = run_geth_tool(test, folder);
    const auto expected_exit = test.value("exitCode", 0);
    if (run.exit_code != expected_exit)
        return failed("expected the exit code {}, got {}: {}", expected_exit, run.exit_code,
                      run.errors);
    const auto expected_file = text_member(test, "expected");
    if (expected_file.empty()) return passed();
    const auto expected = read_json(folder / expected_file);
    if (!expected) return failed("{} is not JSON", (folder / expected_file).string());
    const auto got = json::parse(run.output, nullptr, false);
    if (got.is_discarded()) return failed("the output is not JSON: {}", shorten(run.output));
    const auto difference = Comparison{false}.difference(*expected, got, "$");
    return difference.empty() ? passed() : failed("{}", difference);
}

// Options of the form --name=value.
std::string option(const json& cli, std::string_view name) {
    for (const auto& word : cli) {
        const auto& text = word.get_ref<const std::string&>();
        if (text.starts_with(name) && text.size() > name.size() && text[name.size()] == '=')
            return text.substr(name.size() + 1);
    }
    return {};
}

Verdict check_besu_t8n(const json& test) {
    const auto& cli = test.at("cli");
    T8nOptions options;
    options.besu = true;
    options.input_alloc = option(cli, "--input.alloc");
    options.input_env = option(cli, "--input.env");
    options.input_txs = option(cli, "--input.txs");
    options.output_alloc = option(cli, "--output.alloc");
    options.output_result = option(cli, "--output.result");
    options.output_body = option(cli, "--output.body") == "stdout" ? "stdout" : "";
    options.state_fork = option(cli, "--state.fork");
    options.state_reward = option(cli, "--state.reward");
    const auto chain_id = parse_uint256(option(cli, "--state.chainid"));
    options.state_chainid = chain_id ? chain_id->low64() : 1;
    std::istringstream in{test.at("stdin").dump()};
    std::ostringstream out;
    std::ostringstream errors;
    const auto exit_code = run_t8n(options, in, out, errors);
    if (exit_code != 0) return failed("exit code {}: {}", exit_code, errors.str());
    const auto got = json::parse(out.str(), nullptr, false);
    if (got.is_discarded()) return failed("the output is not JSON: {}", shorten(out.str()));
    const auto difference = Comparison{true}.difference(test.at("stdout"), got, "$");
    return difference.empty() ? passed() : failed("{}", difference);
}

Verdict check_besu_state_test(const json& test) {
    const auto& cli = test.at("cli");
    const auto given = [&](std::string_view word) {
        return std::ranges::find(cli, json(word)) != cli.end();
    };
    TraceOptions options;
    options.path = "-";
    options.details.memory = given("--trace.memory");
    options.details.implicit_stop = false;
    options.details.return_data = given("--trace.returndata");
    std::istringstream in{test.at("stdin").dump()};
    std::ostringstream out;
    std::ostringstream errors;
    trace_state_tests(options, in, out, errors);
    json got = json::array();
    std::istringstream lines{out.str()};
    for (std::string line; std::getline(lines, line);) {
        got.push_back(json::parse(line, nullptr, false));
        if (got.back().is_discarded()) return failed("a line is not JSON: {}", shorten(line));
    }
    const auto difference = Comparison{true}.difference(test.at("stdout"), got, "$");
    return difference.empty() ? passed() : failed("{}", difference);
}

json parse(const JsonNode& node) {
    return json::parse(simdjson::minify(node.element()));
}

}  // namespace

void run_geth_tool_cases(const WholeFile& file) {
    std::size_t number = 0;
    const auto base = file.path.parent_path();
    for (const auto node : file.root.items()) {
        const auto test = parse(node);
        const auto name =
            fmt::format("{} {}/{}: {}", text_member(test, "tool"), text_member(test, "dir"),
                        number++, text_member(test, "comment"));
        file.sink.run(name, text_member(test, "fork"), "transition tool",
                      [&] { return check_geth_case(test, base); });
    }
}

void run_besu_tool_case(const WholeFile& file) {
    const auto test = parse(file.root);
    const bool is_t8n = !test.at("cli").empty() && test.at("cli")[0] == "t8n";
    file.sink.run(file.path.stem().string(), is_t8n ? option(test.at("cli"), "--state.fork") : "",
                  "transition tool",
                  [&] { return is_t8n ? check_besu_t8n(test) : check_besu_state_test(test); });
}

}  // namespace meta138::conformance
