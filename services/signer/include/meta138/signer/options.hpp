// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/client.hpp"
#include "meta138/http/server.hpp"
#include "meta138/options/settings.hpp"
#include "meta138/signer/audit_log.hpp"
#include "meta138/signer/key_store.hpp"
#include "meta138/signer/nonce_queue.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace meta138::signer {

using options::OptionError;

/// A chain and the nodes through which it is reached.
struct ChainOptions {
    std::uint64_t id = 0;
    std::vector<std::string> urls;  ///< Tried in this order; no slash at the end.
};

/// What a node that answers with another chain id than its chain's means.
enum class ChainIdCheck : std::uint8_t {
    refuse,  ///< The start fails; of a node that changes later, nothing is sent to it any more.
    warn,
    off,
};

/// Where a transaction's gas and fees come from when its sender leaves them out.
enum class TransactionFilling : std::uint8_t {
    estimate,    ///< The node: eth_estimateGas, and the fees of the moment.
    web3signer,  ///< Web3Signer's and EthSigner's: gas 90000, gas price 0.
};

struct DownstreamOptions {
    /// The first is the default chain, at `/`; each is at `/chains/<id>`.
    std::vector<ChainOptions> chains;
    std::chrono::milliseconds timeout{5000};
    http::ClientTlsOptions tls;
    std::optional<http::ProxyOptions> proxy;
    ChainIdCheck chain_id_check = ChainIdCheck::refuse;
    TransactionFilling filling = TransactionFilling::estimate;
};

struct ListenOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9000;  ///< 0: any free one.
    std::vector<std::string> host_allowlist;
    std::vector<std::string> cors_origins;
    std::optional<http::TlsOptions> tls;
    std::chrono::seconds idle_timeout{30};
    std::size_t max_connections = 1000;
    std::size_t max_request_bytes = std::size_t{8} << 20;
    std::size_t max_batch_size = 1024;
    bool access_log = false;
};

struct MetricsOptions {
    bool enabled = false;
    std::string host = "127.0.0.1";
    std::uint16_t port = 9001;
    std::vector<std::string> host_allowlist;
};

struct LogOptions {
    std::string level = "INFO";
    bool json = false;
};

/// Everything an operator may decide.
struct Options {
    std::filesystem::path data_path;
    LogOptions log;
    ListenOptions listen;
    MetricsOptions metrics;
    DownstreamOptions downstream;
    KeySources keys;
    KeyLoadOptions key_loading;
    std::chrono::minutes reload_timeout{30};
    std::filesystem::path policy_file;  ///< Empty: everybody may do everything.
    AuditOptions audit;
    std::chrono::seconds drain_timeout{30};
    NonceQueueOptions nonces;
    unsigned workers = 0;               ///< 0: as many as processors, at least 2.
    std::vector<std::string> warnings;  ///< Said once, when logging works.
};

/// What a command line asks for.
struct CommandLine {
    std::string command;                 ///< `eth1`, `file-based-signer`, `audit verify`, ...
    std::vector<std::string> arguments;  ///< What is no option, after the command.
    Options options;
    std::map<std::string, std::string, std::less<>> command_options;
    std::optional<std::string> print_and_exit;  ///< Help or version.
};

/// Command line, then environment (WEB3SIGNER_, META138_SIGNER_; with EthSigner's commands
/// ETHSIGNER_), then the file of --config-file (YAML; TOML if its name ends so), then the defaults:
/// the first that names an option decides. Throws OptionError.
[[nodiscard]] CommandLine parse_command_line(std::span<const char* const> arguments,
                                             const options::Environment& environment);

}  // namespace meta138::signer
