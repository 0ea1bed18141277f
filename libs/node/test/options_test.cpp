// SPDX-License-Identifier: Apache-2.0
#include "meta138/node/options.hpp"

#include "options/option_table.hpp"

#include "meta138/base/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace meta138::node {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

/// A command line over an environment and files that a test writes.
class ParseCommandLine : public testing::Test {
protected:
    CommandLine parse(std::vector<const char*> arguments) {
        // A node needs a chain; tests of other options do not care which.
        if (!names_chain) arguments.insert(arguments.begin(), "--genesis-file=genesis.json");
        return parse_command_line(arguments, [this](const std::string& name) {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional{found->second};
        });
    }

    std::string error(std::vector<const char*> arguments) {
        try {
            parse(std::move(arguments));
        } catch (const OptionError& e) {
            return e.what();
        }
        return "(no error)";
    }

    std::string write_file(const std::string& name, const std::string& text) {
        const auto path = std::filesystem::path{testing::TempDir()} / name;
        std::ofstream{path} << text;
        return path.string();
    }

    /// The options that a TOML file with this text leads to.
    Options from_file(const std::string& text) {
        environment["BESU_CONFIG_FILE"] = write_file("options_test.toml", text);
        return parse({}).options;
    }
    std::string file_error(const std::string& text) {
        environment["BESU_CONFIG_FILE"] = write_file("options_test.toml", text);
        return error({});
    }

    std::map<std::string, std::string> environment;
    bool names_chain = false;
};

TEST_F(ParseCommandLine, starts_from_besus_defaults) {
    const auto options = parse({}).options;
    EXPECT_FALSE(options.http.enabled);
    EXPECT_EQ(options.http.port, 8545);
    EXPECT_THAT(options.http.apis, ElementsAre("ETH", "NET", "WEB3"));
    EXPECT_EQ(options.http.max_connections, 80U);
    EXPECT_EQ(options.http.max_batch_size, 1024U);
    EXPECT_EQ(options.http.max_request_bytes, 134'217'728U);
    EXPECT_THAT(options.host_allowlist, ElementsAre("localhost", "127.0.0.1"));
    EXPECT_EQ(options.websocket.port, 8546);
    EXPECT_EQ(options.metrics.port, 9545);
    EXPECT_EQ(options.limits.max_logs_range, 5000U);
    EXPECT_EQ(options.production.min_gas_price, uint256{1000});
    EXPECT_EQ(options.pool.price_bump, 10);
    EXPECT_THAT(options.warnings, IsEmpty());
}

TEST_F(ParseCommandLine, prefers_the_command_line_to_the_environment_to_the_file_to_the_profile) {
    const std::vector<const char*> profile{"--profile=enterprise"};
    EXPECT_EQ(parse(profile).options.http.max_connections, 300U);
    environment["BESU_CONFIG_FILE"] =
        write_file("precedence.toml", "rpc-http-max-active-connections=200\n");
    EXPECT_EQ(parse(profile).options.http.max_connections, 200U);
    environment["BESU_RPC_HTTP_MAX_ACTIVE_CONNECTIONS"] = "150";
    EXPECT_EQ(parse(profile).options.http.max_connections, 150U);
    EXPECT_EQ(parse({"--profile=enterprise", "--rpc-http-max-active-connections", "100"})
                  .options.http.max_connections,
              100U);
}

TEST_F(ParseCommandLine, a_file_may_name_the_profile) {
    EXPECT_EQ(from_file("profile=\"enterprise\"").http.max_connections, 300U);
    EXPECT_EQ(from_file("profile=\"enterprise\"\nrpc-http-max-active-connections=200")
                  .http.max_connections,
              200U);
}

TEST_F(ParseCommandLine, reads_the_environment_by_besus_old_and_new_names) {
    environment["PANTHEON_RPC_HTTP_PORT"] = "1";
    EXPECT_EQ(parse({}).options.http.port, 1);
    environment["BESU_RPC_HTTP_PORT"] = "2";
    EXPECT_EQ(parse({}).options.http.port, 2);
    environment["META138_RPC_HTTP_PORT"] = "3";
    EXPECT_EQ(parse({}).options.http.port, 3);
}

