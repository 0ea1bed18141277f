// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/node/options.hpp"

namespace meta138::node {

// Subcommands; each returns the exit code and prints its result on standard output.

int run_import(const CommandLine& line);
int run_export(const CommandLine& line);
int run_genesis_check(const CommandLine& line);
int run_storage_usage(const CommandLine& line);
int run_storage_verify(const CommandLine& line);
int run_storage_repair(const CommandLine& line);
int run_storage_prune(const CommandLine& line);
int run_validate_config(const CommandLine& line);
int run_public_key_export(const CommandLine& line);
int run_password_hash(const CommandLine& line);
int run_generate_blockchain_config(const CommandLine& line);
int run_rlp_encode(const CommandLine& line);
int run_rlp_decode(const CommandLine& line);

}  // namespace meta138::node
