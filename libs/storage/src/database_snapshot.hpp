// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rocks.hpp"
#include "schema.hpp"
#include "versioned.hpp"

#include "meta138/storage/snapshot.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace meta138::storage {

/// The database as of one RocksDB snapshot.
class DatabaseSnapshot final : public Snapshot {
public:
    /// As it is now.
    explicit DatabaseSnapshot(std::shared_ptr<const Rocks> rocks);
    ~DatabaseSnapshot() override;
    DatabaseSnapshot(const DatabaseSnapshot&) = delete;
    DatabaseSnapshot& operator=(const DatabaseSnapshot&) = delete;

    [[nodiscard]] std::optional<StoredHeader> head() const override { return head_; }
    [[nodiscard]] std::optional<StoredHeader> header(std::uint64_t number) const override;
    [[nodiscard]] std::optional<Hash32> block_hash(std::uint64_t number) const override;
    [[nodiscard]] std::optional<std::uint64_t> block_number(const Hash32& hash) const override;
    [[nodiscard]] std::optional<Block> block(std::uint64_t number) const override;
    [[nodiscard]] std::optional<StoredTransaction> transaction(
        const TransactionLocation& at) const override;
    [[nodiscard]] std::optional<StoredReceipt> receipt(
        const TransactionLocation& at) const override;
    [[nodiscard]] std::optional<std::vector<StoredTransaction>> transactions(
        std::uint64_t number) const override;
    [[nodiscard]] std::optional<std::vector<StoredReceipt>> receipts(
        std::uint64_t number) const override;
    [[nodiscard]] std::optional<TransactionLocation> find_transaction(
        const Hash32& hash) const override;
    [[nodiscard]] std::optional<Block> side_block(const Hash32& hash) const override;

    [[nodiscard]] std::uint64_t oldest_block() const override { return oldest_block_; }
    [[nodiscard]] std::uint64_t oldest_state() const override { return oldest_state_; }

    [[nodiscard]] std::unique_ptr<state::StateView> state_at(std::uint64_t number) const override;
    [[nodiscard]] std::optional<Hash32> root_after(std::uint64_t number,
                                                   const state::StateDiff& diff) const override;
    [[nodiscard]] std::optional<Hash32> storage_root_after(
        std::uint64_t number, const state::AccountDiff& diff) const override;
    [[nodiscard]] std::optional<AccountProof> prove(std::uint64_t number, const Address& address,
                                                    std::span<const uint256> keys) const override;
    [[nodiscard]] std::vector<RangeAccount> accounts(std::uint64_t number, const Hash32& first,
                                                     std::size_t max) const override;
    [[nodiscard]] std::vector<RangeSlot> slots(std::uint64_t number, const Address& address,
                                               const Hash32& first, std::size_t max) const override;
    [[nodiscard]] std::unique_ptr<const HashedState> hashed_state_at(
        std::uint64_t number) const override;
    [[nodiscard]] std::optional<Bytes> find_code(const Hash32& code_hash) const override;
    void find_log_blocks(const LogQuery& query,
                         const std::function<bool(std::uint64_t)>& on_block) const override;

private:
    using OnRow = std::function<void(ByteView key, ByteView row)>;

    /// Null when the state is not there.
    [[nodiscard]] std::optional<TableReader> tables_at(std::uint64_t number) const;
    [[nodiscard]] bool has_body(std::uint64_t number) const;
    std::uint64_t mark_or(std::string_view name, std::uint64_t otherwise) const;
    /// The rows of a block, which are as many as its header says.
    void for_each_row(schema::Family family, const StoredHeader& header, const OnRow& on_row) const;

    std::shared_ptr<const Rocks> rocks_;
    const rocksdb::Snapshot* snapshot_;
    std::optional<StoredHeader> head_;
    std::uint64_t oldest_block_ = 0;
    std::uint64_t oldest_state_ = 0;
};

}  // namespace meta138::storage
