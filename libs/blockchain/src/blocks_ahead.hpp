// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_file_reader.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/chain_file.hpp"

#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace meta138::blockchain {

/// A block of a file on its way to the chain.
struct FileBlock {
    std::uint64_t offset = 0;
    std::size_t size = 0;
    std::uint64_t number = 0;
    Hash32 hash;
    std::optional<PreparedBlock> prepared;  ///< Absent: the chain has the block already.
};

/// The blocks of a file in order, decoded and prepared by other threads before they are asked for.
/// What lies ready is bounded in bytes.
class BlocksAhead {
public:
    /// `view` tells which blocks need no preparation.
    BlocksAhead(ChainFileReader& reader, std::shared_ptr<const ChainView> view,
                const Consensus& consensus, const ImportOptions& options);
    ~BlocksAhead();
    BlocksAhead(const BlocksAhead&) = delete;
    BlocksAhead& operator=(const BlocksAhead&) = delete;

    /// The next block, or none at the end. Waits for it. What a worker threw is thrown here.
    std::expected<std::optional<FileBlock>, ChainFileError> next();

private:
    using Outcome = std::expected<std::optional<FileBlock>, ChainFileError>;
    struct Slot {
        Outcome outcome;
        std::exception_ptr exception;
    };

    void work();
    /// Reads and prepares one block, in turn; false: the end, an error, or stop.
    bool advance();
    [[nodiscard]] Outcome prepare(ChainFileReader::Encoded encoded);
    [[nodiscard]] bool is_known(std::uint64_t number, const Hash32& hash);

    ChainFileReader& reader_;  // used under reading_
    const Consensus& consensus_;
    const ImportOptions options_;

    // Taken before waiting_ where both are.
    Mutex reading_;
    bool finished_ META138_GUARDED_BY(reading_) = false;
    std::uint64_t next_read_ META138_GUARDED_BY(reading_) = 0;

    Mutex waiting_;
    std::condition_variable_any changed_;
    std::map<std::uint64_t, Slot> ready_ META138_GUARDED_BY(waiting_);
    std::size_t bytes_ahead_ META138_GUARDED_BY(waiting_) = 0;
    bool stopping_ META138_GUARDED_BY(waiting_) = false;
    std::shared_ptr<const ChainView> view_ META138_GUARDED_BY(waiting_);

    std::uint64_t next_given_ = 0;
    std::vector<std::jthread> workers_;
};

}  // namespace meta138::blockchain
