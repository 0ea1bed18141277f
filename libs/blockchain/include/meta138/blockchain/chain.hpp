// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/blockchain/consensus.hpp"
#include "meta138/blockchain/import_error.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/genesis.hpp"
#include "meta138/types/receipt.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace meta138::blockchain {

/// A block that ran on the state of its parent: valid, but not part of the chain yet. Our own
/// proposal, a peer's proposal that is being voted on, an Engine API payload.
struct ExecutedBlock {
    Block block;
    Hash32 hash;
    std::vector<Address> senders;
    std::vector<Receipt> receipts;
    std::vector<Bytes> requests;
    std::vector<Bytes> revert_reasons;
    state::StateDiff diff;
};

/// Senders that somebody has recovered already, such as a transaction pool: into `out`, by the
/// hashes of transactions, which stand for their signatures too. Leaves absent what it does not
/// know. Any thread calls it.
using KnownSenders =
    std::function<void(std::span<const Hash32> hashes, std::span<std::optional<Address>> out)>;

/// A block with all that follows from it alone, which takes most of the time of an import next to
/// its execution: made on any thread, ahead of the chain's.
class PreparedBlock {
public:
    /// Recovers the senders that `known` does not know with up to `threads` threads, and compares
    /// the body with the header.
    PreparedBlock(Block block, const Consensus& consensus, unsigned threads = 1,
                  const KnownSenders& known = {});

    [[nodiscard]] const Block& block() const noexcept { return block_; }
    [[nodiscard]] const Hash32& hash() const noexcept { return hash_; }
    /// Of the transactions, in order; fewer if the block has a fault.
    [[nodiscard]] const std::vector<Address>& senders() const noexcept { return senders_; }
    /// A rule that the block breaks whatever its parent is.
    [[nodiscard]] const std::optional<execution::InvalidBlock>& fault() const noexcept {
        return fault_;
    }

private:
    friend class Chain;  // takes it apart

    Block block_;
    Hash32 hash_;
    std::vector<Address> senders_;
    std::optional<execution::InvalidBlock> fault_;
};

/// So long may a reorganisation be for its listeners to get the removed blocks with their receipts.
inline constexpr std::size_t max_removed_blocks = 256;

/// So many invalid blocks are kept to be looked at (debug_getBadBlocks).
inline constexpr std::size_t max_bad_blocks = 8;

/// What became of the canonical chain. `removed` and `added` are oldest first.
struct HeadEvent {
    std::shared_ptr<const ChainView> view;  ///< After the event.
    std::vector<Hash32> removed;            ///< Hashes of blocks that are off the chain now.
    /// The newest max_removed_blocks of them, without diff and requests.
    std::vector<std::shared_ptr<const ExecutedBlock>> removed_blocks;
    std::vector<std::shared_ptr<const ExecutedBlock>> added;
};

struct ChainOptions {
    unsigned threads = 1;                ///< For recovery of senders.
    bool record_revert_reasons = false;  ///< Besu's --revert-reason-enabled.
    std::size_t code_cache_bytes = std::size_t{8} << 20;
};

/// Where the chain's thread has spent its time on blocks, since the start.
struct BlockTimes {
    std::uint64_t blocks = 0;
    std::chrono::nanoseconds execution{};  ///< Transactions, receipts and what follows from them.
    std::chrono::nanoseconds state_root{};
    std::chrono::nanoseconds write{};  ///< Into the database.
};

