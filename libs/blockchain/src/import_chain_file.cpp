// SPDX-License-Identifier: Apache-2.0
#include "blocks_ahead.hpp"
#include "chain_file_reader.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/blockchain/chain_file.hpp"

#include <fmt/format.h>

namespace meta138::blockchain {

namespace {

ChainFileError error_of(const FileBlock& block, std::string_view reason) {
    return {.reason = fmt::format("block {} ({}) at byte {}: {}", block.number,
                                  to_hex(block.hash.bytes), block.offset, reason),
            .number = block.number,
            .hash = block.hash,
            .offset = block.offset};
}

std::string reason_of(const ImportError& error, const Chain& chain) {
    if (std::holds_alternative<UnknownParent>(error))
        return fmt::format("{}; the chain's head is block {}: is a part of the file missing?",
                           to_string(error), chain.view()->head().header.number);
    return to_string(error);
}

std::expected<void, ChainFileError> import_one(Chain& chain, FileBlock& block,
                                               ChainFileProgress& progress) {
    if (!block.prepared) {
        ++progress.known_blocks;
        return {};
    }
    if (block.number == 0)
        return std::unexpected{
            error_of(block, fmt::format("the genesis block of another chain, this one's is {}",
                                        to_hex(chain.view()->genesis_hash().bytes)))};
    const auto transactions = block.prepared->block().transactions.size();
    const auto gas = block.prepared->block().header.gas_used;
    const auto imported = chain.import(*std::move(block.prepared));
    if (!imported) return std::unexpected{error_of(block, reason_of(imported.error(), chain))};
    if (*imported == Imported::already_known) {
        ++progress.known_blocks;
        return {};
    }
    progress.transactions += transactions;
    progress.gas += gas;
    return {};
}

}  // namespace

std::expected<ChainFileProgress, ChainFileError> import_chain_file(
    Chain& chain, const std::filesystem::path& file, const OnChainFileProgress& on_progress,
    const ImportOptions& options) {
    ChainFileReader reader{file, options.max_block_size};
    ChainFileProgress progress;
    progress.total_bytes = reader.file_size();
    BlocksAhead blocks{reader, chain.view(), chain.consensus(), options};
    for (;;) {
        TRY_LET(auto block, blocks.next());
        if (!block || (options.to && block->number > *options.to)) return progress;
        if (block->number < options.from) continue;
        TRY(import_one(chain, *block, progress));
        progress.number = block->number;
        progress.bytes = block->offset + block->size;
        ++progress.blocks;
        if (on_progress && !on_progress(progress)) return progress;
    }
}

}  // namespace meta138::blockchain
