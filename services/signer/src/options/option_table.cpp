// SPDX-License-Identifier: Apache-2.0
#include "options/option_table.hpp"

#include <array>

namespace meta138::signer {
namespace {

using options::CommandRow;
using options::OptionGroup;
using options::OptionRow;
using enum options::ValueKind;
using enum options::Effect;

constexpr OptionRow program_rows[] = {
    {"config-file", path, "",
     "Options by their names: YAML (eth1.chain-id: 138); TOML if its name ends in .toml", yes, "",
     "", true},
    {"data-path", path, "data",
     "Folder for the nonce journals, the audit log and web3signer.ports; made if absent"},
    {"logging", choice, "INFO", "Which log lines to write", yes,
     "OFF|ERROR|WARN|INFO|DEBUG|TRACE|ALL|FATAL", "l"},
    {"logging-format", choice, "PLAIN", "Of log lines; all but PLAIN are one JSON object a line",
     yes, "PLAIN|JSON|ECS|GCP|LOGSTASH|GELF"},
    {"drain-timeout-seconds", count, "30",
     "At the end: how long to finish what has begun before it is left to the next start"},
    {"workers", count, "0", "Threads that decode and sign; 0: as many as processors"},
    {"vertx-worker-pool-size", count, "", "See --workers", not_needed},
    {"swagger-ui-enabled", flag, "", "There is none", not_needed},
};

constexpr OptionRow http_rows[] = {
    {"http-listen-host", text, "127.0.0.1", "Address to listen on", yes, "HOST"},
    {"http-listen-port", port, "9000", "Port to listen on; 0: any free one"},
    {"http-host-allowlist", list, "localhost,127.0.0.1", "Host headers to accept; * for any", yes,
     "HOST"},
    {"http-cors-origins", list, "", "Web pages that may call: all, none, or patterns", yes,
     "ORIGIN"},
    {"http-max-connections", count, "1000", "Further ones are closed"},
    {"http-max-request-size", count, "8388608", "Bytes"},
    {"http-max-batch-size", count, "1024", "Requests in a batch"},
    {"idle-connection-timeout-seconds", count, "30", "Idle connections are closed after that"},
    {"access-logs-enabled", flag, "false", "Log every request: method, path, status, time"},
    {"tls-keystore-file", path, "",
     "PKCS#12 file with the server's key and certificate: serve TLS"},
    {"tls-keystore-password-file", path, "", "Its first line is the password"},
    {"tls-known-clients-file", path, "",
     "Clients to accept: lines of common name and SHA-256 fingerprint"},
    {"tls-allow-ca-clients", flag, "false",
     "Accept clients whom the system's authorities vouch for"},
    {"tls-allow-any-client", flag, "false", "Ask no client for a certificate"},
};

constexpr OptionRow key_rows[] = {
    {"key-config-path", path, "", "Folder of Web3Signer's key files *.yaml and *.yml", yes, "",
     "key-store-path"},
    {"key-store-config-file-max-size", count, "104857600", "Bytes of one such file"},
    {"key-files-readable-by-others", flag, "false",
     "Take raw keys and password files that others than their owner may read"},
    {"reload-timeout", count, "30", "Minutes after which a reload is given up"},
    {"signer-load-threads", count, "0", "That open keystores; 0: as many as processors"},
    {"signer-load-memory-mb", count, "1024", "What opening keystores may take at once"},
    {"signer-load-timeout", count, "", "Keys that are ready serve while others load", not_needed},
    {"signer-load-batch-size", count, "", "See --signer-load-threads", not_needed},
    {"signer-load-sequential-threshold", count, "", "See --signer-load-threads", not_needed},
    {"signer-load-parallel", flag, "", "Always", not_needed},
};

constexpr OptionRow policy_rows[] = {
    {"policy-file", path, "",
     "TOML file that says who may use which key for what (docs/signer-policy.md); without it "
     "everybody who reaches the port may do everything"},
    {"audit-log-file", path, "", "Default: audit.log in the data folder"},
    {"audit-log-sync", choice, "always",
     "When a line is on the disk: always before its signature is given away (survives a loss of "
     "power), or never waited for (survives a crash of the program)",
     yes, "always|never"},
    {"audit-log-rotate-mb", count, "256", "Size from which the log is continued in a new file"},
};

constexpr OptionRow metrics_rows[] = {
    {"metrics-enabled", flag, "false", "Serve Prometheus' text at /metrics"},
    {"metrics-host", text, "127.0.0.1", "Address to listen on", yes, "HOST"},
    {"metrics-port", port, "9001", "Port to listen on; 0: any free one"},
    {"metrics-host-allowlist", list, "localhost,127.0.0.1", "Host headers to accept; * for any",
     yes, "HOST", "metrics-host-whitelist"},
    {"metrics-category", list, "", "All are on", not_needed, "", "metrics-categories"},
    {"metrics-push-enabled", flag, "", "Push to a gateway", not_yet},
    {"metrics-push-host", text, "", "Of the gateway", not_yet},
    {"metrics-push-port", port, "", "Of the gateway", not_yet},
    {"metrics-push-interval", count, "", "Seconds", not_yet},
    {"metrics-prometheus-job", text, "", "Name of the job", not_yet},
};

constexpr OptionRow chain_rows[] = {
    {"chain-id", count, "", "Chain that transactions are signed for; required"},
    {"downstream-chain-id-check", choice, "refuse",
     "When a node says another chain id: refuse to start (later: to use it), warn, or do not ask",
     yes, "refuse|warn|off"},
    {"downstream-http-host", text, "127.0.0.1", "Of the node", yes, "HOST"},
    {"downstream-http-port", port, "8545", "Of the node"},
    {"downstream-http-path", text, "/", "Before the path of each request to the node", yes, "PATH"},
    {"downstream-failover-urls", list, "",
     "Further nodes of the same chain, for when those before do not answer", yes, "URL"},
    {"additional-chains", list, "",
     "Further chains, each at /chains/ID; several URLs of one ID are for failover. In YAML a map "
     "from id to URL or to a list of URLs",
     yes, "ID=URL"},
    {"downstream-http-request-timeout", count, "5000", "Milliseconds"},
    {"transaction-defaults", choice, "estimate",
     "Gas and fees that a transaction leaves out: estimate asks the node; web3signer takes gas "
     "90000 and gas price 0, as Web3Signer and EthSigner do",
     yes, "estimate|web3signer"},
    {"nonce-queue-size", count, "10000",
     "Transactions of one account that may wait for a nonce; more are refused"},
    {"nonce-patience-ms", count, "30000",
     "Milliseconds after which a transaction without an outcome is answered that it has none"},
    {"nonce-fill-gaps", flag, "true",
     "Fill a nonce that was given up below others with a transfer of nothing to oneself; else it "
     "waits for the next transaction"},
    {"downstream-http-proxy-host", text, "", "HTTP proxy through which the nodes are reached", yes,
     "HOST"},
    {"downstream-http-proxy-port", port, "80", "Of the proxy"},
    {"downstream-http-proxy-username", text, "", "At the proxy", yes, "NAME"},
    {"downstream-http-proxy-password", text, "",
     "At the proxy; everybody on the machine can read it here, so give it in the file or the "
     "environment",
     yes, "PASSWORD"},
    {"downstream-http-tls-enabled", flag, "false", "Speak TLS to the node"},
    {"downstream-http-tls-ca-auth-enabled", flag, "true",
     "Trust what the system's authorities have signed"},
    {"downstream-http-tls-known-servers-file", path, "",
     "Nodes to trust: lines of HOST:PORT and SHA-256 fingerprint"},
    {"downstream-http-tls-keystore-file", path, "", "PKCS#12 file to show to the node"},
    {"downstream-http-tls-keystore-password-file", path, "", "Its first line is the password"},
};

constexpr OptionRow bulk_rows[] = {
    {"keystores-path", path, "", "Folder of V3 keystores *.json to load"},
    {"keystores-passwords-path", path, "", "Folder with the password of x.json in x.txt"},
    {"keystores-password-file", path, "", "One password for all of them"},
    {"azure-vault-enabled", flag, "", "Keys in Azure", not_yet},
    {"azure-vault-name", text, "", "Keys in Azure", not_yet},
    {"azure-vault-auth-mode", text, "", "Keys in Azure", not_yet},
    {"azure-client-id", text, "", "Keys in Azure", not_yet},
    {"azure-client-secret", text, "", "Keys in Azure", not_yet},
    {"azure-tenant-id", text, "", "Keys in Azure", not_yet},
    {"azure-tags", list, "", "Keys in Azure", not_yet},
    {"azure-response-timeout", count, "", "Keys in Azure", not_yet},
    {"azure-secrets-tags", list, "", "Keys in Azure", not_yet},
    {"aws-kms-enabled", flag, "", "Keys in AWS", not_yet},
    {"aws-kms-auth-mode", text, "", "Keys in AWS", not_yet},
    {"aws-kms-access-key-id", text, "", "Keys in AWS", not_yet},
    {"aws-kms-secret-access-key", text, "", "Keys in AWS", not_yet},
    {"aws-kms-region", text, "", "Keys in AWS", not_yet},
    {"aws-kms-tag", list, "", "Keys in AWS", not_yet},
    {"aws-kms-client-cache-size", count, "", "Keys in AWS", not_yet},
    {"aws-endpoint-override", text, "", "Keys in AWS", not_yet},
    {"aws-connection-cache-size", count, "", "Keys in AWS", not_yet},
};

constexpr OptionRow file_based_rows[] = {
    {"key-file", path, "", "The V3 keystore", yes, "", "k"},
    {"password-file", path, "", "Its first line is the password", yes, "", "p"},
};
constexpr OptionRow multikey_rows[] = {
    {"directory", path, "", "Folder of [PREFIX]ADDRESS.toml files", yes, "", "d"},
};

constexpr OptionRow convert_rows[] = {
    {"from", path, "", "EthSigner's folder of TOML files; required"},
    {"to", path, "", "Folder for Web3Signer's YAML files, made if absent; required"},
    {"json", flag, "", "Report as JSON"},
};
constexpr OptionRow verify_rows[] = {
    {"json", flag, "", "Report as JSON"},
    {"head", text, "", "The log must reach this line: NUMBER:HASH, as an earlier report gave it",
     yes, "NUMBER:HASH"},
};
constexpr OptionRow keys_list_rows[] = {
    {"json", flag, "", "Report as JSON"},
};
constexpr OptionRow account_rows[] = {
    {"to", path, "", "Folder for the keystore, made if absent; required"},
    {"new-password-file", path, "", "Its first line is the password; required"},
    {"light", flag, "", "Weak parameters that open at once: for tests only"},
    {"json", flag, "", "Report as JSON"},
};

constexpr OptionGroup web3signer_groups[] = {
    {"Program", "", program_rows},
    {"HTTP", "", http_rows},
    {"Keys", "", key_rows},
    {"Policy and audit", "", policy_rows},
    {"Metrics", "metrics-enabled", metrics_rows},
    {"Chains and nodes (options of eth1)", "", chain_rows, "eth1"},
    {"Bulk loading (options of eth1)", "", bulk_rows, "eth1"},
};
constexpr OptionGroup ethsigner_groups[] = {
    {"Program", "", program_rows},
    {"HTTP", "", http_rows},
    {"Keys", "", key_rows},
    {"Policy and audit", "", policy_rows},
    {"Metrics", "metrics-enabled", metrics_rows},
    {"Chains and nodes", "", chain_rows},
    {"One key in a file", "", file_based_rows, "file-based-signer"},
    {"Many keys", "", multikey_rows, "multikey-signer"},
};

constexpr CommandRow command_rows[] = {
    {"eth1", "", "", "Serve, with Web3Signer's options", {}},
    {"file-based-signer", "", "", "Serve with one key, with EthSigner's options", {}},
    {"multikey-signer", "", "", "Serve with a folder of keys, with EthSigner's options", {}},
    {"keys list", "", "", "The keys that eth1 with these options would load", keys_list_rows},
    {"new-account", "", "", "Make a key in a V3 keystore", account_rows},
    {"convert-ethsigner-keys", "", "", "Turn EthSigner's key files into Web3Signer's",
     convert_rows},
    {"audit verify", "", "[FILE...]", "Check the audit log of --data-path, or these files",
     verify_rows},
    {"version", "", "", "Same as --version", {}},
    {"help", "", "", "Same as --help", {}},
};

constexpr std::string_view usage = R"(Usage: meta138-signer [OPTIONS] COMMAND [OPTIONS]

Holds keys and signs with them what its policy allows: EthSigner's JSON-RPC and Web3Signer's REST,
in front of the nodes of one or several chains.

