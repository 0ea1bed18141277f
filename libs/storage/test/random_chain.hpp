// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/receipt.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

namespace meta138::storage::test {

/// A folder that goes away with the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        auto pattern = (std::filesystem::temp_directory_path() / "meta138-storage-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A block with all that append() wants.
struct MadeBlock {
    Block block;
    Hash32 hash;
    std::vector<Address> senders;
    std::vector<Receipt> receipts;
    std::vector<Bytes> revert_reasons;
    state::StateDiff diff;

    [[nodiscard]] BlockRecord record() const {
        return {.block = block,
                .hash = hash,
                .senders = senders,
                .receipts = receipts,
                .diff = diff,
                .revert_reasons = revert_reasons};
    }
};

using Accounts = std::unordered_map<Address, state::MapState::Entry>;

struct ChainShape {
    std::size_t addresses = 60;
    std::size_t keys = 40;  // of each account
    std::size_t changes = 12;
    std::size_t max_transactions = 4;
};

/// Blocks whose changes are random: accounts that come and go, slots that are set and cleared.
/// Their transactions have nothing to do with that.
class RandomChain {
public:
    explicit RandomChain(std::uint64_t seed, const ChainShape& shape = {})
        : random_{seed}, shape_{shape} {
        genesis_.diff = random_diff(shape.addresses / 2);
        genesis_.block.header.state_root = state_.root_after(genesis_.diff);
        genesis_.block.header.ommers_hash = EMPTY_OMMERS_HASH;
        genesis_.block.header.gas_limit = 30'000'000;
        genesis_.block.header.difficulty = 1;
        genesis_.hash = block_hash(genesis_.block.header);
        state_.apply(genesis_.diff);
        head_ = genesis_;
        states_.push_back(state_.accounts());
    }

    [[nodiscard]] const MadeBlock& genesis() const { return genesis_; }
    [[nodiscard]] const MadeBlock& head() const { return head_; }
    /// After each block.
    [[nodiscard]] const std::vector<Accounts>& states() const { return states_; }
    [[nodiscard]] state::MapState& state() { return state_; }
    [[nodiscard]] std::mt19937_64& random() { return random_; }

    std::uint64_t below(std::uint64_t end) {
        return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(random_);
    }
    [[nodiscard]] static Address address(std::uint64_t i) {
        Address address;
        const auto hash = crypto::keccak256(to_hash32(uint256{i}).bytes);
        std::ranges::copy(ByteView{hash.bytes}.first(20), address.begin());
        return address;
    }

    /// From the head's state.
    state::StateDiff random_diff(std::size_t changes) {
        state::StateDiff diff;
        std::unordered_map<Address, bool> seen;
        for (std::size_t i = 0; i < changes; ++i) {
            const auto at = address(below(shape_.addresses));
            if (!seen.emplace(at, true).second) continue;
            diff.accounts.push_back(random_account_diff(at, diff));
        }
        return diff;
    }

    /// A block on the head, which becomes the head.
    const MadeBlock& next() {
        auto made = make(random_diff(shape_.changes));
        state_.apply(made.diff);
        states_.push_back(state_.accounts());
        head_ = std::move(made);
        return head_;
    }
    /// A block on the head.
    MadeBlock make(state::StateDiff diff) {
        MadeBlock made;
        made.diff = std::move(diff);
        auto& header = made.block.header;
        header = head_.block.header;
        header.parent_hash = head_.hash;
        ++header.number;
        header.timestamp += 2;
        header.state_root = state_.root_after(made.diff);
        add_transactions(made);
        header.bloom = bloom_of(made.receipts);
        made.hash = block_hash(header);
        return made;
    }
    /// Changes the head's state, as Database::patch_state() does.
    void patch(const state::StateDiff& diff) {
        state_.apply(diff);
        states_.back() = state_.accounts();
    }
    /// Goes back, as Database::unwind() does.
    void rewind(const MadeBlock& parent) {
        states_.pop_back();
        state_ = state::MapState{};
        for (const auto& [at, entry] : states_.back()) {
            state::AccountDiff diff{
                .address = at, .account = entry.account, .storage_cleared = false, .storage = {}};
            for (const auto& [key, value] : entry.storage) diff.storage.push_back({key, value});
            state_.apply({.accounts = {diff}, .codes = {}});
        }
        head_ = parent;
    }

private:
    state::AccountDiff random_account_diff(const Address& at, state::StateDiff& diff) {
        state::AccountDiff change{
            .address = at, .account = {}, .storage_cleared = false, .storage = {}};
        const auto found = state_.accounts().find(at);
        const bool exists = found != state_.accounts().end();
        if (exists && below(8) == 0) return change;  // deleted
        auto& account = change.account.emplace(exists ? found->second.account : Account{});
        account.nonce += below(3);
        account.balance = below(3) == 0 ? uint256{below(1000)} : uint256::max() >> below(256);
        if (below(6) == 0) {
            auto code =
                state::make_bytecode(Bytes(below(100) + 1, static_cast<std::uint8_t>(below(256))));
            account.code_hash = code->hash;
            diff.codes.push_back(std::move(code));
        }
        change.storage_cleared = exists && below(10) == 0;
        if (below(2) == 0) return change;
        std::unordered_map<uint256, bool> seen;
        for (auto slots = below(10); slots-- > 0;) {
            const auto key =
                below(4) == 0 ? uint256::max() - below(shape_.keys) : uint256{below(shape_.keys)};
            if (!seen.emplace(key, true).second) continue;
            change.storage.push_back(
                {key, below(3) == 0 ? uint256{} : uint256::max() >> below(255)});
        }
        return change;
    }

