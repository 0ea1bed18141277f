// SPDX-License-Identifier: Apache-2.0
#include "fixture_kinds.hpp"

#include "runners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;

using MemberNames = std::array<std::string_view, 4>;

bool has_all(const JsonNode& node, const MemberNames& names) {
    return std::ranges::all_of(
        names, [&](std::string_view name) { return name.empty() || node.has(name); });
}

// A kind of test in files that are objects of named tests, told by the members it must have.
struct TestKind {
    MemberNames members;
    void (*run)(const NamedTest&);
};
constexpr std::array test_kinds{
    TestKind{{"env", "pre", "transaction", "post"}, run_state_test},
    TestKind{{"env", "pre", "exec"}, run_vm_test},
    TestKind{{"network", "engineNewPayloads"}, run_engine_test},
    TestKind{{"network", "blocks"}, run_blockchain_test},
    TestKind{{"txbytes", "result"}, run_transaction_test},
    TestKind{{"in", "root"}, run_trie_test},
    TestKind{{"in", "tests"}, run_trie_test},
    TestKind{{"in", "out"}, run_rlp_test},
    TestKind{{"seq", "term", "out"}, run_hex_prefix_test},
    TestKind{{"json", "password", "priv"}, run_key_store_test},
    TestKind{{"alloc", "result"}, run_genesis_test},
    TestKind{{"args", "types", "result"}, run_abi_test},
    TestKind{{"decryption_type", "cipher"}, run_crypto_test},
};

// A kind of file that is one fixture, or a list of vectors: told by the members of the object, or
// of the first element of the list.
struct FileKind {
    bool is_list;
    MemberNames members;
    void (*run)(const WholeFile&);
};
constexpr std::array file_kinds{
    FileKind{true, {"Name", "Input", "Expected"}, run_precompile_vectors},
    FileKind{true, {"Name", "Input", "ExpectedError"}, run_precompile_vectors},
    FileKind{true, {"X", "Y", "Expected"}, run_opcode_vectors},
    FileKind{true, {"domain", "primaryType", "digest"}, run_typed_data_vectors},
    FileKind{true, {"tool", "dir", "exitCode"}, run_geth_tool_cases},
    FileKind{true, {"key", "addr"}, run_key_address_vectors},
    FileKind{true, {"key", "unsigned", "signed"}, run_signed_transaction_vectors},
    FileKind{true, {"inputs", "result"}, run_old_genesis_vectors},
    FileKind{false, {"algorithm", "testGroups"}, run_wycheproof},
    FileKind{false, {"PrecompileReturnValue", "TestCases"}, run_point_evaluation_vectors},
    FileKind{false, {"genesis_rlp_hex", "genesis_hash"}, run_genesis_hash_test},
    FileKind{false, {"genesisHashes", "forks", "creation"}, run_fork_id_vectors},
    FileKind{false, {"input", "output"}, run_kzg_test},
    FileKind{false, {"cli", "stdin", "stdout"}, run_besu_tool_case},
    FileKind{false, {"genesis", "context", "input", "result"}, run_tracer_test},
    FileKind{false, {"crypto", "id"}, run_key_file},
    FileKind{false, {"config", "alloc"}, run_genesis_file},
};

std::string describe(const JsonNode& node) {
    if (node.is_array()) {
        return node.size() == 0
                   ? std::string{"an empty list"}
                   : fmt::format("a list whose first element is {}", describe(node.at(0)));
    }
    if (!node.is_object()) return "a value that is no object";
    std::string names;
    std::size_t count = 0;
    for (const auto& [name, member] : node.members()) {
        if (++count > 6) {
            names += ", …";
            break;
        }
        names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    }
    return fmt::format("an object with the members {{{}}}", names);
}

bool run_as_whole(const WholeFile& file) {
    const bool is_list = file.root.is_array();
    const auto sample = is_list ? file.root.at(0) : file.root;
    for (const auto& kind : file_kinds) {
        if (kind.is_list != is_list || !has_all(sample, kind.members)) continue;
        kind.run(file);
        return true;
    }
    return false;
}

// A runner takes the faults of what it decodes; one that is left over is still a failure.
void fail_on_left_over_fault(JsonDocument& document, CaseSink& sink, std::string_view name) {
    if (const auto fault = document.take_fault())
        sink.add(name, "", "file", failed("{}", fault->to_string()));
}

void run_tests(Workspace& workspace, CaseSink& sink, const JsonNode& root) {
    for (const auto& [name, test] : root.members()) {
        if (name == "_info" || name == "//") continue;
        const auto* kind = std::ranges::find_if(
            test_kinds, [&](const TestKind& k) { return has_all(test, k.members); });
        if (kind == test_kinds.end()) {
            sink.add(name, "", "unknown", failed("unknown format: {}", describe(test)));
            continue;
        }
        kind->run({workspace, sink, name, test});
        fail_on_left_over_fault(workspace.document, sink, name);
    }
}

std::string read_text(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

void run_file(Workspace& workspace, CaseSink& sink, const fs::path& path, std::size_t max_bytes) {
    if (path.extension() == ".csv") {
        if (fs::file_size(path) > max_bytes)
            sink.add("", "", "file", failed("is too large: at most {} bytes are read", max_bytes));
        else
            run_eip2537_csv(sink, path, read_text(path));
        return;
    }
    if (const auto loaded = workspace.document.load(path, max_bytes); !loaded) {
        sink.add("", "", "file", failed("{}", loaded.error().to_string()));
        return;
    }
    const auto root = workspace.document.root();
    if (run_as_whole({workspace, sink, path, root})) {
        fail_on_left_over_fault(workspace.document, sink, "");
    } else if (root.is_object() && root.size() > 0) {
        run_tests(workspace, sink, root);
    } else {
        sink.add("", "", "unknown",
                 failed("unknown format: {}", root.size() == 0 ? "holds no test" : describe(root)));
    }
}

}  // namespace meta138::conformance
