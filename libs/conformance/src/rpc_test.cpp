// SPDX-License-Identifier: Apache-2.0
#include "rpc_test.hpp"

#include "rpc_compare.hpp"
#include "rpc_node.hpp"
#include "rpc_schema.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kind_of(RpcFamily family) {
    switch (family) {
        case RpcFamily::execution_apis: return "execution-apis";
        case RpcFamily::besu_specs: return "Besu RPC";
        case RpcFamily::besu_graphql: return "Besu GraphQL";
        case RpcFamily::besu_sequence: return "Besu RPC sequence";
        case RpcFamily::geth_transcript: return "geth transcript";
    }
    return "RPC";
}

// "eth_call/call-simple" of ".../eth_call/call-simple.io".
std::string case_name(const fs::path& file) {
    return (file.parent_path().filename() / file.stem()).string();
}

std::string shorten(std::string_view text) {
    constexpr std::size_t most = 300;
    return text.size() <= most ? std::string{text}
                               : fmt::format("{}… ({} bytes)", text.substr(0, most), text.size());
}

std::expected<json, std::string> parse_answer(const std::string& body) {
    auto value = json::parse(body, nullptr, false);
    if (value.is_discarded())
        return std::unexpected{fmt::format("the answer is no JSON: {}", shorten(body))};
    return value;
}

bool is_notification(const json& call) {
    return call.is_object() && !call.contains("id");
}

// Where Besu, whom we follow (besu-surface), answers otherwise than go-ethereum, and the answer is
// Besu's: how it differs.
std::optional<std::string> besu_is_different(const std::string& request, const std::string& body) {
    const auto call = json::parse(request, nullptr, false);
    const auto answer = json::parse(body, nullptr, false);
    if (call.is_array() && answer.is_object() && answer.contains("error") &&
        answer["error"].value("code", 0) == -32005)
        return "Besu answers a batch that is too large with one object and -32005";
    if (call.is_array() && !call.empty() && std::ranges::all_of(call, is_notification) &&
        answer.is_array() && answer.empty())
        return "Besu answers a batch of notifications with an empty array";
    if (!call.is_object()) return std::nullopt;
    if (call.value("jsonrpc", json()) != "2.0" && answer.is_object() && answer.contains("result"))
        return "Besu does not look at the version of JSON-RPC";
    const auto method = call.value("method", json());
    if (method.is_string() && method.get_ref<const std::string&>().ends_with("_subscribe") &&
        !method.get_ref<const std::string&>().starts_with("eth_"))
        return "go-ethereum's test service and its subscriptions are only in its test program";
    return std::nullopt;
}

// What a family needs from case to case.
class Runner {
public:
    Runner(const RpcGroup& group, std::size_t max_bytes) : group_{group}, max_bytes_{max_bytes} {}

    Verdict run(const fs::path& file) {
        if (group_.place.family == RpcFamily::besu_graphql)
            return skipped("GraphQL may follow later: this version has none");
        if (!node_ && start_error_.empty()) start();
        if (!node_) return failed("{}", start_error_);
        const auto text = read_case_file(file, max_bytes_);
        if (!text) return failed("{}", text.error());
        node_->begin_case();
        switch (group_.place.family) {
            case RpcFamily::execution_apis: return run_io(file, *text);
            case RpcFamily::besu_specs: return run_spec(file, *text);
            case RpcFamily::besu_sequence: return run_step(*text);
            case RpcFamily::geth_transcript: return run_transcript(*text);
            case RpcFamily::besu_graphql: break;
        }
        return failed("no such family");
    }

private:
    void start() {
        auto node = RpcNode::start(group_.place);
        if (node)
            node_ = *std::move(node);
        else
            start_error_ = std::move(node).error();
    }

