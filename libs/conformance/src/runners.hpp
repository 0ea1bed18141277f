// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case_sink.hpp"
#include "json.hpp"
#include "workspace.hpp"

#include <filesystem>
#include <string_view>

/// One function for each kind of fixture; fixture_kinds.cpp knows which is whose.
namespace meta138::conformance {

/// A member of a file that is an object of tests: its name, and what it holds.
struct NamedTest {
    Workspace& workspace;
    CaseSink& sink;
    std::string_view name;
    JsonNode test;
};

void run_state_test(const NamedTest& named);
void run_vm_test(const NamedTest& named);
void run_blockchain_test(const NamedTest& named);
void run_engine_test(const NamedTest& named);
void run_transaction_test(const NamedTest& named);
void run_trie_test(const NamedTest& named);
void run_rlp_test(const NamedTest& named);
void run_hex_prefix_test(const NamedTest& named);
void run_key_store_test(const NamedTest& named);
void run_genesis_test(const NamedTest& named);
void run_abi_test(const NamedTest& named);
void run_crypto_test(const NamedTest& named);

/// A file that is one fixture, or a list of them.
struct WholeFile {
    Workspace& workspace;
    CaseSink& sink;
    const std::filesystem::path& path;
    JsonNode root;
};

void run_precompile_vectors(const WholeFile& file);
void run_point_evaluation_vectors(const WholeFile& file);
void run_eip2537_csv(CaseSink& sink, const std::filesystem::path& path, std::string_view csv);
void run_typed_data_vectors(const WholeFile& file);
void run_opcode_vectors(const WholeFile& file);
void run_wycheproof(const WholeFile& file);
void run_kzg_test(const WholeFile& file);
void run_fork_id_vectors(const WholeFile& file);
void run_key_address_vectors(const WholeFile& file);
void run_signed_transaction_vectors(const WholeFile& file);
void run_old_genesis_vectors(const WholeFile& file);
void run_genesis_hash_test(const WholeFile& file);
void run_genesis_file(const WholeFile& file);
void run_key_file(const WholeFile& file);
void run_geth_tool_cases(const WholeFile& file);
void run_besu_tool_case(const WholeFile& file);
void run_tracer_test(const WholeFile& file);

}  // namespace meta138::conformance