TEST_F(ParseCommandLine, takes_every_alias_everywhere) {
    EXPECT_THAT(parse({"--rpc-http-apis=ETH"}).options.http.apis, ElementsAre("ETH"));
    environment["BESU_RPC_HTTP_APIS"] = "NET";
    EXPECT_THAT(parse({}).options.http.apis, ElementsAre("NET"));
    environment.clear();
    EXPECT_THAT(from_file("rpc-http-apis=[\"WEB3\"]").http.apis, ElementsAre("WEB3"));
}

TEST_F(ParseCommandLine, takes_a_bare_flag_as_true_and_no_word_after_it) {
    EXPECT_TRUE(parse({"--rpc-http-enabled"}).options.http.enabled);
    EXPECT_FALSE(parse({"--rpc-http-enabled=false"}).options.http.enabled);
    EXPECT_THAT(error({"--rpc-http-enabled", "false"}), HasSubstr("Unmatched argument"));
}

TEST_F(ParseCommandLine, refuses_an_option_given_twice) {
    EXPECT_EQ(error({"--rpc-http-port=1", "--rpc-http-port=2"}),
              "Option '--rpc-http-port' should be specified only once");
}

TEST_F(ParseCommandLine, joins_lists_that_repeat) {
    EXPECT_THAT(parse({"--rpc-http-api=ETH,NET", "--rpc-http-api", "WEB3"}).options.http.apis,
                ElementsAre("ETH", "NET", "WEB3"));
}

TEST_F(ParseCommandLine, says_what_is_wrong_with_a_value) {
    EXPECT_EQ(error({"--rpc-http-port=70000"}),
              "Invalid value for option '--rpc-http-port': '70000' is not a port (0 to 65535)");
    EXPECT_EQ(error({"--rpc-http-api=ETH,nonsense"}),
              "Invalid value for option '--rpc-http-api': invalid entries found [nonsense]");
    EXPECT_EQ(error({"--rpc-http-port"}),
              "Missing required parameter for option '--rpc-http-port'");
    EXPECT_EQ(error({"--metrics-category=NONSENSE"}),
              "--metrics-categories contains unknown categories: [NONSENSE]");
    EXPECT_THAT(error({"--logging=LOUD"}), HasSubstr("expected one of [OFF, ERROR,"));
}

TEST_F(ParseCommandLine, suggests_what_an_unknown_option_may_have_meant) {
    EXPECT_EQ(error({"--rpc-htp-port=1"}),
              "Unknown option: '--rpc-htp-port'. Did you mean --rpc-http-port, --rpc-http-host, "
              "--rpc-ws-port?");
}

TEST_F(ParseCommandLine, takes_single_methods_among_the_groups) {
    EXPECT_THAT(parse({"--rpc-http-api=ETH,trace_replayTransaction"}).options.http.apis,
                ElementsAre("ETH", "trace_replayTransaction"));
}

TEST_F(ParseCommandLine, reads_toml_with_headings_arrays_and_bare_numbers) {
    const auto options = from_file(R"(
rpc-http-enabled=true
[TxPool]
tx-pool-price-bump=25
rpc-http-api=["ETH","NET"]
host-allowlist="all"
min-gas-price=2000
)");
    EXPECT_TRUE(options.http.enabled);
    EXPECT_EQ(options.pool.price_bump, 25);
    EXPECT_THAT(options.http.apis, ElementsAre("ETH", "NET"));
    EXPECT_THAT(options.host_allowlist, ElementsAre("all"));
    EXPECT_EQ(options.production.min_gas_price, uint256{2000});
}