    void add_transactions(MadeBlock& made) {
        const auto count = below(shape_.max_transactions + 1);
        std::uint64_t gas = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            Transaction transaction;
            transaction.type =
                below(2) == 0 ? TransactionType::legacy : TransactionType::dynamic_fee;
            transaction.chain_id = 138;
            transaction.nonce = serial_++;
            transaction.to = address(below(shape_.addresses));
            transaction.data.resize(below(100), 7);
            transaction.r = 1;
            transaction.s = 1;
            made.block.transactions.push_back(transaction);
            made.senders.push_back(address(below(shape_.addresses)));
            Receipt receipt;
            receipt.type = transaction.type;
            receipt.succeeded = below(4) != 0;
            receipt.cumulative_gas_used = gas += 21'000 + below(1000);
            for (auto logs = below(4); logs-- > 0;) {
                Log log{.address = address(below(5)), .topics = {}, .data = Bytes(below(40), 9)};
                for (auto topics = below(5); topics-- > 0;)
                    log.topics.push_back(crypto::keccak256(address(below(6)).bytes));
                receipt.logs.push_back(log);
            }
            receipt.bloom = bloom_of(receipt.logs);
            made.receipts.push_back(receipt);
            made.revert_reasons.push_back(receipt.succeeded ? Bytes{} : Bytes(below(5), 8));
        }
    }

    std::mt19937_64 random_;
    ChainShape shape_;
    state::MapState state_;
    MadeBlock genesis_;
    MadeBlock head_;
    std::vector<Accounts> states_;
    std::uint64_t serial_ = 0;
};

inline std::unique_ptr<Database> open_in_memory(const Retention& retention = {}) {
    DatabaseOptions options;
    options.in_memory = true;
    options.retention = retention;
    return Database::open(options);
}
inline void initialize(Database& database, const RandomChain& chain) {
    database.initialize(chain.genesis().block, chain.genesis().hash, chain.genesis().diff);
}

/// Every account of the tests' addresses, with all of its slots, is as in `expected`.
inline void expect_state(const Snapshot& snapshot, std::uint64_t number, const Accounts& expected,
                         const ChainShape& shape = {}) {
    const auto view = snapshot.state_at(number);
    ASSERT_NE(view, nullptr) << number;
    for (std::uint64_t i = 0; i < shape.addresses; ++i) {
        const auto at = RandomChain::address(i);
        const auto found = expected.find(at);
        const auto account = view->account(at);
        ASSERT_EQ(account.has_value(), found != expected.end()) << i << " at " << number;
        ASSERT_EQ(view->has_storage(at), account && !found->second.storage.empty());
        if (account) {
            ASSERT_EQ(*account, found->second.account);
        }
        for (std::uint64_t k = 0; k < shape.keys; ++k) {
            for (const auto& key : {uint256{k}, uint256::max() - k}) {
                uint256 value;
                if (account && found->second.storage.contains(key))
                    value = found->second.storage.at(key);
                ASSERT_EQ(view->storage(at, key), value) << i << " " << k << " at " << number;
            }
        }
    }
}

}  // namespace meta138::storage::test
