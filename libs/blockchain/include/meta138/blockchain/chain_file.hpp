// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/chain_view.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace meta138::blockchain {

// Chain files: the RLP of blocks in order, one after the other, as geth and Besu export and import
// them.

/// How far an import or an export has come.
struct ChainFileProgress {
    std::uint64_t number = 0;  ///< Of the block that was done last.
    std::uint64_t blocks = 0;
    std::uint64_t known_blocks = 0;  ///< Import: those of `blocks` that the chain had before.
    std::uint64_t transactions = 0;
    std::uint64_t gas = 0;
    std::uint64_t bytes = 0;         ///< Of the file.
    std::uint64_t total_bytes = 0;   ///< Import: of the whole file; export: 0.
    std::uint64_t total_blocks = 0;  ///< Export: of the range; import: 0.
};

/// Called on the caller's thread after each block; false stops after it.
using OnChainFileProgress = std::function<bool(const ChainFileProgress&)>;

/// What stopped an import or an export: which block, where in the file, and why.
struct ChainFileError {
    std::string reason;                     ///< A sentence for people, with all that follows.
    std::optional<std::uint64_t> number{};  ///< Of the block, if it could be read.
    std::optional<Hash32> hash{};
    std::optional<std::uint64_t> offset{};  ///< Of the block in the file, in bytes.
};

struct ImportOptions {
    /// That decode blocks and recover senders ahead of the chain's thread; 0: on its own.
    unsigned workers = 1;
    /// Bytes of blocks that may wait for the chain's thread.
    std::size_t max_bytes_ahead = std::size_t{64} << 20;
    /// A block larger than that is refused unread.
    std::size_t max_block_size = std::size_t{128} << 20;
    std::uint64_t from = 0;  ///< Blocks before it are passed over.
    /// Included: the import ends at the first block after it. Absent: the whole file.
    std::optional<std::uint64_t> to = std::nullopt;
};

/// Imports the file's blocks, which may begin with the genesis block and overlap with what the
/// chain has: known blocks are passed over. Blocks before a bad one stay. On the chain's thread.
/// Throws storage::IoError.
std::expected<ChainFileProgress, ChainFileError> import_chain_file(
    Chain& chain, const std::filesystem::path& file, const OnChainFileProgress& on_progress = {},
    const ImportOptions& options = {});

struct ExportOptions {
    std::uint64_t from = 0;
    std::uint64_t to = 0;  ///< Included; beyond the head: the head.
    bool append = false;   ///< To what the file holds; otherwise it must not exist or is replaced.
};

/// Writes canonical blocks. Into a file of that name only when it is complete. Any thread. Throws
/// storage::IoError.
std::expected<ChainFileProgress, ChainFileError> export_chain_file(
    const ChainView& view, const std::filesystem::path& file, const ExportOptions& options,
    const OnChainFileProgress& on_progress = {});

}  // namespace meta138::blockchain
