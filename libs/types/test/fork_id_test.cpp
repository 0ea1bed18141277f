// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/fork_id.hpp"

#include "json_files.hpp"

#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>

#include <cctype>
#include <map>

namespace meta138 {
namespace {

using test::unhex_fixed;

// "ShanghaiTime" to the row with the genesis key "shanghaiTime".
const ForkRow* find_row(std::string key) {
    key[0] = static_cast<char>(std::tolower(key[0]));
    if (key.starts_with("eIP")) key[1] = 'i', key[2] = 'p';
    for (const auto& row : forks()) {
        if (row.genesis_key == key) return &row;
    }
    return nullptr;
}

ForkSchedule schedule_from(const nlohmann::json& config) {
    ForkSchedule schedule;
    for (const auto& [key, value] : config.items()) {
        const std::uint64_t at = value;
        if (const auto* row = find_row(key))
            schedule.activate(row->fork, at);
        else if (key == "DAOForkBlock")
            schedule.dao_fork_block = at;
        else if (key == "MuirGlacierBlock")
            schedule.muir_glacier_block = at;
        else if (key == "ArrowGlacierBlock")
            schedule.arrow_glacier_block = at;
        else if (key == "GrayGlacierBlock")
            schedule.gray_glacier_block = at;
        else if (key.starts_with("BPO"))
            schedule.bpo_times.push_back(at);
        else
            EXPECT_EQ(key, "EIP155Block");
    }
    return schedule;
}

struct Network {
    Hash32 genesis_hash;
    std::uint64_t genesis_time;
    ForkSchedule schedule;
    [[nodiscard]] ForkFilter filter() const { return {genesis_hash, genesis_time, schedule}; }
};

std::map<std::string, Network> networks(const nlohmann::json& fixture) {
    const std::map<std::string, std::uint64_t> genesis_times{
        {"mainnet", 0}, {"sepolia", 1633267481}, {"holesky", 1695902100}, {"hoodi", 1742212800}};
    std::map<std::string, Network> result;
    for (const auto& [name, config] : fixture["forks"].items()) {
        const std::string hash = fixture["genesisHashes"][name];
        result[name] = {unhex_fixed<Hash32>(hash), genesis_times.at(name), schedule_from(config)};
    }
    auto blocks_only = result.at("mainnet");
    for (const auto& row : forks()) {
        if (row.by_time) blocks_only.schedule.activations[std::to_underlying(row.fork)].reset();
    }
    blocks_only.schedule.bpo_times.clear();
    result["mainnet-block-forks-only"] = blocks_only;
    return result;
}

ForkId fork_id_from(const nlohmann::json& hash, const nlohmann::json& next) {
    return {unhex_fixed<FixedBytes<4>>(hash.get<std::string>()),
            std::stoull(next.get<std::string>())};
}

TEST(ForkFilter, computes_the_fork_ids_of_public_networks) {
    META138_FIXTURE_OR_SKIP(file, "devp2p/forkid/forkid.json");
    const auto fixture = test::read_json(file);
    const auto all = networks(fixture);
    for (const auto& test : fixture["creation"]) {
        SCOPED_TRACE(test.dump());
        const auto filter = all.at(test["network"]).filter();
        EXPECT_EQ(filter.fork_id(test["head"], test["time"]),
                  fork_id_from(test["forkHash"], test["next"]));
    }
}

TEST(ForkFilter, judges_remote_fork_ids) {
    META138_FIXTURE_OR_SKIP(file, "devp2p/forkid/forkid.json");
    const auto fixture = test::read_json(file);
    const auto all = networks(fixture);
    const std::map<std::string, ForkIdVerdict> verdicts{
        {"accept", ForkIdVerdict::accept},
        {"reject-remote-stale", ForkIdVerdict::remote_stale},
        {"reject-local-incompatible-or-stale", ForkIdVerdict::local_incompatible}};
    for (const auto& test : fixture["validation"]) {
        SCOPED_TRACE(test.dump());
        const auto filter = all.at(test["config"]).filter();
        const auto remote = fork_id_from(test["remoteForkHash"], test["remoteNext"]);
        const auto verdict = filter.validate(remote, test["localHead"], test["localTime"]);
        ASSERT_TRUE(verdicts.contains(test["result"])) << test["result"];
        EXPECT_EQ(verdict, verdicts.at(test["result"]));
    }
}

TEST(ForkFilter, accepts_everybody_when_all_forks_are_at_genesis) {
    // Besu's ForkIdTest: a private network with a genesis hash of zeros.
    const ForkFilter filter{{}, 0, schedule_of(Fork::london)};
    EXPECT_EQ(filter.fork_id(0, 0), (ForkId{{{0x19, 0x0a, 0x55, 0xad}}, 0}));
    EXPECT_EQ(filter.fork_id(1'000'000, 2'000'000'000), (ForkId{{{0x19, 0x0a, 0x55, 0xad}}, 0}));
}

TEST(ForkId, is_encoded_as_in_eip_2124) {
    META138_FIXTURE_OR_SKIP(file, "devp2p/forkid/forkid.json");
    for (const auto& test : test::read_json(file)["encoding"]) {
        const auto id = fork_id_from(test["forkHash"], test["next"]);
        rlp::Writer out;
        write_fork_id(out, id);
        const auto encoded = out.take();
        EXPECT_EQ(to_hex(encoded), test["rlp"].get<std::string>());
        auto in = rlp::Reader::sequence(encoded);
        EXPECT_EQ(in.finish(read_fork_id(in)), id);
    }
}

}  // namespace
}  // namespace meta138
