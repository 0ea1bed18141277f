// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

namespace meta138::conformance {

/// The options of go-ethereum's `evm t8n`, which Besu's `evmtool t8n` shares. An input is a file or
/// "stdin", an output a file in `output_basedir`, "stdout", "stderr" or nothing.
struct T8nOptions {
    std::string input_alloc = "alloc.json";
    std::string input_env = "env.json";
    std::string input_txs = "txs.json";
    std::string output_basedir;
    std::string output_alloc = "alloc.json";
    std::string output_result = "result.json";
    std::string output_body;
    std::string state_fork = "Osaka";
    std::uint64_t state_chainid = 1;
    /// Decimal wei; "-1" for none; empty for go-ethereum's default (0) or, in Besu's manner, the
    /// fork's reward.
    std::string state_reward;
    bool besu = false;  ///< Besu's defaults where they differ from go-ethereum's.
    bool trace = false;
    bool trace_memory = false;
    bool trace_nostack = false;
    bool trace_returndata = false;
};

/// Runs transactions on a state and writes what became of both. Returns the exit code: 0, or 3 bad
/// configuration, 4 a block hash that is not given, 10 bad JSON, 11 an input that cannot be read,
/// 12 bad RLP, with the reason on `errors`.
int run_t8n(const T8nOptions& options, std::istream& in, std::ostream& out, std::ostream& errors);

struct T9nOptions {
    std::string input_txs = "txs.json";
    std::string state_fork = "Osaka";
    std::uint64_t state_chainid = 1;
};

/// Checks transactions, an RLP list in hex, without a state: sender, hash and intrinsic gas of
/// each, or what is wrong with it.
int run_t9n(const T9nOptions& options, std::istream& in, std::ostream& out, std::ostream& errors);

struct B11rOptions {
    std::string input_header = "header.json";
    std::string input_ommers;
    std::string input_withdrawals;
    std::string input_txs = "txs.rlp";
    std::string output_basedir;
    std::string output_block = "block.json";
};

/// Puts a block together from its parts, without a look at what they say: its RLP and its hash.
int run_b11r(const B11rOptions& options, std::istream& in, std::ostream& out, std::ostream& errors);

}  // namespace meta138::conformance
