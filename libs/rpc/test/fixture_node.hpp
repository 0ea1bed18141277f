// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "methods.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/chain_file.hpp"
#include "meta138/rpc/server.hpp"
#include "meta138/storage/database.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace meta138::rpc {

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A node without network whose chain comes from a folder of the fixtures, with the methods that
/// run code.
class FixtureNode {
public:
    FixtureNode(const std::filesystem::path& folder, std::string_view blocks,
                const Settings& settings)
        : genesis_{parse_genesis(read_text(folder / "genesis.json")).value()} {
        blockchain::import_chain_file(chain_, folder / blocks).value();
        backend_.view = [this] { return chain_.view(); };
        backend_.code_cache = &chain_.code_cache();
        backend_.run_on_chain_thread = [this](const auto& task) { task(chain_); };
        MethodTable table;
        add_call_methods(table);
        add_trace_methods(table);
        add_debug_methods(table);
        add_simulate_methods(table);
        server_ = std::make_unique<Server>(std::move(table), backend_, settings);
    }

    [[nodiscard]] std::string ask(std::string_view request, const Caller& caller = {}) {
        std::string answer;
        server_->handle(request, caller, answer);
        return answer;
    }
    [[nodiscard]] blockchain::Chain& chain() noexcept { return chain_; }

private:
    Genesis genesis_;
    std::unique_ptr<blockchain::Consensus> consensus_ =
        blockchain::make_trusting_consensus(genesis_);
    std::unique_ptr<storage::Database> database_ = storage::Database::open({.in_memory = true});
    blockchain::Chain chain_{*database_, genesis_, *consensus_};
    Backend backend_;
    std::unique_ptr<Server> server_;
};

}  // namespace meta138::rpc
