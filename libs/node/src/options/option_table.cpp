// SPDX-License-Identifier: Apache-2.0
#include "options/option_table.hpp"

#include <array>

namespace meta138::node {
namespace {

using enum ValueKind;
using enum Effect;

constexpr auto all_apis =
    "ADMIN|DEBUG|ENGINE|ETH|IBFT|MINER|NET|OTS|PERM|PLUGINS|QBFT|TESTING|TRACE|TXPOOL|WEB3";
constexpr auto jwt_algorithms = "RS256|RS384|RS512|ES256|ES384|ES512|HS256";

constexpr OptionRow node_rows[] = {
    {"config-file", path, "", "TOML file with options, by their names", yes, "", "", true},
    {"profile", text, "",
     "Defaults for a kind of node: validator, sentry, rpc, archive, dev, enterprise (also called "
     "private), performance, performance_rpc, staker, minimalist_staker, or NAME.toml of the "
     "folder "
     "profiles",
     yes, "NAME"},
    {"data-path", path, "data",
     "Folder for the database, the node's key and the rest; made if absent"},
    {"genesis-file", path, "", "Genesis of the network, in Besu's or geth's form"},
    {"network", text, "", "Named network; only dev is built in", yes, "NAME"},
    {"network-id", count, "", "Id on the wire and in net_version; default: the chain id"},
    {"node-private-key-file", path, "",
     "The node's private key, one line of hex; default: key in the data folder"},
    {"identity", text, "", "A name that becomes part of the client's version string", yes, "NAME"},
    {"override-genesis-config", list, "", "Keys of the genesis file's config to replace", yes,
     "NAME=VALUE"},
    {"version-compatibility-protection", flag, "true",
     "Refuse data last written by a newer version"},
    {"pid-path", path, "", "File for the process id, removed at the end"},
    {"logging", choice, "INFO", "Which log lines to write", yes,
     "OFF|ERROR|WARN|INFO|DEBUG|TRACE|ALL|FATAL", "l"},
    {"log-format", choice, "text", "Lines for people, or one JSON object a line for collectors",
     yes, "text|json"},
    {"color-enabled", flag, "", "Colour log lines; default: on a terminal"},
    {"reorg-logging-threshold", count, "6", "Depth from which a reorganisation is logged"},
    {"revert-reason-enabled", flag, "false",
     "Keep what reverted transactions returned, and show it in receipts"},
    {"print-paths-and-exit", text, "", "Print which paths the node reads and writes", yes, "USER"},
    {"security-module", text, "localfile",
     "Where the node's key lives; only localfile, the file of --node-private-key-file", yes,
     "localfile"},
    {"required-blocks", list, "", "Drop peers whose chain has another block there", yes,
     "NUMBER=HASH", "required-block"},
    {"kzg-trusted-setup", path, "", "The ceremony's setup; built in", not_needed},
    {"genesis-state-hash-cache-enabled", flag, "", "Never needed here", not_needed},
    {"auto-log-bloom-caching-enabled", flag, "", "Logs have an index here", not_needed},
    {"cache-last-blocks", count, "", "See --storage-cache-mb", not_needed},
    {"cache-last-block-headers", count, "", "See --storage-cache-mb", not_needed},
    {"cache-last-block-headers-preload-enabled", flag, "", "Never needed here", not_needed},
    {"cache-precompiles", flag, "", "Always on here", not_needed},
    {"plugins", list, "", "There are no plugins", not_needed},
    {"plugin-continue-on-error", flag, "", "There are no plugins", not_needed},
    {"plugins-verification-mode", text, "", "There are no plugins", not_needed},
    {"ethstats", text, "", "Report to an ethstats server", not_yet, "URL"},
    {"ethstats-contact", text, "", "Of the node's operator", not_yet},
    {"ethstats-cacert-file", path, "", "Of the ethstats server", not_yet},
    {"ethstats-report-interval", count, "5", "Seconds", not_yet},
};

constexpr OptionRow dev_rows[] = {
    {"dev", flag, "false",
     "Run a development chain of one node: chain 138, funded well-known accounts, evm_*, "
     "hardhat_* "
     "and anvil_* methods; in memory unless --data-path is given"},
    {"dev-period", number, "0", "Seconds between blocks; 0: a block as soon as a transaction comes",
     yes, "SECONDS"},
    {"dev-accounts", count, "10", "Funded accounts, at most 20"},
    {"dev-balance", count, "10000", "Ether of each funded account"},
};

constexpr OptionRow rpc_http_rows[] = {
    {"rpc-http-enabled", flag, "false", "Serve JSON-RPC over HTTP"},
    {"rpc-http-host", text, "127.0.0.1", "Address to listen on", yes, "HOST"},
    {"rpc-http-port", port, "8545", "Port to listen on; 0: any free one"},
    {"rpc-http-api", list, "ETH,NET,WEB3", "Groups of methods to serve, or single methods by name",
     yes, all_apis, "rpc-http-apis"},
    {"rpc-http-cors-origins", list, "", "Web pages that may call: all, none, or patterns", yes,
     "ORIGIN"},
    {"host-allowlist", list, "localhost,127.0.0.1",
     "Host headers to accept on every endpoint: all, none, or names", yes, "HOST"},
    {"rpc-http-max-active-connections", count, "80", "Further ones are closed"},
    {"rpc-http-max-batch-size", integer, "1024", "Requests in a batch; -1: no limit"},
    {"rpc-http-max-request-content-length", count, "134217728", "Bytes"},
    {"json-pretty-print-enabled", flag, "false",
     "Indent answers, for people; those to batches stay compact"},
    {"rpc-http-authentication-enabled", flag, "false", "Ask for a token"},
    {"rpc-http-authentication-credentials-file", path, "", "TOML file with users"},
    {"rpc-http-authentication-jwt-public-key-file", path, "", "PEM file of who makes tokens", yes,
     "", "rpc-http-authentication-public-key-file"},
    {"rpc-http-authentication-jwt-algorithm", choice, "RS256", "Of these tokens", yes,
     jwt_algorithms},
    {"rpc-http-authentication-api-keys-file", path, "",
     "TOML file with keys that may stand in the path of the URL, for clients without tokens"},
    {"rpc-http-api-method-no-auth", list, "", "Methods that need no token", yes, "METHOD",
     "rpc-http-api-methods-no-auth"},
    {"rpc-http-tls-enabled", flag, "false", "Serve HTTPS"},
    {"rpc-http-tls-keystore-file", path, "", "PKCS#12 file with key and certificate"},
    {"rpc-http-tls-keystore-password-file", path, "", "Its first line is the password"},
    {"rpc-http-tls-client-auth-enabled", flag, "false", "Ask clients for certificates"},
    {"rpc-http-tls-known-clients-file", path, "", "Lines of common name and SHA-256 fingerprint"},
    {"rpc-http-tls-ca-clients-enabled", flag, "false",
     "Accept clients whom the system's authorities vouch for"},
    {"rpc-http-tls-truststore-file", path, "", "PKCS#12 file with authorities for clients"},
    {"rpc-http-tls-truststore-password-file", path, "", "Its first line is the password"},
    {"rpc-http-tls-protocol", list, "TLSv1.3,TLSv1.2", "Versions to accept", yes, "",
     "rpc-http-tls-protocols"},
    {"rpc-http-tls-cipher-suite", list, "", "Suites to accept; default: OpenSSL's", yes, "",
     "rpc-http-tls-cipher-suites"},
    {"Xhttp-timeout-seconds", count, "30", "For one request"},
};

constexpr OptionRow rpc_ws_rows[] = {
    {"rpc-ws-enabled", flag, "false", "Serve JSON-RPC over WebSocket"},
    {"rpc-ws-host", text, "", "Address to listen on; default: that of --p2p-host", yes, "HOST"},
    {"rpc-ws-port", port, "8546", "Port to listen on; the one of HTTP may serve both"},
    {"rpc-ws-api", list, "ETH,NET,WEB3", "Groups of methods to serve", yes, all_apis,
     "rpc-ws-apis"},
    {"rpc-ws-max-active-connections", count, "80", "Further ones are closed"},
    {"rpc-ws-max-frame-size", count, "1048576", "Bytes; a message may have four times as many"},
    {"rpc-ws-authentication-enabled", flag, "false", "Ask for a token"},
    {"rpc-ws-authentication-credentials-file", path, "", "TOML file with users"},
    {"rpc-ws-authentication-jwt-public-key-file", path, "", "PEM file of who makes tokens", yes, "",
     "rpc-ws-authentication-public-key-file"},
    {"rpc-ws-authentication-jwt-algorithm", choice, "RS256", "Of these tokens", yes,
     jwt_algorithms},
    {"rpc-ws-authentication-api-keys-file", path, "",
     "TOML file with keys that may stand in the path of the URL, for clients without tokens"},
    {"rpc-ws-api-methods-no-auth", list, "", "Methods that need no token", yes, "METHOD",
     "rpc-ws-api-method-no-auth"},
    {"rpc-ws-ssl-enabled", flag, "false", "Serve wss"},
    {"rpc-ws-ssl-keystore-file", path, "", "PKCS#12 file with key and certificate"},
    {"rpc-ws-ssl-keystore-type", choice, "PKCS12", "Kind of key store", yes, "PKCS12|PEM|JKS"},
    {"rpc-ws-ssl-keystore-password", text, "",
     "Of the key store; everybody on the machine can read it here", yes, "PASSWORD"},
    {"rpc-ws-ssl-keystore-password-file", path, "", "Its first line is the password"},
    {"rpc-ws-ssl-key-file", path, "", "PEM file with the key"},
    {"rpc-ws-ssl-cert-file", path, "", "PEM file with the certificate"},
    {"rpc-ws-ssl-client-auth-enabled", flag, "false", "Ask clients for certificates"},
    {"rpc-ws-ssl-truststore-file", path, "", "PKCS#12 file with authorities for clients"},
    {"rpc-ws-ssl-truststore-type", choice, "PKCS12", "Kind of trust store", yes, "PKCS12|PEM|JKS"},
    {"rpc-ws-ssl-truststore-password", text, "",
     "Of the trust store; everybody on the machine can read it here", yes, "PASSWORD"},
    {"rpc-ws-ssl-truststore-password-file", path, "", "Its first line is the password"},
    {"rpc-ws-ssl-trustcert-file", path, "", "PEM file with authorities for clients"},
    {"Xws-timeout-seconds", count, "30", "For one request"},
};

constexpr OptionRow rpc_ipc_rows[] = {
    {"Xrpc-ipc-enabled", flag, "false", "Serve JSON-RPC on a Unix socket"},
    {"Xrpc-ipc-path", path, "", "Default: besu.ipc in the data folder"},
    {"Xrpc-ipc-api", list, "ETH,NET,WEB3", "Groups of methods to serve", yes, all_apis,
     "Xrpc-ipc-apis"},
};

constexpr OptionRow limit_rows[] = {
    {"rpc-max-logs-range", count, "5000", "Blocks that one eth_getLogs may span; 0: any"},
    {"rpc-max-trace-filter-range", count, "1000", "The same of trace_filter"},
    {"rpc-gas-cap", count, "100000000", "Gas of a simulated call; 0: any"},
    {"rpc-tx-feecap", wei, "1000000000000000000",
     "Wei that a transaction sent here may offer for one gas; 0: any"},
    {"api-gas-price-blocks", count, "100", "Blocks that eth_gasPrice looks at"},
    {"api-gas-price-percentile", number, "50", "Of the prices it finds"},
    {"api-gas-price-max", count, "500000000000", "Wei that it answers at most"},
    {"estimate-gas-tolerance-ratio", number, "0.015",
     "How far eth_estimateGas may be above the least that suffices"},
    {"rpc-threads", count, "0", "Threads for heavy requests; 0: as many as processors"},
    {"api-gas-and-priority-fee-limiting-enabled", flag, "false",
     "Bound the fees that methods suggest by what the last block paid"},
    {"api-gas-and-priority-fee-lower-bound-coefficient", count, "0", "Percent of it, at least"},
    {"api-gas-and-priority-fee-upper-bound-coefficient", count, "18446744073709551615",
     "Percent of it, at most"},
};

constexpr OptionRow graphql_rows[] = {
    {"graphql-http-enabled", flag, "", "Serve GraphQL", not_yet},
    {"graphql-http-host", text, "", "Address to listen on", not_yet, "HOST"},
    {"graphql-http-port", port, "", "Port to listen on", not_yet},
    {"graphql-http-cors-origins", list, "", "Web pages that may call", not_yet},
    {"graphql-tls-enabled", flag, "", "Serve HTTPS", not_yet},
    {"graphql-tls-keystore-file", path, "", "PKCS#12 file", not_yet},
    {"graphql-tls-keystore-password-file", path, "", "Its password", not_yet},
    {"graphql-mtls-enabled", flag, "", "Ask clients for certificates", not_yet},
    {"graphql-tls-truststore-file", path, "", "PKCS#12 file", not_yet},
    {"graphql-tls-truststore-password-file", path, "", "Its password", not_yet},
};

constexpr OptionRow engine_rows[] = {
    {"engine-rpc-enabled", flag, "false",
     "Serve the Engine API, for chains with a terminal total difficulty"},
    {"engine-rpc-port", port, "8551", "Port to listen on; 0: any free one", yes, "",
     "engine-rpc-http-port"},
    {"engine-jwt-secret", path, "",
     "File with the shared secret, 64 digits; default: jwt.hex in the data folder, made if "
     "missing"},
    {"engine-jwt-disabled", flag, "false", "Ask for no token"},
    {"engine-host-allowlist", list, "localhost,127.0.0.1", "Host headers to accept", yes, "HOST"},
};

constexpr OptionRow metrics_rows[] = {
    {"metrics-enabled", flag, "false", "Serve Prometheus metrics"},
    {"metrics-host", text, "127.0.0.1", "Address to listen on", yes, "HOST"},
    {"metrics-port", port, "9545", "Port to listen on; 0: any free one"},
    {"metrics-category", list, "", "Kinds of metrics to serve; default: all", yes, "CATEGORY",
     "metrics-categories"},
    {"metrics-protocol", choice, "PROMETHEUS",
     "How to serve them; OPENTELEMETRY is refused: its collector can scrape Prometheus' text", yes,
     "PROMETHEUS|OPENTELEMETRY|NONE"},
    {"metrics-push-enabled", flag, "false",
     "Push metrics to a Prometheus push gateway, in place of serving them"},
    {"metrics-push-host", text, "127.0.0.1", "Of the gateway", yes, "HOST"},
    {"metrics-push-port", port, "9001", "Of the gateway"},
    {"metrics-push-interval", count, "15", "Seconds between two pushes"},
    {"metrics-push-prometheus-job", text, "besu-client", "Name of the job", yes, "NAME"},
};

constexpr OptionRow permission_rows[] = {
    {"permissions-accounts-config-file-enabled", flag, "false",
     "Take transactions only from the accounts of a list"},
    {"permissions-accounts-config-file", path, "",
     "The list; default: permissions_config.toml in the data folder"},
    {"permissions-nodes-config-file-enabled", flag, "false", "Connect only to the nodes of a list"},
    {"permissions-nodes-config-file", path, "",
     "The list; default: permissions_config.toml in the data folder"},
    {"permissions-nodes-contract-enabled", flag, "", "Connect as a contract allows", not_yet},
    {"permissions-nodes-contract-address", text, "", "Of the contract", not_yet},
    {"permissions-nodes-contract-version", count, "", "Of the contract", not_yet},
    {"permissions-accounts-contract-enabled", flag, "", "Take transactions as a contract allows",
     not_yet},
    {"permissions-accounts-contract-address", text, "", "Of the contract", not_yet},
};

constexpr OptionRow production_rows[] = {
    {"min-gas-price", wei, "1000", "Wei below which blocks of ours take nothing"},
    {"min-priority-fee", wei, "0", "The same of the priority fee"},
    {"target-gas-limit", count, "",
     "Gas limit to move blocks to, by 1/1024 each; default: leave it"},
    {"miner-extra-data", text, "", "Bytes for the extra data of blocks of ours", yes, "HEX"},
    {"poa-block-txs-selection-max-time", count, "75",
     "Percent of the block period that choosing transactions may take"},
    {"block-txs-selection-max-time", count, "5000", "The same in milliseconds, without a period"},
    {"plugin-block-txs-selection-max-time", count, "", "There are no plugins", not_needed},
    {"max-blobs-per-transaction", count, "", "For the pool", not_yet},
    {"max-blobs-per-block", count, "", "For blocks of ours", not_yet},
    {"min-block-occupancy-ratio", number, "", "Besu ignores it as well", not_needed},
    {"Xqbft-enable-early-round-change", flag, "true", "Follow f+1 validators to a higher round"},
    {"Xbft-legacy-protocol-encoding", flag, "",
     "Proposals and round changes in the form of Besu 25 and before; unset: as the others do"},
    {"qbft-max-round-timeout", number, "60",
     "Seconds at which the time-out of rounds stops doubling"},
    {"Xclock-offset", integer, "0", "Milliseconds to be off the machine's clock: for tests"},
    {"qbft-relay", flag, "false",
     "Sentry: pass QBFT messages on between validators that do not see each other"},
};

constexpr OptionRow pool_rows[] = {
    {"tx-pool", choice, "LAYERED", "Limits by bytes, or by count and sender", yes,
     "LAYERED|SEQUENCED|LEGACY"},
    {"tx-pool-no-local-priority", flag, "false", "Treat what is sent here like the rest"},
    {"tx-pool-priority-senders", list, "", "Accounts whose transactions come first", yes,
     "ADDRESS"},
    {"tx-pool-enable-save-restore", flag, "false", "Keep the pool over restarts"},
    {"tx-pool-save-file", path, "txpool.dump", "Where; in the data folder"},
    {"tx-pool-price-bump", number, "10", "Percent that a replacement offers more"},
    {"tx-pool-blob-price-bump", number, "100", "The same of blob transactions"},
    {"tx-pool-min-gas-price", wei, "1000", "Wei below which the pool takes nothing"},
    {"strict-tx-replay-protection-enabled", flag, "false",
     "Refuse transactions sent here that name no chain"},
    {"tx-pool-enable-balance-check", flag, "", "Always on here", not_needed},
    {"tx-pool-layer-max-capacity", count, "50000000",
     "LAYERED: half of the bytes that the pool may take"},
    {"tx-pool-max-prioritized", count, "",
     "LAYERED: executable transactions; here all share one limit", not_needed},
    {"tx-pool-max-prioritized-by-type", list, "",
     "LAYERED: the same by type; here blobs have a limit of bytes", not_needed},
    {"tx-pool-max-future-by-sender", count, "200", "LAYERED: nonces ahead of the account"},
    {"tx-pool-min-score", integer, "-128",
     "LAYERED: penalties below which a transaction leaves, from 127 down to -128"},
    {"tx-pool-max-transaction-bytes", count, "4194304",
     "Of one transaction; at most 8388608, what a block may have"},
    {"tx-pool-max-size", count, "4096", "SEQUENCED: transactions"},
    {"tx-pool-limit-by-account-percentage", number, "0.001",
     "SEQUENCED: the fraction of these that one sender may have"},
    {"tx-pool-retention-hours", count, "13", "SEQUENCED: hours that one may wait"},
};

constexpr OptionRow storage_rows[] = {
    {"retention", text, "archive",
     "What to keep: archive; minimal (all blocks, recent states); or window:N for the last "
     "N blocks, "
     "window:Nd for those of N days",
     yes, "archive|minimal|window:N|window:Nd"},
    {"key-value-storage", choice, "rocksdb", "memory: nothing touches the disk", yes,
     "rocksdb|memory"},
    {"storage-cache-mb", count, "64", "Memory for blocks of the database"},
    {"storage-sync-enabled", flag, "true",
     "Have each block on disk before the next; otherwise a power cut may cost the last ones"},
    {"data-storage-format", choice, "", "Besu's formats; here --retention decides", not_needed,
     "FOREST|BONSAI|X_BONSAI_ARCHIVE"},
    {"Xchain-pruning-enabled", choice, "", "ALL: as --retention=window:N", yes, "ALL|BAL|NONE"},
    {"Xchain-pruning-blocks-retained", count, "113056", "The N of it"},
    {"Xchain-pruning-retained-minimum", count, "", "Never needed here", not_needed},
    {"Xchain-pruning-frequency", count, "", "Pruning goes on all the time", not_needed},
    {"sync-mode", choice, "FULL", "How to catch up: all blocks are executed, whatever is asked for",
     yes, "FULL|SNAP|CHECKPOINT"},
    {"sync-min-peers", count, "", "Catching up begins with the first peer that is ahead",
     not_needed},
    {"bonsai-historical-block-limit", count, "", "See --retention", not_needed, "",
     "bonsai-maximum-back-layers-to-load"},
    {"bonsai-limit-trie-logs-enabled", flag, "", "See --retention", not_needed},
    {"bonsai-trie-logs-pruning-window-size", count, "", "See --retention", not_needed},
    {"bonsai-parallel-tx-processing-enabled", flag, "", "Never needed here", not_needed},
    {"bonsai-parallel-state-root-computation-enabled", flag, "", "Never needed here", not_needed},
    {"receipt-compaction-enabled", flag, "", "Always on here", not_needed},
    {"history-expiry-prune", flag, "", "See --retention", not_needed},
    {"snapsync-server-enabled", flag, "false",
     "Serve the states of the last 128 blocks to nodes that synchronise with snap"},
    {"snapsync-synchronizer-transaction-indexing-enabled", flag, "", "Index old transactions",
     not_yet},
    {"snapsync-synchronizer-pre-checkpoint-headers-only-enabled", flag, "", "Leave old bodies out",
     not_yet},
    {"era1-import-prepipeline-enabled", flag, "", "Import ERA1 files first", not_yet},
    {"era1-data-uri", text, "", "Where they are", not_yet},
    {"era1-import-prepipeline-concurrency", count, "", "At once", not_yet},
    {"Xplugin-rocksdb-high-spec-enabled", flag, "", "See --storage-cache-mb", not_needed, "",
     "Xplugin-rocksdb-high-spec"},
    {"Xplugin-rocksdb-max-open-files", count, "", "Never needed here", not_needed},
    {"Xplugin-rocksdb-cache-capacity", count, "", "See --storage-cache-mb", not_needed},
    {"Xplugin-rocksdb-background-thread-count", count, "", "Never needed here", not_needed},
    {"Xbonsai-full-flat-db-enabled", flag, "", "Always so here", not_needed},
};

constexpr OptionRow p2p_rows[] = {
    {"p2p-enabled", flag, "true", "Talk to other nodes"},
    {"p2p-host", text, "127.0.0.1",
     "Address or name to tell other nodes; the default of --rpc-ws-host", yes, "HOST"},
    {"p2p-interface", text, "0.0.0.0", "Address to listen on", yes, "HOST"},
    {"p2p-port", port, "30303", "TCP and UDP; 0: any free one"},
    {"p2p-host-ipv6", text, "", "The same for IPv6", yes, "HOST"},
    {"p2p-interface-ipv6", text, "", "The same for IPv6; default: listen to IPv4 only", yes,
     "HOST"},
    {"p2p-port-ipv6", port, "30404", "The same for IPv6"},
    {"p2p-ipv6-outbound-enabled", flag, "", "Always so where IPv6 is", not_needed},
    {"discovery-enabled", flag, "true", "Look for other nodes by UDP"},
    {"bootnodes", list, "", "Nodes to ask first; default: those of the genesis file", yes, "ENODE"},
    {"static-nodes-file", path, "",
     "Nodes to stay connected to; default: static-nodes.json in the data folder"},
    {"max-peers", count, "25", "Connections at most; static nodes do not count", yes, "",
     "p2p-peer-upper-bound"},
    {"remote-connections-limit-enabled", flag, "true", "Bound how many of them others may dial"},
    {"remote-connections-max-percentage", number, "60", "To this share, in percent"},
    {"random-peer-priority-enabled", flag, "false", "Let newcomers in by chance when all is full"},
    {"banned-node-ids", list, "", "Nodes to refuse", yes, "ID", "banned-node-id"},
    {"poa-discovery-retry-bootnodes", flag, "true", "Ask them again and again"},
    {"net-restrict", list, "", "Subnets to keep to", yes, "CIDR"},
    {"filter-on-enr-fork-id", flag, "true", "Do not dial nodes of other forks"},
    {"discovery-dns-url", text, "", "A list of nodes in DNS (EIP-1459)", yes, "ENRTREE"},
    {"nat-method", choice, "AUTO",
     "AUTO: others may tell our address while --p2p-host is a loopback one; NONE: as --p2p-host "
     "says",
     yes, "UPNP|UPNPP2PONLY|DOCKER|KUBERNETES|AUTO|NONE"},
    {"Xdns-enabled", flag, "true", "Names in enodes are resolved; false: refused"},
    {"Xdns-update-enabled", flag, "", "Always on here: names are resolved again on failure",
     not_needed},
    {"Xv5-discovery-enabled", flag, "", "discv5", not_yet},
    {"Xp2p-check-maintained-connections-frequency", count, "60", "Seconds"},
    {"Xp2p-initiate-connections-frequency", count, "30", "Seconds"},
};

/// Besu's experimental options that tune what works otherwise here: native code of its machine,
/// sizes of its requests, its other ways to synchronise.
constexpr OptionRow tuning_rows[] = {
    {"Xaltbn128-native-enabled", flag, "", "", not_needed},
    {"Xbal-lenient-on-state-root-mismatch", flag, "", "", not_needed},
    {"Xbal-log-bals-on-mismatch", flag, "", "", not_needed},
    {"Xbal-perfect-parallelization-enabled", flag, "", "", not_needed},
    {"Xbal-processing-timeout", text, "", "", not_needed},
    {"Xbal-state-root-timeout", text, "", "", not_needed},
    {"Xbal-trust-state-root", flag, "", "", not_needed},
    {"Xblake2bf-native-enabled", flag, "", "", not_needed},
    {"Xbonsai-code-using-code-hash-enabled", flag, "", "", not_needed},
    {"Xchain-pruning-bals-retained", text, "", "", not_needed},
    {"Xcheckpoint-post-merge-enabled", flag, "", "", not_needed},
    {"Xeth-capability-max", text, "", "", not_needed},
    {"Xeth-capability-min", text, "", "", not_needed},
    {"Xeth-max-message-size", text, "", "", not_needed},
    {"Xeth-max-transactions-message-size", text, "", "", not_needed},
    {"Xeth65-tx-announced-buffering-period-milliseconds", text, "", "", not_needed},
    {"Xevm-jumpdest-cache-weight-kb", text, "", "", not_needed},
    {"Xevm-optimized-opcodes", flag, "", "", not_needed},
    {"Xevm-worldstate-update-mode", text, "", "", not_needed},
    {"Xewp-max-get-bodies", text, "", "", not_needed},
    {"Xewp-max-get-headers", text, "", "", not_needed},
    {"Xewp-max-get-node-data", text, "", "", not_needed},
    {"Xewp-max-get-pooled-transactions", text, "", "", not_needed},
    {"Xewp-max-get-receipts", text, "", "", not_needed},
    {"Xin-process-rpc-api", text, "", "", not_needed},
    {"Xin-process-rpc-enabled", flag, "", "", not_needed},
    {"Xincoming-tx-messages-keep-alive-seconds", text, "", "", not_needed},
    {"Xmax-tracked-seen-txs-per-peer", text, "", "", not_needed},
    {"Xmetrics-idle-timeout", text, "", "", not_needed},
    {"Xmetrics-timers-enabled", flag, "", "", not_needed},
    {"Xmodexp-native-enabled", flag, "", "", not_needed},
    {"Xnat-method-fallback-enabled", flag, "", "", not_needed},
    {"Xp256verify-native-enabled", flag, "", "", not_needed},
    {"Xp2p-dns-discovery-server", text, "", "", not_needed},
    {"Xp2p-peer-task-timeout", text, "", "", not_needed},
    {"Xpeer-tracker-forget-evicted-txs", flag, "", "", not_needed},
    {"Xpeertask-system-enabled", flag, "", "", not_needed},
    {"Xplugin-rocksdb-blob-garbage-collection-age-cutoff", text, "", "", not_needed},
    {"Xplugin-rocksdb-blob-garbage-collection-force-threshold", text, "", "", not_needed},
    {"Xplugin-rocksdb-blockchain-blob-garbage-collection-enabled", flag, "", "", not_needed},
    {"Xplugins-external-enabled", flag, "", "", not_needed},
    {"Xpos-block-creation-max-time", text, "", "", not_needed},
    {"Xpos-block-creation-repetition-min-duration", text, "", "", not_needed},
    {"Xpos-block-finalization-timeout-ms", text, "", "", not_needed},
    {"Xpos-slot-duration", text, "", "", not_needed},
    {"Xpre-merge-pruning-quantity", text, "", "", not_needed},
    {"Xsecp-native-enabled", flag, "", "", not_needed},
    {"Xsecp256k1-native-enabled", flag, "", "", not_needed},
    {"Xsnapsync-synchronizer-bytecode-count-per-request", text, "", "", not_needed},
    {"Xsnapsync-synchronizer-flat-account-healed-count-per-request", text, "", "", not_needed},
    {"Xsnapsync-synchronizer-flat-db-healing-enabled", flag, "", "", not_needed},
    {"Xsnapsync-synchronizer-flat-slot-healed-count-per-request", text, "", "", not_needed},
    {"Xsnapsync-synchronizer-pivot-block-distance-before-caching", text, "", "", not_needed},
    {"Xsnapsync-synchronizer-pivot-block-window-validity", text, "", "", not_needed},
    {"Xsnapsync-synchronizer-storage-count-per-request", text, "", "", not_needed},
    {"Xsnapsync-synchronizer-trienode-count-per-request", text, "", "", not_needed},
    {"Xsynchronizer-backward-headers-download-step-timeout-millis", text, "", "", not_needed},
    {"Xsynchronizer-block-propagation-range", text, "", "", not_needed},
    {"Xsynchronizer-bodies-download-step-timeout-millis", text, "", "", not_needed},
    {"Xsynchronizer-computation-parallelism", text, "", "", not_needed},
    {"Xsynchronizer-downloader-bodies-request-size", text, "", "", not_needed},
    {"Xsynchronizer-downloader-chain-segment-size", text, "", "", not_needed},
    {"Xsynchronizer-downloader-change-target-threshold-by-height", text, "", "", not_needed},
    {"Xsynchronizer-downloader-change-target-threshold-by-td", text, "", "", not_needed},
    {"Xsynchronizer-downloader-checkpoint-RETRIES", text, "", "", not_needed},
    {"Xsynchronizer-downloader-checkpoint-timeouts-permitted", text, "", "", not_needed},
    {"Xsynchronizer-downloader-header-request-size", text, "", "", not_needed},
    {"Xsynchronizer-downloader-parallelism", text, "", "", not_needed},
    {"Xsynchronizer-header-download-parallelism-factor", text, "", "", not_needed},
    {"Xsynchronizer-pivot-distance", text, "", "", not_needed},
    {"Xsynchronizer-receipts-download-step-timeout-millis", text, "", "", not_needed},
    {"Xsynchronizer-transactions-parallelism", text, "", "", not_needed},
    {"Xsynchronizer-world-state-hash-count-per-request", text, "", "", not_needed},
    {"Xsynchronizer-world-state-max-requests-without-progress", text, "", "", not_needed},
    {"Xsynchronizer-world-state-min-millis-before-stalling", text, "", "", not_needed},
    {"Xsynchronizer-world-state-request-parallelism", text, "", "", not_needed},
    {"Xsynchronizer-world-state-task-cache-size", text, "", "", not_needed},
    {"Xtx-pool-save-restore-timeout", text, "", "", not_needed},
};

/// Options that Besu had once and that are still in operators' files. Besu refuses them.
constexpr OptionRow removed_rows[] = {
    {"miner-enabled", flag, "", "", removed, "a validator produces blocks by itself"},
    {"miner-coinbase", text, "", "", removed, "miningBeneficiary in the genesis file"},
    {"miner-stratum-enabled", flag, "", "", removed, "there is no proof of work"},
    {"miner-stratum-host", text, "", "", removed, "there is no proof of work"},
    {"miner-stratum-port", text, "", "", removed, "there is no proof of work"},
    {"host-whitelist", list, "", "", removed, "--host-allowlist"},
    {"rpc-http-whitelist", list, "", "", removed, "--rpc-http-api"},
    {"fast-sync-min-peers", count, "", "", removed, "--sync-min-peers"},
    {"pruning-enabled", flag, "", "", removed, "--retention"},
    {"pruning-blocks-retained", count, "", "", removed, "--retention=window:N"},
    {"pruning-block-confirmations", count, "", "", removed, "--retention"},
    {"Xbonsai-limit-trie-logs-enabled", flag, "", "", removed, "--retention"},
    {"Xbonsai-trie-logs-pruning-window-size", text, "", "", removed, "--retention"},
    {"Xbonsai-historical-block-limit", text, "", "", removed, "--retention"},
    {"Xsnapsync-server-enabled", flag, "", "", removed, "--snapsync-server-enabled"},
    {"permissions-nodes-enabled", flag, "", "", removed, "--permissions-nodes-config-file-enabled"},
    {"permissions-accounts-enabled", flag, "", "", removed,
     "--permissions-accounts-config-file-enabled"},
    {"tx-pool-future-max-by-account", count, "", "", removed, "--tx-pool-max-future-by-sender"},
    {"tx-pool-hashes-max-size", count, "", "", removed, "--tx-pool-max-size"},
    {"rpc-max-active-connections", count, "", "", removed, "--rpc-http-max-active-connections"},
    {"privacy-enabled", flag, "", "", removed, "nothing: private transactions are no more"},
    {"privacy-url", text, "", "", removed, "nothing: private transactions are no more"},
    {"privacy-public-key-file", text, "", "", removed, "nothing: private transactions are no more"},
    {"privacy-marker-transaction-signing-key-file", text, "", "", removed,
     "nothing: private transactions are no more"},
    {"privacy-multi-tenancy-enabled", flag, "", "", removed,
     "nothing: private transactions are no more"},
    {"privacy-tls-enabled", flag, "", "", removed, "nothing: private transactions are no more"},
    {"p2p-tls-enabled", flag, "", "", removed, "nothing: RLPx encrypts by itself"},
    {"tls-enabled", flag, "", "", removed, "--rpc-http-tls-enabled"},
    {"privacy-onchain-groups-enabled", flag, "", "", removed,
     "nothing: private transactions are no more"},
    {"privacy-flexible-groups-enabled", flag, "", "", removed,
     "nothing: private transactions are no more"},
    {"goquorum-compatibility-enabled", flag, "", "", removed, "nothing: it is found out by itself"},
    {"compatibility-eth64-forkid-enabled", flag, "", "", removed,
     "nothing: fork ids are always sent"},
    {"engine-jwt-enabled", flag, "", "", removed, "--engine-jwt-disabled"},
    {"tx-pool-disable-locals", flag, "", "", removed, "--tx-pool-no-local-priority"},
    {"Xbonsai-parallel-tx-processing-enabled", flag, "", "", removed, "nothing: never needed here"},
    {"Xbonsai-trie-log-pruning-enabled", flag, "", "", removed, "--retention"},
    {"Xhistory-expiry-prune", flag, "", "", removed, "--retention"},
    {"Xchain-pruning-blocks-retained-limit", count, "", "", removed,
     "--Xchain-pruning-blocks-retained"},
    {"Xfilter-on-enr-fork-id", flag, "", "", removed, "--filter-on-enr-fork-id"},
    {"Xsnapsync-bft-enabled", flag, "", "", removed, "--sync-mode"},
    {"Xp2p-peer-lower-bound", count, "", "", removed, "--max-peers"},
    {"Xenable-extra-debug-tracers", flag, "", "", removed, "nothing: all tracers are there"},
};

constexpr OptionGroup groups[] = {
    {"Node", "", node_rows},
    {"Development chain", "", dev_rows},
    {"JSON-RPC over HTTP", "rpc-http-enabled", rpc_http_rows},
    {"JSON-RPC over WebSocket", "rpc-ws-enabled", rpc_ws_rows},
    {"JSON-RPC over a Unix socket", "Xrpc-ipc-enabled", rpc_ipc_rows},
    {"JSON-RPC limits", "", limit_rows},
    {"GraphQL", "graphql-http-enabled", graphql_rows},
    {"Engine API", "engine-rpc-enabled", engine_rows},
    {"Metrics", "metrics-enabled", metrics_rows},
    {"Permissions", "", permission_rows},
    {"Block production", "", production_rows},
    {"Transaction pool", "", pool_rows},
    {"Storage and synchronisation", "", storage_rows},
    {"Peers", "", p2p_rows},
    {"Tuning of Besu", "", tuning_rows},
    {"Removed from Besu", "", removed_rows},
};

constexpr OptionRow import_rows[] = {
    {"from", path, "", "File to import, beside those named without an option"},
    {"format", choice, "RLP", "Of the files", yes, "RLP"},
    {"start-block", count, "", "Leave out blocks before it"},
    {"end-block", count, "", "Leave out this block and those after it"},
    {"run", flag, "", "Run the node when the import is done"},
    {"skip-pow-validation-enabled", flag, "", "Besu's; there is no proof of work here"},
    {"json", flag, "", "Report as JSON, one line a second"},
};
constexpr OptionRow export_rows[] = {
    {"to", path, "", "File to write; required unless it is named without an option"},
    {"format", choice, "RLP", "Of the file", yes, "RLP"},
    {"start-block", count, "", "First block; default: 0"},
    {"end-block", count, "", "The block after the last; default: after the head"},
    {"json", flag, "", "Report as JSON, one line a second"},
};
constexpr OptionRow json_rows[] = {
    {"json", flag, "", "Report as JSON"},
};
constexpr OptionRow to_rows[] = {
    {"to", path, "", "File to write; default: standard output"},
    {"ec-curve", text, "", "Only secp256k1", yes, "NAME"},
};

constexpr OptionRow generate_rows[] = {
    {"config-file", path, "", "What the network is to be; required"},
    {"to", path, "", "Folder to make, or an empty one; required"},
    {"genesis-file-name", text, "genesis.json", "Name of the genesis file", yes, "NAME"},
    {"private-key-file-name", text, "key.priv", "Name of the files of private keys", yes, "NAME"},
    {"public-key-file-name", text, "key.pub", "Name of the files of public keys", yes, "NAME"},
};
constexpr OptionRow password_rows[] = {
    {"password", text, "",
     "The password; default: the first line of standard input, which nobody else can see", yes,
     "PASSWORD"},
};
constexpr OptionRow rlp_rows[] = {
    {"type", choice, "IBFT_EXTRA_DATA", "Whose extra data", yes, "IBFT_EXTRA_DATA|QBFT_EXTRA_DATA"},
    {"from", path, "", "File to read; default: standard input"},
    {"to", path, "", "File to write; default: standard output"},
};

constexpr CommandRow command_rows[] = {
    {"import", "blocks import", "FILE.rlp...", "Import blocks of RLP chain files", import_rows},
    {"export", "blocks export", "FILE.rlp", "Write blocks into an RLP chain file", export_rows},
    {"genesis check", "", "",
     "Whether the file of --genesis-file, perhaps with new forks, fits the chain; changes nothing",
     json_rows},
    {"storage usage", "storage rocksdb usage", "", "Bytes on disk by kind of data", json_rows},
    {"storage verify", "", "", "Check blocks, receipts and states against their roots", json_rows},
    {"storage repair",
     "",
     "",
     "If verify finds faults: a new database of the blocks that are whole, each executed again; "
     "needs room for it, and keeps the old one beside it",
     {}},
    {"storage prune", "", "", "Remove what --retention does not cover", json_rows},
    {"validate-config", "", "", "Check the file of --config-file", {}},
    {"public-key export", "", "", "The node's public key", to_rows},
    {"public-key export-address", "", "", "The node's address", to_rows},
    {"password hash", "", "", "A password's hash for a credentials file", password_rows},
    {"operator generate-blockchain-config", "", "",
     "Write a genesis file and node keys of a new network", generate_rows},
    {"rlp encode", "", "", "Extra data of a genesis file, of a JSON list of validators", rlp_rows},
    {"rlp decode", "", "", "The validators in extra data", rlp_rows},
    {"operator generate-log-bloom-cache", "", "", "Besu's: logs have an index here", {}},
    {"storage rocksdb x-stats", "", "", "Besu's: see the metrics meta138_storage_*", {}},
    {"storage trie-log count", "", "", "Besu's: there are no trie logs, see --retention", {}},
    {"storage trie-log prune", "", "", "Besu's: use storage prune", {}},
    {"storage trie-log export", "", "", "Besu's: there are no trie logs, see --retention", {}},
    {"storage trie-log import", "", "", "Besu's: there are no trie logs, see --retention", {}},
    {"storage revert-variables", "", "", "Besu's: its databases are not read", {}},
    {"storage revert-metadata v2-to-v1", "", "", "Besu's: its databases are not read", {}},
    {"storage prune-pre-merge-blocks", "", "", "Besu's: for mainnet; use storage prune", {}},
    {"txparse", "", "", "Besu's, a tool for fuzzing", {}},
    {"version", "", "", "Same as --version", {}},
    {"help", "", "", "Same as --help", {}},
};

constexpr std::string_view usage = R"(Usage: meta138-node [OPTIONS] [COMMAND]

Runs a node of an EVM network, with Besu's options and files.

  meta138-node --dev
      A development chain at http and ws://127.0.0.1:8545, with funded accounts
  meta138-node --genesis-file=genesis.json --data-path=data --rpc-http-enabled
      A node of the network of that genesis file

An option counts from the first of: the command line; the environment (--rpc-http-port is
META138_RPC_HTTP_PORT or BESU_RPC_HTTP_PORT); the TOML file of --config-file (rpc-http-port=8545);
the profile; its default. --Xhelp lists the experimental ones.
)";

}  // namespace

const options::Catalogue& catalogue() {
    static constexpr std::array<std::string_view, 3> prefixes{"META138_", "BESU_", "PANTHEON_"};
    static constexpr options::Catalogue all{
        .program = "meta138-node",
        .usage = usage,
        .command_note = "The node's own options (--data-path, --genesis-file, ...) hold as well.",
        .groups = groups,
        .commands = command_rows,
        .prefixes = prefixes,
        .tells_lines = false,
    };
    return all;
}

std::span<const OptionGroup> option_groups() {
    return groups;
}

const OptionRow* find_option(std::string_view name) {
    return catalogue().find_option(name);
}

}  // namespace meta138::node
