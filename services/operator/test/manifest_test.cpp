// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/manifest.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace meta138::op {
namespace {

Manifest example() {
    Manifest manifest;
    manifest.chain_id = 138;
    manifest.genesis_hash = {{1}};
    manifest.deployer = {{2}};
    manifest.admin = {{3}};
    manifest.contracts = {{.name = "WETH9",
                           .address = {{4}},
                           .code_hash = {{5}},
                           .block = {},
                           .transaction_hash = {}},
                          {.name = "FeedRegistry",
                           .address = {{6}},
                           .code_hash = {{7}},
                           .block = 12,
                           .transaction_hash = Hash32{{8}}}};
    manifest.feeds = {{.base = "ETH",
                       .quote = "USD",
                       .description = "ETH / USD",
                       .decimals = 8,
                       .address = {{9}},
                       .implementation = {{10}},
                       .code_hash = {{11}},
                       .heartbeat_seconds = 3'600,
                       .deviation_bps = 50,
                       .transmitters = {Address{{12}}, Address{{13}}},
                       .block = 13,
                       .transaction_hash = Hash32{{14}}}};
    return manifest;
}

class ManifestFile : public testing::Test {
protected:
    ManifestFile()
        : folder{std::filesystem::temp_directory_path() /
                 ("meta138-manifest-" + std::to_string(::getpid()))} {
        std::filesystem::create_directories(folder);
    }
    ~ManifestFile() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
    std::filesystem::path path = folder / "manifest.json";
};

TEST(Manifest, reads_what_it_wrote) {
    EXPECT_EQ(parse_manifest(to_json(example())), example());
    EXPECT_EQ(parse_manifest(to_json(Manifest{})), Manifest{});
}

TEST(Manifest, finds_by_name) {
    const auto manifest = example();
    EXPECT_EQ(manifest.find_contract("FeedRegistry"), &manifest.contracts[1]);
    EXPECT_EQ(manifest.find_contract("Registry"), nullptr);
    EXPECT_EQ(manifest.find_feed("ETH", "USD"), &manifest.feeds[0]);
    EXPECT_EQ(manifest.find_feed("USD", "ETH"), nullptr);
}

TEST(Manifest, ignores_what_newer_programs_may_write) {
    auto json = to_json(example());
    json.insert(json.find("\"chainId\""), "\"more\": [1, {}], ");
    EXPECT_EQ(parse_manifest(json), example());
}

TEST(Manifest, says_what_is_wrong_and_where) {
    const auto fault = [](std::string json, std::string_view from, std::string_view to) {
        json.replace(json.find(from), from.size(), to);
        const auto manifest = parse_manifest(json);
        return manifest ? "none" : manifest.error().reason;
    };
    const auto json = to_json(example());
    EXPECT_EQ(fault(json, "\"chainId\": 138", "\"chainId\": -1"),
              "chainId is no number of that size");
    EXPECT_EQ(fault(json, "\"admin\"", "\"adman\""), "admin is missing");
    EXPECT_EQ(fault(json, "\"decimals\": 8", "\"decimals\": 256"),
              "feeds[0]: decimals is no number of that size");
    EXPECT_EQ(fault(json, "\"FeedRegistry\"", "7"), "contracts[1]: name is no text");
    EXPECT_EQ(fault(json, "0x06", "0xzz"), "contracts[1]: address is not \"0x\" and 40 digits");
    EXPECT_EQ(fault(json, "{", ""), "is no JSON");
    EXPECT_EQ(parse_manifest("[]").error().reason, "is no object");
}

TEST(Manifest, tells_people_what_is_where) {
    const auto text =
        to_text(example(), {.name = "Test", .http_url = "http://a:1", .ws_url = "ws://a:2"});
    for (const char* part : {"Chain 138", "http://a:1", "ws://a:2", "FeedRegistry", "block 12",
                             "was there before", "ETH / USD", "1h", "0.5%",
                             "cast call 0x0900000000000000000000000000000000000000 "
                             "'latestRoundData()(uint80,int256,uint256,uint256,uint80)' "
                             "--rpc-url http://a:1"})
        EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(Manifest, gives_wallets_the_parameters_of_eip_3085) {
    EXPECT_EQ(
        wallet_parameters(example(), {.name = "Test", .http_url = "http://a:1", .ws_url = {}}),
        R"({"chainId":"0x8a","chainName":"Test","nativeCurrency":{"name":"Ether","symbol":"ETH",)"
        R"("decimals":18},"rpcUrls":["http://a:1"]})");
}

// EIP-55's own example.
TEST(Manifest, writes_addresses_with_their_checksum) {
    auto manifest = example();
    manifest.deployer = {{0x5a, 0xae, 0xb6, 0x05, 0x3f, 0x3e, 0x94, 0xc9, 0xb9, 0xa0,
                          0x9f, 0x33, 0x66, 0x94, 0x35, 0xe7, 0xef, 0x1b, 0xea, 0xed}};
    EXPECT_NE(to_text(manifest, {}).find("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
              std::string::npos);
}

TEST_F(ManifestFile, is_replaced_as_a_whole) {
    ASSERT_TRUE(write_manifest(example(), path));
    auto other = example();
    other.contracts.clear();
    ASSERT_TRUE(write_manifest(other, path));
    EXPECT_EQ(read_manifest(path), other);
    EXPECT_FALSE(std::filesystem::exists(folder / "manifest.json.partial"));
}

TEST_F(ManifestFile, stays_as_it_was_when_the_new_one_cannot_be_written) {
    ASSERT_TRUE(write_manifest(example(), path));
    // A full disk, in small: files may have 64 bytes.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    auto limited = before;
    limited.rlim_cur = 64;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
    const auto written = write_manifest(Manifest{}, path);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_FALSE(written);
    EXPECT_EQ(read_manifest(path), example());
}

TEST_F(ManifestFile, names_the_file_that_cannot_be_read) {
    EXPECT_NE(read_manifest(path).error().reason.find("manifest.json: there is no such file"),
              std::string::npos);
    std::ofstream{path} << "{}";
    EXPECT_NE(read_manifest(path).error().reason.find("manifest.json: chainId is missing"),
              std::string::npos);
}

}  // namespace
}  // namespace meta138::op