    Verdict run_io(const fs::path& file, std::string_view text) {
        const auto dialogue = parse_dialogue(text, ">>", "<<");
        if (!dialogue) return failed("{}", dialogue.error());
        for (const auto& exchange : dialogue->exchanges) {
            const auto answer = node_->ask(exchange.request);
            if (exchange.responses.empty()) continue;
            auto got = parse_answer(answer.body);
            if (!got) return failed("{}", got.error());
            auto expected = json::parse(exchange.responses.front(), nullptr, false);
            if (expected.is_discarded()) return failed("the expected response is no JSON");
            const auto fault = dialogue->spec_only ? check_schema(exchange.request, *got, expected)
                                                   : compare_io(*got, expected);
            if (fault) return failed("{}: {}", file.filename().string(), *fault);
        }
        return passed();
    }

    static std::optional<std::string> compare_io(json& got, json& expected) {
        drop_error_messages(got, expected);
        return find_difference(got, expected);
    }

    std::optional<std::string> check_schema(const std::string& request, const json& got,
                                            const json& expected) {
        if (!open_rpc_) open_rpc_ = OpenRpc::load(group_.place.archive / "openrpc");
        if (!*open_rpc_) return open_rpc_->error();
        if (expected.contains("error") || !got.contains("result"))
            return got.contains("error") == expected.contains("error")
                       ? std::nullopt
                       : find_difference(got, expected);
        const auto method = json::parse(request, nullptr, false).value("method", "");
        return (**open_rpc_).check_result(method, got["result"]);
    }

    Verdict run_spec(const fs::path& file, std::string_view text) {
        auto besu = parse_besu_case(text);
        if (!besu) return failed("{}", besu.error());
        if (is_amsterdam() && besu->response.contains("result"))
            return skipped("needs Amsterdam's rules (block access lists)");
        const auto answer = node_->ask(besu->request.dump());
        auto got = parse_answer(answer.body);
        if (!got) return failed("{}", got.error());
        if (besu->response.is_object()) besu->response.erase("comment");
        for (auto* side : {&*got, &besu->response}) {
            normalize_trace_errors(*side);
            strip_error_space(*side);
            drop_members(*side, "creationMethod");
            if (file.parent_path().filename() == "trace-callMany") drop_call_many_gas(*side);
        }
        if (const auto difference = find_difference(*got, besu->response))
            return failed("{}", *difference);
        if (answer.status != besu->status)
            return failed("got the HTTP status {}, expected {}", answer.status, besu->status);
        return passed();
    }

    // Whether the chain is one of which only the refusals count.
    bool is_amsterdam() {
        if (!amsterdam_) {
            const auto text = read_case_file(group_.place.chain / "genesis.json", max_bytes_);
            const auto genesis = text ? json::parse(*text, nullptr, false) : json();
            amsterdam_ = genesis.is_object() && genesis.contains("config") &&
                         genesis["config"].contains("amsterdamTime");
        }
        return *amsterdam_;
    }

    Verdict run_step(std::string_view text) {
        auto besu = parse_besu_case(text);
        if (!besu) return failed("{}", besu.error());
        auto request = besu->request.dump();
        for (const auto& [theirs, ours] : payload_ids_)
            for (auto at = request.find(theirs); at != std::string::npos;
                 at = request.find(theirs, at + ours.size()))
                request.replace(at, theirs.size(), ours);
        const auto answer = node_->ask(request);
        auto got = parse_answer(answer.body);
        if (!got) return failed("{}", got.error());
        if (const auto fault = compare_step(besu->request, *got, besu->response))
            return failed("{}", *fault);
        if (answer.status != besu->status)
            return failed("got the HTTP status {}, expected {}", answer.status, besu->status);
        return passed();
    }

    // Blocks that we built differ from Besu's in what it is free to choose.
    std::optional<std::string> compare_step(const json& request, json& got, json& expected) {
        strip_error_space(got);
        strip_error_space(expected);
        const auto method = request.value("method", "");
        const bool both_results = got.contains("result") && expected.contains("result");
        if (both_results && method.starts_with("engine_getPayloadV"))
            return compare_payload(got, expected);
        if (both_results && method.starts_with("engine_forkchoiceUpdated"))
            take_payload_id(got["result"], expected["result"]);
        return find_difference(got, expected);
    }