TEST_F(ParseCommandLine, refuses_toml_that_besu_refuses) {
    EXPECT_EQ(file_error("\n"), "Unable to read from empty TOML configuration file.");
    EXPECT_THAT(file_error("a = = b"), HasSubstr("Invalid TOML configuration: "));
    EXPECT_EQ(file_error("nonsense=1\nmore-nonsense=2"),
              "Unknown options in TOML configuration file: more-nonsense, nonsense");
    EXPECT_THAT(file_error("zzzzzz=1"), "Unknown option in TOML configuration file: zzzzzz");
    environment["BESU_CONFIG_FILE"] = "/nonexistent.toml";
    EXPECT_THAT(error({}), HasSubstr("/nonexistent.toml"));
}

TEST_F(ParseCommandLine, refuses_two_config_files) {
    environment["BESU_CONFIG_FILE"] = "a.toml";
    EXPECT_THAT(error({"--config-file=b.toml"}), HasSubstr("name it once"));
}

TEST_F(ParseCommandLine, says_once_which_options_have_no_effect_yet) {
    const auto options = parse({"--ethstats=a:b@c", "--graphql-http-enabled"}).options;
    EXPECT_THAT(options.warnings, ElementsAre("No effect yet: --ethstats, --graphql-http-enabled"));
}

TEST_F(ParseCommandLine, talks_to_peers_by_default_as_besu_does) {
    const auto peers = parse({"--data-path=/d"}).options.peers;
    EXPECT_TRUE(peers.enabled);
    EXPECT_TRUE(peers.discovery);
    EXPECT_EQ(peers.interface, "0.0.0.0");
    EXPECT_EQ(peers.host, "127.0.0.1");
    EXPECT_EQ(peers.port, 30303);
    EXPECT_EQ(peers.max_peers, 25U);
    EXPECT_EQ(peers.max_inbound_share, 0.6);
    EXPECT_EQ(peers.static_nodes_file, "/d/static-nodes.json");
    EXPECT_FALSE(peers.static_nodes_file_must_exist);
    EXPECT_EQ(peers.bootnodes, std::nullopt);
    EXPECT_FALSE(peers.serves_states);
    EXPECT_TRUE(parse({"--snapsync-server-enabled"}).options.peers.serves_states);
    EXPECT_TRUE(parse({"--static-nodes-file=/s"}).options.peers.static_nodes_file_must_exist);
}

TEST_F(ParseCommandLine, knows_an_empty_list_of_bootnodes_from_none) {
    EXPECT_THAT(parse({"--bootnodes="}).options.peers.bootnodes, Optional(IsEmpty()));
}

TEST_F(ParseCommandLine, bounds_the_share_of_inbound_connections) {
    EXPECT_EQ(parse({"--remote-connections-max-percentage=25"}).options.peers.max_inbound_share,
              0.25);
    EXPECT_EQ(parse({"--remote-connections-limit-enabled=false"}).options.peers.max_inbound_share,
              std::nullopt);
    EXPECT_THAT(error({"--remote-connections-max-percentage=101"}), HasSubstr("0 and 100"));
}

TEST_F(ParseCommandLine, says_which_ways_around_a_router_it_has) {
    EXPECT_TRUE(parse({}).options.peers.learn_address);
    EXPECT_TRUE(parse({"--nat-method=KUBERNETES"}).options.peers.learn_address);
    EXPECT_FALSE(parse({"--nat-method=NONE"}).options.peers.learn_address);
    EXPECT_THAT(error({"--nat-method=UPNP"}), HasSubstr("--nat-method"));
}

TEST_F(ParseCommandLine, says_that_it_always_executes_all_blocks) {
    EXPECT_THAT(parse({"--sync-mode=SNAP"}).options.warnings,
                ElementsAre("--sync-mode=SNAP: this node catches up as with FULL"));
}

