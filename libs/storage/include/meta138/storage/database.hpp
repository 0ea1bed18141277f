// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/state/state_commitment.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/storage/retention.hpp"
#include "meta138/storage/snapshot.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/receipt.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace meta138::storage {

/// The disk, or what is on it, does not let us go on: full, read-only, corrupted. Says what was
/// wrong, where, and what to do. The database is as its last whole block left it.
struct IoError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The database cannot be opened: made by a newer program, for another chain, held by another
/// process. Says what to do.
struct OpenError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct DatabaseOptions {
    std::filesystem::path path{};  ///< A folder, made if it is missing.
    bool in_memory = false;        ///< Nothing touches the disk; `path` is unused.
    bool read_only = false;
    /// Every block reaches the disk before append() returns; otherwise it survives a crash of the
    /// process, but not of the machine.
    bool sync_every_block = true;
    Retention retention{};
    std::size_t cache_bytes = std::size_t{64} << 20;         ///< Of blocks read from disk.
    std::size_t write_buffer_bytes = std::size_t{32} << 20;  ///< All column families together.
    std::size_t trie_cache_bytes = std::size_t{64} << 20;    ///< Trie nodes kept by the writer.
};

/// A block that has been executed on the state of its parent.
struct BlockRecord {
    const Block& block;
    const Hash32& hash;                       ///< As the chain's consensus protocol computes it.
    std::span<const Address> senders;         ///< Of the transactions, in order.
    std::span<const Receipt> receipts;        ///< Of the transactions, in order.
    const state::StateDiff& diff;             ///< From the parent's state to this block's.
    std::span<const Bytes> revert_reasons{};  ///< Empty, or one for each transaction.
};

/// The chain on disk (docs/formats/database.md; schema.hpp names every column family and key).
///
/// One thread writes. Any thread may take snapshots and read them, and never waits for the writer.
/// Each change is one atomic batch: a block is in or it is not, whatever kills the process.
/// Everything here throws IoError.
class Database {
public:
    /// Opens the database, or makes an empty one. Throws OpenError and IoError.
    [[nodiscard]] static std::unique_ptr<Database> open(const DatabaseOptions& options);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// What the database holds now. Cheap; the snapshot keeps what it sees alive.
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const;

    // The writer's thread.

    /// Puts the genesis block and its state into an empty database.
    void initialize(const Block& genesis, const Hash32& hash, const state::StateDiff& alloc);

    /// The Merkle side of the head's state: roots of blocks that may come next.
    [[nodiscard]] state::StateCommitment& commitment() noexcept;

    /// Makes the block the new head; its parent is the head. `commitment()` need not have been
    /// asked for its root before, but if it was, its work is used. Returns what the snapshot after
    /// it sees.
    void append(const BlockRecord& record);

    /// Takes the head block off the canonical chain and keeps it among the side blocks; its parent
    /// is the head again. The head is not the genesis block, and its history has been retained.
    void unwind();

    /// Keeps a valid block that is not on the canonical chain.
    void put_side_block(const Block& block, const Hash32& hash);

    /// Changes the head's state without a block, for development chains: no header commits to it
    /// until the next block. Returns the diff that takes it back.
    state::StateDiff patch_state(const state::StateDiff& diff);

    // Upkeep, by any thread, at any time.

    /// Removes up to `max_blocks` blocks' worth of what the retention no longer covers; returns how
    /// many there were. Writers do not wait for it.
    std::size_t prune(std::size_t max_blocks);

    /// Bytes on disk by kind of data, and memory by user, for metrics and `storage usage`.
    struct Usage {
        std::string name;
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] std::vector<Usage> disk_usage() const;
    [[nodiscard]] std::vector<Usage> memory_usage() const;

    /// Everything written so far is on disk.
    void flush();

private:
    class Implementation;
    explicit Database(std::unique_ptr<Implementation> implementation);

    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::storage