    // Takes the ids of a payload out of both results, if both have one.
    void take_payload_id(json& got, json& expected) {
        if (!got.is_object() || !expected.is_object()) return;
        auto& ours = got["payloadId"];
        auto& theirs = expected["payloadId"];
        if (!ours.is_string() || !theirs.is_string() ||
            ours.get_ref<const std::string&>().size() !=
                theirs.get_ref<const std::string&>().size())
            return;
        payload_ids_[theirs.get<std::string>()] = ours.get<std::string>();
        ours = theirs;
    }

    static std::optional<std::string> compare_payload(json& got, json& expected) {
        if (auto difference = find_structural_difference(got, expected)) return difference;
        const auto payload = [](json& response) -> json& {
            auto& result = response["result"];
            return result.contains("executionPayload") ? result["executionPayload"] : result;
        };
        auto& ours = payload(got);
        auto& theirs = payload(expected);
        for (const auto* name : {"parentHash", "feeRecipient", "prevRandao", "timestamp",
                                 "blockNumber", "baseFeePerGas", "withdrawals"}) {
            if (!theirs.contains(name)) continue;
            if (auto difference = find_difference(ours[name], theirs[name]))
                return fmt::format("{}: {}", name, *difference);
        }
        return std::nullopt;
    }

    Verdict run_transcript(std::string_view text) {
        const auto dialogue = parse_dialogue(text, "-->", "<--");
        if (!dialogue) return failed("{}", dialogue.error());
        std::optional<std::string> skip;
        for (const auto& exchange : dialogue->exchanges) {
            const auto answer = node_->ask(exchange.request);
            if (const auto reason = besu_is_different(exchange.request, answer.body)) {
                skip = *reason;
                continue;
            }
            if (exchange.responses.empty()) {
                if (answer.body.empty()) continue;
                return failed("got {}, expected no answer", shorten(answer.body));
            }
            auto got = parse_answer(answer.body);
            if (!got) return failed("{}", got.error());
            auto expected = json::parse(exchange.responses.front(), nullptr, false);
            if (const auto difference = compare_io(*got, expected))
                return failed("{}: {}", shorten(exchange.request), *difference);
        }
        return skip ? skipped(*skip) : passed();
    }

    const RpcGroup& group_;
    std::size_t max_bytes_;
    std::unique_ptr<RpcNode> node_;
    std::string start_error_;
    std::optional<std::expected<OpenRpc, std::string>> open_rpc_;
    std::optional<bool> amsterdam_;
    std::map<std::string, std::string> payload_ids_;  // theirs and ours
};

// All steps of the sequence that a step belongs to.
std::vector<fs::path> steps_of(const fs::path& folder) {
    std::vector<fs::path> steps;
    for (const auto& entry : fs::directory_iterator{folder})
        if (entry.is_regular_file() && is_step_name(entry.path().filename().string()))
            steps.push_back(entry.path());
    std::ranges::sort(steps);
    return steps;
}

bool same_file(const fs::path& a, const fs::path& b) {
    return a.filename() == b.filename();
}

}  // namespace

std::vector<CaseResult> run_rpc_group(const RpcGroup& group, const CaseFilter& filter,
                                      std::size_t max_bytes) {
    Runner runner{group, max_bytes};
    std::vector<CaseResult> results;
    const auto kind = kind_of(group.place.family);
    const auto report = [&](const fs::path& file) {
        CaseSink sink{filter, file.string()};
        sink.run(case_name(file), "", kind, [&] { return runner.run(file); });
        std::ranges::move(sink.take(), std::back_inserter(results));
    };
    if (group.place.family != RpcFamily::besu_sequence) {
        for (const auto& file : group.files) report(file);
        return results;
    }
    for (const auto& step : steps_of(group.place.chain)) {
        const auto asked = std::ranges::find_if(
            group.files, [&](const auto& file) { return same_file(file, step); });
        if (asked != group.files.end() && filter.wants(case_name(*asked), ""))
            report(*asked);
        else
            static_cast<void>(runner.run(step));
    }
    return results;
}

}  // namespace meta138::conformance
