// SPDX-License-Identifier: Apache-2.0
// What a full block costs, and how fast states are read.
#include "meta138/base/uint256.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/storage/database.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace meta138::storage {
namespace {

constexpr std::size_t account_count = 200'000;
constexpr std::size_t token_count = 4;
constexpr std::size_t holder_count = 50'000;  // of each token

Address address_of(std::uint64_t i) {
    Address address;
    const auto hash = crypto::keccak256(to_hash32(uint256{i}).bytes);
    std::ranges::copy(ByteView{hash.bytes}.first(20), address.begin());
    return address;
}
Address token_of(std::uint64_t i) {
    return address_of(1'000'000'000 + i);
}
/// As Solidity lays out a mapping.
uint256 slot_of(std::uint64_t holder) {
    return to_uint256(crypto::keccak256(to_hash32(uint256{holder}).bytes));
}

/// A chain in a folder of its own, whose genesis block has a state of some size.
class BenchChain {
public:
    explicit BenchChain(bool in_memory) {
        auto pattern = (std::filesystem::temp_directory_path() / "meta138-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
        options_.path = pattern;
        options_.in_memory = in_memory;
        options_.sync_every_block = false;
        database_ = Database::open(options_);
        state::StateDiff alloc;
        for (std::uint64_t i = 0; i < account_count; ++i)
            alloc.accounts.push_back({.address = address_of(i),
                                      .account = Account{.nonce = 1, .balance = ether(i)},
                                      .storage_cleared = false,
                                      .storage = {}});
        for (std::uint64_t i = 0; i < token_count; ++i) {
            auto& token = alloc.accounts.emplace_back(
                state::AccountDiff{.address = token_of(i),
                                   .account = Account{.nonce = 1, .balance = 0},
                                   .storage_cleared = false,
                                   .storage = {}});
            for (std::uint64_t holder = 0; holder < holder_count; ++holder)
                token.storage.push_back({slot_of(holder), ether(holder)});
        }
        head_.header.gas_limit = 30'000'000;
        database_->initialize(head_, block_hash(head_.header), alloc);
        hash_ = block_hash(head_.header);
        database_->flush();
    }
    ~BenchChain() {
        database_.reset();
        std::error_code error;
        std::filesystem::remove_all(options_.path, error);
    }
    BenchChain(const BenchChain&) = delete;
    BenchChain& operator=(const BenchChain&) = delete;

    /// The changes of a full block of transfers: balances of `accounts` accounts and `slots` slots.
    state::StateDiff diff(std::size_t accounts, std::size_t slots) {
        state::StateDiff diff;
        std::vector<bool> seen(account_count);
        while (diff.accounts.size() < accounts) {
            const auto i = random_() % account_count;
            if (seen[i]) continue;
            seen[i] = true;
            diff.accounts.push_back(
                {.address = address_of(i),
                 .account = Account{.nonce = ++nonce_, .balance = ether(nonce_)},
                 .storage_cleared = false,
                 .storage = {}});
        }
        for (std::uint64_t i = 0; slots > 0 && i < token_count; ++i) {
            auto& token = diff.accounts.emplace_back(
                state::AccountDiff{.address = token_of(i),
                                   .account = Account{.nonce = 1, .balance = 0},
                                   .storage_cleared = false,
                                   .storage = {}});
            seen.assign(holder_count, false);
            while (token.storage.size() < slots / token_count) {
                const auto holder = random_() % holder_count;
                if (seen[holder]) continue;
                seen[holder] = true;
                token.storage.push_back({slot_of(holder), ether(++nonce_)});
            }
        }
        return diff;
    }

    void add_transactions(std::size_t count) {
        block_.transactions.clear();
        senders_.clear();
        receipts_.clear();
        for (std::size_t i = 0; i < count; ++i) {
            Transaction transaction;
            transaction.type = TransactionType::dynamic_fee;
            transaction.chain_id = 138;
            transaction.nonce = ++nonce_;
            transaction.to = token_of(i % token_count);
            transaction.data.resize(68, 1);
            transaction.r = uint256::max() - nonce_;
            transaction.s = uint256::max() >> 1;
            block_.transactions.push_back(std::move(transaction));
            senders_.push_back(address_of(i));
            Receipt receipt;
            receipt.type = TransactionType::dynamic_fee;
            receipt.succeeded = true;
            receipt.cumulative_gas_used = 21'000 * (i + 1);
            receipt.logs.push_back(
                {.address = token_of(i % token_count),
                 .topics = {Hash32{}, to_hash32(slot_of(i)), to_hash32(slot_of(i + 1))},
                 .data = Bytes(32, 1)});
            receipts_.push_back(std::move(receipt));
        }
    }

    void append(const state::StateDiff& diff) {
        block_.header = head_.header;
        block_.header.parent_hash = hash_;
        ++block_.header.number;
        const auto hash = block_hash(block_.header);
        database_->append({.block = block_,
                           .hash = hash,
                           .senders = senders_,
                           .receipts = receipts_,
                           .diff = diff});
        head_.header = block_.header;
        hash_ = hash;
    }

    [[nodiscard]] Database& database() { return *database_; }
    [[nodiscard]] std::mt19937_64& random() { return random_; }

private:
    static uint256 ether(std::uint64_t i) {
        return uint256{i + 1} * uint256{1'000'000'000'000'000'000};
    }

    DatabaseOptions options_;
    std::unique_ptr<Database> database_;
    Block head_;
    Hash32 hash_;
    Block block_;
    std::vector<Address> senders_;
    std::vector<Receipt> receipts_;
    std::mt19937_64 random_{138};
    std::uint64_t nonce_ = 1;
};

void root_of_a_full_block(benchmark::State& state) {
    BenchChain chain{false};
    for (auto _ : state) {
        state.PauseTiming();
        const auto diff = chain.diff(2'800, 1'400);
        state.ResumeTiming();
        benchmark::DoNotOptimize(chain.database().commitment().root_after(diff));
        state.PauseTiming();
        chain.append(diff);
        state.ResumeTiming();
    }
}
BENCHMARK(root_of_a_full_block)->Unit(benchmark::kMillisecond)->Iterations(100);

/// After its root is known.
void append_a_full_block(benchmark::State& state) {
    BenchChain chain{false};
    chain.add_transactions(1'400);
    for (auto _ : state) {
        state.PauseTiming();
        const auto diff = chain.diff(2'800, 1'400);
        benchmark::DoNotOptimize(chain.database().commitment().root_after(diff));
        chain.add_transactions(1'400);
        state.ResumeTiming();
        chain.append(diff);
    }
}
BENCHMARK(append_a_full_block)->Unit(benchmark::kMillisecond)->Iterations(100);

void append_an_empty_block(benchmark::State& state) {
    BenchChain chain{false};
    const state::StateDiff diff;
    for (auto _ : state) chain.append(diff);
}
BENCHMARK(append_an_empty_block)->Unit(benchmark::kMicrosecond);

/// `blocks` blocks below the head; each has changed one account in seventy.
void read_accounts(benchmark::State& state) {
    BenchChain chain{false};
    const auto blocks = state.range(0);
    for (std::int64_t i = 0; i < blocks; ++i) chain.append(chain.diff(2'800, 1'400));
    const auto snapshot = chain.database().snapshot();
    const auto view = snapshot->state_at(0);
    for (auto _ : state)
        benchmark::DoNotOptimize(view->account(address_of(chain.random()() % account_count)));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_accounts)->Arg(0)->Arg(100);

void read_slots(benchmark::State& state) {
    BenchChain chain{false};
    const auto blocks = state.range(0);
    for (std::int64_t i = 0; i < blocks; ++i) chain.append(chain.diff(2'800, 1'400));
    const auto snapshot = chain.database().snapshot();
    const auto view = snapshot->state_at(0);
    for (auto _ : state) {
        const auto& random = chain.random();
        benchmark::DoNotOptimize(&random);
        benchmark::DoNotOptimize(view->storage(token_of(chain.random()() % token_count),
                                               slot_of(chain.random()() % holder_count)));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_slots)->Arg(0)->Arg(100);

void open_a_database(benchmark::State& state) {
    DatabaseOptions options;
    auto pattern = (std::filesystem::temp_directory_path() / "meta138-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    options.path = pattern;
    static_cast<void>(Database::open(options));
    for (auto _ : state) static_cast<void>(Database::open(options));
    std::filesystem::remove_all(options.path);
}
BENCHMARK(open_a_database)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace meta138::storage