/// The canonical chain: takes blocks in, decides which is the head, and publishes what readers see.
///
/// One thread calls everything but view() and code_cache(). Throws storage::IoError.
class Chain {
public:
    /// Opens the chain of `genesis` in the database; puts the genesis block into an empty one.
    /// Throws storage::OpenError when the database holds another chain, or when the genesis file
    /// has changed in what concerns blocks that exist already, naming what differs.
    /// All references outlive the chain.
    Chain(storage::Database& database, const Genesis& genesis, const Consensus& consensus,
          const ChainOptions& options = {});
    ~Chain();
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    /// The chain as of the last head event. Any thread.
    [[nodiscard]] std::shared_ptr<const ChainView> view() const;
    /// The last max_bad_blocks that import() found invalid on the head, newest last. Any thread.
    [[nodiscard]] std::vector<std::shared_ptr<const Block>> bad_blocks() const;
    /// Shared by all who execute. Any thread.
    [[nodiscard]] evm::CodeCache& code_cache() noexcept;
    [[nodiscard]] const Consensus& consensus() const noexcept;
    [[nodiscard]] const ChainOptions& options() const noexcept;
    /// Its writing side is the chain's thread's.
    [[nodiscard]] storage::Database& database() noexcept;

    /// The chain's thread.
    [[nodiscard]] const BlockTimes& times() const noexcept;

    /// Whom to ask before the senders of a proposal are recovered. The chain's thread, before
    /// blocks come.
    void set_known_senders(KnownSenders known);

    /// Whom import() asks for a block that has run already, such as a proposal that now comes with
    /// its seals: it need not run again. By hash; null for one that is not known. The chain's
    /// thread.
    using KnownExecutions = std::function<std::shared_ptr<const ExecutedBlock>(const Hash32& hash)>;
    void set_known_executions(KnownExecutions known);

    /// Called on the chain's thread after each change of the head. Returns a number for
    /// remove_listener.
    using Listener = std::function<void(const HeadEvent&)>;
    std::size_t add_listener(Listener listener);
    void remove_listener(std::size_t listener);

    /// Validates the block, executes it if its parent is the head, and makes it the head; keeps it
    /// as a side block, or reorganises the chain, when its parent is another known block.
    std::expected<Imported, ImportError> import(const Block& block);
    std::expected<Imported, ImportError> import(PreparedBlock prepared);

    /// Validates and executes a block on top of the head, and changes nothing.
    [[nodiscard]] std::expected<std::shared_ptr<const ExecutedBlock>, ImportError> execute(
        const Block& block);
    /// The same for a block whose seals are still to come (a proposal): nobody looks at them.
    /// append() takes it with its sealed header.
    [[nodiscard]] std::expected<std::shared_ptr<const ExecutedBlock>, ImportError> execute_unsealed(
        const Block& block);
    [[nodiscard]] std::expected<std::shared_ptr<const ExecutedBlock>, ImportError> execute_unsealed(
        PreparedBlock prepared);
    /// The same on top of executed blocks that are not part of the chain yet, oldest first: the
    /// first one's parent is the head (Engine API payloads that build on each other).
    [[nodiscard]] std::expected<std::shared_ptr<const ExecutedBlock>, ImportError> execute_on(
        std::span<const std::shared_ptr<const ExecutedBlock>> ancestors, const Block& block);
    /// Makes a block the head whose parent is the head and which execute() or a BlockBuilder made:
    /// it does not run again. `sealed`, if given, is its header with seals, of the same hash.
    void append(std::shared_ptr<const ExecutedBlock> block, const Header* sealed = nullptr);

    /// Takes blocks off until the head is the one with that number, whose state is retained. They
    /// stay known, as side blocks.
    std::expected<void, ImportError> rewind_to(std::uint64_t number);
    /// Makes a known block the head, canonical or not (debug_setHead, engine_forkchoiceUpdated).
    std::expected<void, ImportError> set_head(const Hash32& hash);

    /// EIP-3675's marks, for consensus protocols that have them; with a final one they are the
    /// head. Zero: none. False, and nothing changes, when one is not canonical.
    bool set_safe_and_finalized(const Hash32& safe, const Hash32& finalized);

    /// Development chains: changes the head's state in place, and publishes it without an event.
    /// Returns the diff that takes it back.
    state::StateDiff patch_state(const state::StateDiff& diff);

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::blockchain
