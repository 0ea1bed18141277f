// SPDX-License-Identifier: Apache-2.0
#include "open_chain.hpp"

#include "genesis_file.hpp"

#include "meta138/blockchain/genesis_record.hpp"
#include "meta138/consensus/compare_configs.hpp"
#include "meta138/consensus/qbft_consensus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace meta138::node {
namespace {

storage::Retention retention_of(const StorageOptions& options) {
    using Keep = StorageOptions::Keep;
    using Mode = storage::Retention::Mode;
    switch (options.keep) {
        case Keep::archive: return {.mode = Mode::archive};
        case Keep::minimal: return {.mode = Mode::minimal};
        case Keep::window:
            return {.mode = Mode::window, .blocks = options.keep_blocks, .age = options.keep_age};
    }
    return {};
}

OptionError genesis_error(const Options& options, const GenesisError& error) {
    return OptionError{fmt::format("Invalid genesis file {}: {}", options.genesis_file.string(),
                                   to_string(error))};
}

std::function<std::chrono::seconds()> wall_clock(std::chrono::milliseconds offset) {
    return [offset] {
        return std::chrono::floor<std::chrono::seconds>(
            std::chrono::system_clock::now().time_since_epoch() + offset);
    };
}

}  // namespace

void OpenChain::make_consensus(const Options& options) {
    auto config = qbft::parse_config(genesis_);
    if (!config) throw genesis_error(options, config.error());
    qbft_ = *std::move(config);
    if (!qbft_) {
        consensus_ = blockchain::make_trusting_consensus(genesis_);
        return;
    }
    auto consensus =
        consensus::make_qbft_consensus(genesis_, *qbft_,
                                       {.min_gas_price = options.production.min_gas_price,
                                        .now = wall_clock(options.qbft.clock_offset)});
    if (!consensus) throw genesis_error(options, consensus.error());
    sets_ = &(*consensus)->validator_sets();
    consensus_ = *std::move(consensus);
}

std::filesystem::path genesis_record_of(const Options& options) {
    return options.data_path / "genesis-record.json";
}

storage::DatabaseOptions database_options_of(const Options& options) {
    storage::DatabaseOptions result;
    result.path = options.data_path / "database";
    result.in_memory = options.storage.in_memory;
    result.sync_every_block = options.storage.sync_every_block;
    result.retention = retention_of(options.storage);
    if (options.storage.cache_bytes != 0) result.cache_bytes = options.storage.cache_bytes;
    return result;
}

OpenChain::OpenChain(const Options& options, bool read_only) : genesis_{load_genesis(options)} {
    auto database_options = database_options_of(options);
    database_options.read_only = read_only;
    database_ = storage::Database::open(database_options);
    make_consensus(options);
    blockchain::ChainOptions chain_options;
    chain_options.threads = std::max(1U, std::thread::hardware_concurrency());
    chain_options.record_revert_reasons = options.storage.revert_reasons;
    chain_ = std::make_unique<blockchain::Chain>(*database_, genesis_, *consensus_, chain_options);
    if (!read_only && !options.storage.in_memory)
        blockchain::check_genesis_record(genesis_record_of(options), *chain_->view(),
                                         consensus::compare_qbft_configs);
}

}  // namespace meta138::node
