// SPDX-License-Identifier: Apache-2.0
#include "test_node.hpp"

#include "meta138/blockchain/chain_file.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

namespace meta138::rpc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read_file(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// Peers as Besu's harness fakes them: none, but an eth protocol.
class FakePeers final : public PeerControl {
public:
    [[nodiscard]] bool is_listening() const override { return true; }
    [[nodiscard]] std::size_t count() const override { return 0; }
    [[nodiscard]] std::vector<PeerInformation> peers() const override { return {}; }
    [[nodiscard]] std::optional<LocalNode> local_node() const override { return std::nullopt; }
    [[nodiscard]] std::optional<std::uint64_t> eth_version() const override { return 0x47; }
    std::expected<bool, std::pair<Refusal, std::string>> add(std::string_view) override {
        return false;
    }
    std::expected<bool, std::pair<Refusal, std::string>> remove(std::string_view) override {
        return false;
    }
};

/// A chain of the fixtures behind the methods that execute nothing.
class FixtureChain {
public:
    FixtureChain(const fs::path& folder, const char* blocks, uint256 network_id, bool is_final)
        : genesis_{parse_genesis(read_file(folder / "genesis.json")).value()} {
        if (blocks != nullptr) blockchain::import_chain_file(chain_, folder / blocks).value();
        const auto head = chain_.view()->head();
        if (is_final) chain_.set_safe_and_finalized(head.hash, head.hash);
        backend_.view = [this] { return chain_.view(); };
        backend_.code_cache = &chain_.code_cache();
        backend_.run_on_chain_thread = [this](const auto& task) { task(chain_); };
        backend_.node.client_version = "TestClientVersion/0.1.0";
        backend_.node.network_id = network_id;
        backend_.peers = &peers_;
        backend_.make_filter_id = [] { return std::string{"0x1"}; };
    }

    /// A pool over the head, in which every transaction is welcome that is valid.
    void use_pool() {
        const auto view = chain_.view();
        const auto rules = view->next_rules(view->head().header.timestamp + 1);
        txpool::PoolHead head;
        head.number = view->head().header.number;
        head.next_fork = rules.fork;
        head.gas_limit = view->head().header.gas_limit;
        head.chain_id = rules.chain_id;
        head.max_blobs_per_block = rules.blobs.max;
        txpool::PoolConfig config;
        config.min_gas_price = 0;
        config.fee_cap = 0;
        pool_ = std::make_unique<txpool::SharedPool>(config, head,
                                                     std::make_shared<ViewAccounts>(view));
        backend_.pool = pool_.get();
    }

    [[nodiscard]] json ask(const std::string& request) {
        std::string answer;
        server_.handle(request, {}, answer);
        return json::parse(answer);
    }
    [[nodiscard]] bool knows(const std::string& method) const {
        return server_.methods().find(method) != nullptr;
    }

private:
    Genesis genesis_;
    std::unique_ptr<blockchain::Consensus> consensus_ =
        blockchain::make_trusting_consensus(genesis_);
    std::unique_ptr<storage::Database> database_ = storage::Database::open({.in_memory = true});
    blockchain::Chain chain_{*database_, genesis_, *consensus_};
    FakePeers peers_;
    std::unique_ptr<txpool::SharedPool> pool_;
    Backend backend_;
    Server server_{standard_methods(), backend_};
};

std::string difference(const json& expected, const json& got) {
    return json::diff(expected, got).dump().substr(0, 600) + "\n got: " + got.dump().substr(0, 300);
}

void drop_messages(json& value) {
    if (value.is_object()) {
        if (value.contains("error") && value["error"].is_object()) value["error"].erase("message");
        for (auto& [name, member] : value.items()) drop_messages(member);
    } else if (value.is_array()) {
        for (auto& element : value) drop_messages(element);
    }
}

/// Methods that run code have tests of their own.
bool executes(const std::string& method) {
    static const std::set<std::string> names{"eth_call", "eth_estimateGas", "eth_simulateV1",
                                             "eth_createAccessList", "testing_buildBlockV1"};
    return names.contains(method) || method.starts_with("debug_trace");
}

TEST(ChainFixtures, execution_apis) {
    META138_FIXTURE_OR_SKIP(folder, "rpc-execution-apis");
    FixtureChain node{folder, "chain.rlp", uint256{3503995874084926}, true};
    node.use_pool();
    std::size_t passed = 0;
    std::set<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator{folder}) {
        if (entry.path().extension() == ".io") files.insert(entry.path());
    }
    for (const auto& file : files) {
        if (executes(file.parent_path().filename().string())) continue;
        std::ifstream in{file};
        bool only_schema = false;
        json got;
        for (std::string line; std::getline(in, line);) {
            only_schema = only_schema || line.find("speconly") != std::string::npos;
            if (line.starts_with(">> ")) got = node.ask(line.substr(3));
            if (!line.starts_with("<< ")) continue;
            auto expected = json::parse(line.substr(3));
            if (only_schema) {
                EXPECT_EQ(got.contains("result"), expected.contains("result")) << file << got;
                continue;
            }
            if (got.contains("error") && expected.contains("error")) {
                drop_messages(got);
                drop_messages(expected);
            }
            EXPECT_EQ(got, expected) << file << "\n" << difference(expected, got);
            passed += got == expected ? 1 : 0;
        }
    }
    EXPECT_GT(passed, 50U);
}

struct Family {
    const char* name;
    const char* specs;
    const char* chain;
    const char* blocks;
};

class BesuFixtures : public testing::TestWithParam<Family> {};

TEST_P(BesuFixtures, answers_agree) {
    const auto& family = GetParam();
    META138_FIXTURE_OR_SKIP(folder, "rpc-besu");
    FixtureChain node{folder / "chains" / family.chain, family.blocks, uint256{123}, false};
    node.use_pool();
    std::size_t cases = 0;
    for (const auto& entry : fs::directory_iterator{folder / "specs" / family.specs}) {
        const auto spec = json::parse(read_file(entry.path()));
        const auto& request = spec["request"];
        const auto method = request.is_object() ? request.value("method", "") : "";
        // The harness of these replaces the pool with one that takes anything.
        if (executes(method) || method == "eth_sendRawTransaction" ||
            method == "debug_batchSendRawTransaction" || !node.knows(method))
            continue;
        const auto got = node.ask(request.dump());
        EXPECT_EQ(got, spec["response"]) << entry.path().filename() << "\n"
                                         << difference(spec["response"], got);
        ++cases;
    }
    EXPECT_GT(cases, 0U);
}

INSTANTIATE_TEST_SUITE_P(, BesuFixtures,
                         testing::Values(Family{"eth", "eth", "hive", "blocks.rlp"},
                                         Family{"eth_config", "eth-config", "eth-config", nullptr}),
                         [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
}  // namespace meta138::rpc