  meta138-signer --key-config-path=keys eth1 --chain-id=138
      Keys of keys/*.yaml, at http://127.0.0.1:9000, in front of a node at 127.0.0.1:8545
  meta138-signer --config-file=signer.yaml eth1
      The same with options in a file: key-config-path: keys, eth1.chain-id: 138
  meta138-signer new-account --to=keystores --new-password-file=password
      A new key
  meta138-signer --chain-id=138 --downstream-http-port=8590 multikey-signer --directory=keys
      EthSigner's way; it listens at port 8545

An option counts from the first of: the command line; the environment (--http-listen-port is
WEB3SIGNER_HTTP_LISTEN_PORT, --chain-id is WEB3SIGNER_ETH1_CHAIN_ID; META138_SIGNER_ in place of
WEB3SIGNER_ as well; with EthSigner's commands ETHSIGNER_CHAIN_ID); the file of --config-file; its
default. An option or a file that is wrong is refused at the start.
)";

}  // namespace

const options::Catalogue& web3signer_catalogue() {
    static constexpr std::array<std::string_view, 2> prefixes{"META138_SIGNER_", "WEB3SIGNER_"};
    static constexpr options::Catalogue all{
        .program = "meta138-signer",
        .usage = usage,
        .command_note =
            "The global options (--data-path, --http-listen-port, ...) hold as well; "
            "see meta138-signer --help.",
        .groups = web3signer_groups,
        .commands = command_rows,
        .prefixes = prefixes,
    };
    return all;
}

const options::Catalogue& ethsigner_catalogue() {
    static constexpr std::array<std::string_view, 2> prefixes{"META138_SIGNER_", "ETHSIGNER_"};
    static constexpr options::Catalogue all{
        .program = "meta138-signer",
        .usage = usage,
        .command_note =
            "The global options (--chain-id, --downstream-http-port, ...) hold as well; "
            "see meta138-signer --help.",
        .groups = ethsigner_groups,
        .commands = command_rows,
        .prefixes = prefixes,
    };
    return all;
}

}  // namespace meta138::signer
