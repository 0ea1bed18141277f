// SPDX-License-Identifier: Apache-2.0
#include "options/option_table.hpp"

#include "meta138/signer/options.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace meta138::signer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ParseSignerCommandLine : public testing::Test {
protected:
    CommandLine parse(const std::vector<const char*>& arguments) {
        return parse_command_line(arguments, [this](const std::string& name) {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional{found->second};
        });
    }
    std::string error(const std::vector<const char*>& arguments) {
        try {
            parse(arguments);
        } catch (const OptionError& e) {
            return e.what();
        }
        return "(no error)";
    }

    std::map<std::string, std::string> environment;
};

TEST_F(ParseSignerCommandLine, joins_host_port_and_path_of_the_node) {
    const auto chains =
        parse({"--key-store-path=k", "eth1", "--chain-id=138", "--downstream-http-host=::1",
               "--downstream-http-port=1", "--downstream-http-path=//a//b/",
               "--downstream-http-tls-enabled", "--downstream-failover-urls=http://b:2/"})
            .options.downstream.chains;
    ASSERT_EQ(chains.size(), 1);
    EXPECT_EQ(chains.front().id, 138);
    EXPECT_THAT(chains.front().urls, ElementsAre("https://[::1]:1/a/b", "http://b:2"));
}

TEST_F(ParseSignerCommandLine, collects_the_nodes_of_further_chains) {
    const auto chains =
        parse({"--key-store-path=k", "eth1", "--chain-id=138",
               "--additional-chains=1=http://a:1,2=http://b:1", "--additional-chains=1=http://c:1"})
            .options.downstream.chains;
    ASSERT_EQ(chains.size(), 3);
    EXPECT_THAT(chains[1].urls, ElementsAre("http://a:1", "http://c:1"));
    EXPECT_EQ(chains[2].id, 2);
    EXPECT_THAT(error({"--key-store-path=k", "eth1", "--chain-id=138",
                       "--additional-chains=138=http://a:1"}),
                HasSubstr("--downstream-failover-urls"));
}

TEST_F(ParseSignerCommandLine, reads_the_environment_of_either_form) {
    environment = {
        {"WEB3SIGNER_KEY_STORE_PATH", "k"},         {"WEB3SIGNER_ETH1_CHAIN_ID", "5"},
        {"META138_SIGNER_ETH1_CHAIN_ID", "6"},      {"ETHSIGNER_CHAIN_ID", "7"},
        {"ETHSIGNER_DOWNSTREAM_HTTP_PORT", "8590"}, {"ETHSIGNER_MULTIKEY_SIGNER_DIRECTORY", "d"}};
    const auto web3signer = parse({"eth1"}).options;
    EXPECT_EQ(web3signer.downstream.chains.front().id, 6);
    EXPECT_EQ(web3signer.keys.config_directory, "k");
    EXPECT_EQ(web3signer.listen.port, 9000);
    const auto ethsigner = parse({"multikey-signer"}).options;
    EXPECT_EQ(ethsigner.downstream.chains.front().id, 7);
    EXPECT_EQ(ethsigner.keys.multikey_directory, "d");
    EXPECT_EQ(ethsigner.listen.port, 8545);
}

TEST_F(ParseSignerCommandLine, warns_of_what_has_no_effect) {
    const auto warnings = parse({"--key-store-path=k", "--vertx-worker-pool-size=3", "eth1",
                                 "--chain-id=138", "--aws-kms-enabled=true"})
                              .options.warnings;
    EXPECT_THAT(warnings, testing::UnorderedElementsAre(
                              HasSubstr("--aws-kms-enabled has no effect yet"),
                              HasSubstr("--vertx-worker-pool-size has no effect: See --workers")));
}

TEST_F(ParseSignerCommandLine, never_shows_a_password_in_an_error) {
    environment["WEB3SIGNER_ETH1_DOWNSTREAM_HTTP_PROXY_PASSWORD"] = "hunter2";
    EXPECT_THAT(error({"eth1"}), testing::Not(HasSubstr("hunter2")));
    EXPECT_THAT(error({"--key-store-path=k", "eth1", "--chain-id=1",
                       "--downstream-failover-urls=ftp://user:hunter2@x"}),
                testing::Not(HasSubstr("hunter2")));
}

TEST(SignerOptionTables, have_every_name_once) {
    for (const auto* catalogue : {&web3signer_catalogue(), &ethsigner_catalogue()}) {
        std::set<std::string_view> names;
        for (const auto& group : catalogue->groups)
            for (const auto& row : group.rows)
                for (const auto name : row.names()) EXPECT_TRUE(names.insert(name).second) << name;
    }
}

}  // namespace
}  // namespace meta138::signer
