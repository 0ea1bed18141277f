// SPDX-License-Identifier: Apache-2.0
#include "open_chain.hpp"

#include "genesis_file.hpp"

#include "meta138/blockchain/genesis_record.hpp"

#include <algorithm>
#include <thread>

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

}  // namespace

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
    consensus_ = blockchain::make_trusting_consensus(genesis_);
    blockchain::ChainOptions chain_options;
    chain_options.threads = std::max(1U, std::thread::hardware_concurrency());
    chain_options.record_revert_reasons = options.storage.revert_reasons;
    chain_ = std::make_unique<blockchain::Chain>(*database_, genesis_, *consensus_, chain_options);
    if (!read_only && !options.storage.in_memory)
        blockchain::check_genesis_record(options.data_path / "genesis-record.json",
                                         *chain_->view());
}

}  // namespace meta138::node