TEST_F(ParseCommandLine, has_a_profile_for_each_tier_of_a_network) {
    const auto validator = parse({"--profile=validator"}).options;
    EXPECT_FALSE(validator.peers.discovery);
    EXPECT_FALSE(validator.http.enabled);
    EXPECT_EQ(validator.storage.keep, StorageOptions::Keep::minimal);
    const auto sentry = parse({"--profile=sentry"}).options;
    EXPECT_TRUE(sentry.qbft.relay);
    EXPECT_TRUE(sentry.peers.discovery);
    EXPECT_FALSE(sentry.http.enabled);
    const auto rpc = parse({"--profile=rpc"}).options;
    EXPECT_TRUE(rpc.http.enabled);
    EXPECT_THAT(rpc.http.apis, ElementsAre("ETH", "NET", "WEB3"));
    EXPECT_EQ(rpc.storage.keep, StorageOptions::Keep::window);
    const auto archive = parse({"--profile=archive"}).options;
    EXPECT_THAT(archive.http.apis, testing::IsSupersetOf({"DEBUG", "TRACE"}));
    EXPECT_EQ(archive.storage.keep, StorageOptions::Keep::archive);
}

TEST_F(ParseCommandLine, stops_the_growth_of_round_time_outs_where_told) {
    EXPECT_EQ(parse({}).options.qbft.max_round_timeout, std::chrono::seconds{60});
    EXPECT_EQ(parse({"--qbft-max-round-timeout=2.5"}).options.qbft.max_round_timeout,
              std::chrono::milliseconds{2500});
    EXPECT_THAT(error({"--qbft-max-round-timeout=0"}), HasSubstr("--qbft-max-round-timeout"));
}

TEST_F(ParseCommandLine, names_the_successor_of_an_option_that_besu_removed) {
    EXPECT_THAT(parse({"--host-whitelist=all"}).options.warnings,
                ElementsAre("--host-whitelist has been ignored; in its place: --host-allowlist"));
}

TEST_F(ParseCommandLine, warns_of_options_whose_main_option_is_off) {
    EXPECT_THAT(parse({"--rpc-http-port=1"}).options.warnings,
                ElementsAre("--rpc-http-port has been ignored because --rpc-http-enabled was not "
                            "defined on the command line."));
}

TEST_F(ParseCommandLine, refuses_one_port_for_two_services) {
    EXPECT_EQ(error({"--rpc-http-enabled", "--rpc-http-port=9545", "--metrics-enabled"}),
              "Port number '9545' has been specified multiple times. Please review the supplied "
              "configuration.");
}

TEST_F(ParseCommandLine, refuses_authentication_with_nothing_to_check_against) {
    EXPECT_EQ(error({"--rpc-http-enabled", "--rpc-http-authentication-enabled"}),
              "Unable to authenticate JSON-RPC HTTP endpoint without a supplied credentials file "
              "or authentication public key file");
}

TEST_F(ParseCommandLine, takes_api_keys_in_place_of_tokens) {
    const auto options = parse({"--rpc-ws-enabled", "--rpc-ws-authentication-enabled",
                                "--rpc-ws-authentication-api-keys-file=keys.toml"})
                             .options;
    EXPECT_EQ(options.websocket.authentication.api_keys_file, "keys.toml");
}

TEST_F(ParseCommandLine, refuses_a_key_that_is_not_in_a_file) {
    EXPECT_TRUE(parse({"--security-module=localfile"}).options.warnings.empty());
    EXPECT_THAT(error({"--security-module=aws-kms"}),
                AllOf(HasSubstr("--security-module"), HasSubstr("--node-private-key-file")));
}

TEST_F(ParseCommandLine, reads_where_metrics_are_pushed) {
    const auto push =
        parse({"--metrics-push-enabled", "--metrics-push-host=gateway", "--metrics-push-port=9091",
               "--metrics-push-interval=3", "--metrics-push-prometheus-job=validators"})
            .options.metrics.push;
    EXPECT_TRUE(push.enabled);
    EXPECT_EQ(push.host, "gateway");
    EXPECT_EQ(push.port, 9091);
    EXPECT_EQ(push.interval, std::chrono::seconds{3});
    EXPECT_EQ(push.job, "validators");
    EXPECT_THAT(error({"--metrics-push-interval=0"}), HasSubstr("from a second to a day"));
    EXPECT_THAT(error({"--metrics-enabled", "--metrics-push-enabled"}),
                HasSubstr("can't be used at the same time"));
}

