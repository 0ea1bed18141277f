// SPDX-License-Identifier: Apache-2.0
#include "rpc_node.hpp"

#include "rpc_pool.hpp"
#include "rpc_test_service.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/chain_file.hpp"
#include "meta138/rpc/engine.hpp"
#include "meta138/rpc/server.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/types/genesis.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What transcripts, which ask nothing about a chain, run on.
constexpr std::string_view small_genesis =
    R"({"config":{"chainId":1,"londonBlock":0},"difficulty":"0x1","gasLimit":"0x1c9c380","alloc":{}})";

// A fork by time that this program does not know makes the genesis file unreadable. Cases that are
// refused before the fork matters run on the chain without it.
std::string without_amsterdam(std::string text) {
    auto genesis = json::parse(text, nullptr, false);
    if (!genesis.is_object() || !genesis.contains("config")) return text;
    return genesis["config"].erase("amsterdamTime") > 0 ? genesis.dump() : text;
}

std::optional<fs::path> chain_file(const fs::path& folder) {
    for (const auto* name : {"chain.rlp", "blocks.rlp"})
        if (fs::exists(folder / name)) return folder / name;
    return std::nullopt;
}

// What each family's own harness sets.
rpc::Settings settings_of(const RpcPlace& place) {
    rpc::Settings settings;
    switch (place.family) {
        case RpcFamily::besu_specs:
        case RpcFamily::besu_graphql:
            if (place.chain.filename() != "simulateV1") settings.gas_cap = 0;
            break;
        case RpcFamily::geth_transcript: settings.max_batch_size = 4; break;
        // go-ethereum's: the gas of a simulated transaction, and so its hash, follows from it.
        case RpcFamily::execution_apis: settings.gas_cap = 50'000'000; break;
        case RpcFamily::besu_sequence: break;
    }
    return settings;
}

// Nobody is connected.
class NoPeers final : public rpc::PeerControl {
public:
    using Refused = std::pair<Refusal, std::string>;

    [[nodiscard]] bool is_listening() const override { return true; }
    [[nodiscard]] std::size_t count() const override { return 0; }
    [[nodiscard]] std::vector<rpc::PeerInformation> peers() const override { return {}; }
    [[nodiscard]] std::optional<rpc::LocalNode> local_node() const override { return {}; }
    [[nodiscard]] std::optional<std::uint64_t> eth_version() const override { return 71; }
    std::expected<bool, Refused> add(std::string_view) override { return true; }
    std::expected<bool, Refused> remove(std::string_view) override { return false; }
};

class Node final : public RpcNode {
public:
    Node(const RpcPlace& place, Genesis genesis)
        : family_{place.family},
          genesis_{std::move(genesis)},
          consensus_{blockchain::make_trusting_consensus(genesis_)},
          database_{storage::Database::open({.in_memory = true})},
          chain_{*database_, genesis_, *consensus_, {}} {}

    ~Node() override {
        if (listener_) chain_.remove_listener(*listener_);
    }

    std::expected<void, std::string> import(const fs::path& file) {
        const auto imported = blockchain::import_chain_file(chain_, file, {}, {.workers = 0});
        if (!imported) return std::unexpected{imported.error().reason};
        return {};
    }

    void mark_head_final() {
        const auto hash = chain_.view()->head().hash;
        chain_.set_safe_and_finalized(hash, hash);
    }

    void serve(const rpc::Settings& settings) {
        pool_.emplace(family_, chain_.view());
        backend_.view = [this] { return chain_.view(); };
        backend_.run_on_chain_thread = [this](const auto& task) { task(chain_); };
        backend_.code_cache = &chain_.code_cache();
        backend_.pool = &pool_->pool();
        backend_.peers = &peers_;
        backend_.node.client_version = "TestClientVersion/0.1.0";
        backend_.node.network_id = family_ == RpcFamily::execution_apis
                                       ? uint256{genesis_.schedule.chain_id}
                                       : uint256{123};
        backend_.make_filter_id = [] { return std::string{"0x1"}; };
        auto methods = rpc::standard_methods();
        rpc::EngineOptions options;
        options.building_time = std::chrono::seconds{10};  // never what ends the building
        rpc::add_engine_methods(methods, options);
        rpc::add_testing_methods(methods, options);
        if (family_ == RpcFamily::geth_transcript) add_test_service(methods);
        server_.emplace(std::move(methods), backend_, settings);
        listener_ = chain_.add_listener([this](const blockchain::HeadEvent& event) {
            pool_->follow(event);
            server_->head_changed(event);
        });
    }

    Answer ask(std::string_view request) override {
        Answer answer;
        answer.status = static_cast<int>(server_->handle(request, {}, answer.body));
        return answer;
    }

    void begin_case() override {
        if (family_ == RpcFamily::besu_specs) pool_->pool().clear();
    }

private:
    RpcFamily family_;
    Genesis genesis_;
    std::unique_ptr<blockchain::Consensus> consensus_;
    std::unique_ptr<storage::Database> database_;
    blockchain::Chain chain_;
    std::optional<RpcPool> pool_;
    NoPeers peers_;
    rpc::Backend backend_;
    std::optional<rpc::Server> server_;
    std::optional<std::size_t> listener_;
};

}  // namespace

std::expected<std::unique_ptr<RpcNode>, std::string> RpcNode::start(const RpcPlace& place) {
    std::string text{small_genesis};
    std::optional<fs::path> blocks;
    if (place.family != RpcFamily::geth_transcript) {
        auto file = read_case_file(place.chain / "genesis.json", max_genesis_size);
        if (!file) return std::unexpected{fmt::format("genesis.json: {}", file.error())};
        text = without_amsterdam(*file);
        if (text == *file) blocks = chain_file(place.chain);
    }
    auto genesis = parse_genesis(text);
    if (!genesis)
        return std::unexpected{fmt::format("genesis.json: {}", to_string(genesis.error()))};
    auto node = std::make_unique<Node>(place, *std::move(genesis));
    if (blocks) {
        if (auto imported = node->import(*blocks); !imported)
            return std::unexpected{std::move(imported).error()};
    }
    if (place.family == RpcFamily::execution_apis) node->mark_head_final();
    node->serve(settings_of(place));
    return node;
}

}  // namespace meta138::conformance