TEST_F(ParseCommandLine, refuses_opentelemetry_and_knows_no_metrics_at_all) {
    EXPECT_THAT(error({"--metrics-enabled", "--metrics-protocol=opentelemetry"}),
                HasSubstr("does not send OpenTelemetry"));
    // As with Besu it does not matter while nobody asks for metrics.
    EXPECT_FALSE(parse({"--metrics-protocol=OPENTELEMETRY"}).options.metrics.enabled);
    EXPECT_FALSE(parse({"--metrics-enabled", "--metrics-protocol=NONE"}).options.metrics.enabled);
}

TEST_F(ParseCommandLine, reads_blocks_that_peers_must_have) {
    const std::string hash = "0x00000000000000000000000000000000000000000000000000000000000000aa";
    const auto blocks = parse({("--required-block=5=" + hash + ",7=" + hash).c_str()})
                            .options.peers.required_blocks;
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].number, 5U);
    EXPECT_EQ(to_hex(blocks[1].hash), hash);
    for (const auto* wrong : {"--required-blocks=5", "--required-blocks=5=0x1",
                              "--required-blocks=x=0x1", "--required-blocks=-1=0x1"})
        EXPECT_THAT(error({wrong}), HasSubstr("is not NUMBER=HASH")) << wrong;
}

TEST_F(ParseCommandLine, takes_what_tunes_besu_and_says_that_it_does_nothing) {
    const auto options =
        parse({"--Xsecp256k1-native-enabled", "--Xsynchronizer-downloader-parallelism=4",
               "--Xbonsai-trie-log-pruning-enabled"})
            .options;
    EXPECT_THAT(options.warnings,
                ElementsAre("--Xbonsai-trie-log-pruning-enabled has been ignored; in its place: "
                            "--retention",
                            "Not needed by this node, so without effect: "
                            "--Xsecp256k1-native-enabled, --Xsynchronizer-downloader-parallelism"));
}

TEST_F(ParseCommandLine, refuses_options_of_the_other_pool) {
    EXPECT_EQ(error({"--tx-pool-max-size=1"}),
              "Could not use legacy or sequenced transaction pool options with layered "
              "implementation [--tx-pool-max-size]");
    EXPECT_EQ(error({"--tx-pool=sequenced", "--tx-pool-max-prioritized=1"}),
              "Could not use layered transaction pool options with sequenced implementation "
              "[--tx-pool-max-prioritized]");
}

TEST_F(ParseCommandLine, lowers_the_pools_price_to_the_blocks_unless_it_was_given) {
    const auto options = parse({"--min-gas-price=0"}).options;
    EXPECT_EQ(options.pool.min_gas_price, uint256{0});
    EXPECT_EQ(options.pool.price_bump, 0);
    EXPECT_THAT(options.warnings, Contains(HasSubstr("Forcing tx-pool-min-gas-price=0")));
    EXPECT_THAT(error({"--min-gas-price=1", "--tx-pool-min-gas-price=2"}),
                HasSubstr("cannot be greater than the value of min-gas-price"));
}

TEST_F(ParseCommandLine, opens_everything_for_a_development_chain_that_is_not_closed_by_hand) {
    names_chain = true;
    const auto options = parse({"--dev", "--rpc-ws-enabled=false"}).options;
    EXPECT_TRUE(options.dev.enabled);
    EXPECT_TRUE(options.http.enabled);
    EXPECT_FALSE(options.websocket.enabled);
    EXPECT_TRUE(options.storage.in_memory);
    EXPECT_THAT(options.http.apis, Contains("DEBUG"));
    EXPECT_THAT(options.warnings, IsEmpty());
    EXPECT_FALSE(parse({"--dev", "--data-path=x"}).options.storage.in_memory);
    EXPECT_TRUE(parse({"--network=DEV"}).options.dev.enabled);
}

TEST_F(ParseCommandLine, reads_how_much_history_to_keep) {
    using Keep = StorageOptions::Keep;
    EXPECT_EQ(parse({}).options.storage.keep, Keep::archive);
    EXPECT_EQ(parse({"--retention=minimal"}).options.storage.keep, Keep::minimal);
    EXPECT_EQ(parse({"--retention=window:5000"}).options.storage.keep_blocks, 5000U);
    EXPECT_EQ(parse({"--retention=window:30d"}).options.storage.keep_age, std::chrono::days{30});
    EXPECT_EQ(parse({"--Xchain-pruning-enabled=ALL"}).options.storage.keep_blocks, 113'056U);
    for (const auto* wrong :
         {"--retention=", "--retention=window", "--retention=window:", "--retention=window:0",
          "--retention=window:5x", "--retention=window:99999999999999999999"})
        EXPECT_THAT(error({wrong}), HasSubstr("is none of archive, minimal")) << wrong;
}

TEST_F(ParseCommandLine, asks_for_a_genesis) {
    names_chain = true;
    EXPECT_THAT(error({}), HasSubstr("--genesis-file"));
    EXPECT_THAT(error({"--network=mainnet"}), HasSubstr("not built in"));
    EXPECT_THAT(error({"--dev", "--genesis-file=x"}), HasSubstr("a genesis of its own"));
}

TEST_F(ParseCommandLine, asks_for_no_genesis_where_no_chain_is_read) {
    names_chain = true;
    parse({"operator", "generate-blockchain-config", "--config-file=c", "--to=d"});
    parse({"rlp", "encode"});
    parse({"public-key", "export"});
    EXPECT_THAT(error({"storage", "usage"}), HasSubstr("--genesis-file"));
}

TEST_F(ParseCommandLine, knows_besus_and_our_words_for_subcommands) {
    EXPECT_EQ(parse({"blocks", "import", "a.rlp", "b.rlp"}).command, "import");
    const auto line = parse({"export", "--to=x.rlp", "--start-block", "3"});
    EXPECT_EQ(line.command, "export");
    EXPECT_EQ(line.command_options.at("start-block"), "3");
    EXPECT_THAT(parse({"import", "a", "--", "--b"}).arguments, ElementsAre("a", "--b"));
    EXPECT_EQ(error({"blocks"}), "Missing required subcommand of 'blocks'");
}

TEST_F(ParseCommandLine, prints_help_and_version_without_a_chain) {
    names_chain = true;
    EXPECT_THAT(*parse({"--help"}).print_and_exit, HasSubstr("--rpc-http-port=PORT"));
    EXPECT_THAT(*parse({"--Xhelp"}).print_and_exit, HasSubstr("--Xrpc-ipc-enabled"));
    EXPECT_THAT(*parse({"export", "--help"}).print_and_exit, HasSubstr("--end-block"));
    EXPECT_THAT(*parse({"--version", "--identity=x"}).print_and_exit, HasSubstr("meta138/x/v"));
}

TEST_F(ParseCommandLine, speaks_the_form_of_the_other_validators_unless_told) {
    EXPECT_EQ(parse({}).options.qbft.legacy_encoding, std::nullopt);
    EXPECT_THAT(parse({"--Xbft-legacy-protocol-encoding"}).options.qbft.legacy_encoding,
                Optional(true));
    EXPECT_THAT(parse({"--Xbft-legacy-protocol-encoding=false"}).options.qbft.legacy_encoding,
                Optional(false));
}

TEST(OptionTable, has_every_name_once_and_reads_its_own_defaults) {
    std::set<std::string_view> names;
    for (const auto& group : option_groups())
        for (const auto& row : group.rows)
            for (const auto name : row.names()) EXPECT_TRUE(names.insert(name).second) << name;
}

}  // namespace
}  // namespace meta138::node
