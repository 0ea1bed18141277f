// SPDX-License-Identifier: Apache-2.0
#include "meta138/evm/precompile_cache.hpp"

#include "meta138/crypto/keccak.hpp"

#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace meta138::evm {
namespace {

/// Below this price a call is cheaper than looking it up (keccak256 of its input, a lock).
constexpr std::int64_t least_price = 3000;

/// Longer inputs and outputs are not kept.
constexpr std::size_t longest = 8192;

/// A digest of all that decides the result.
Hash32 key_of(const Address& address, Fork fork, ByteView input) {
    const std::uint8_t fork_byte = std::to_underlying(fork);
    return crypto::Keccak256{}.update(address.bytes).update({&fork_byte, 1}).update(input).finish();
}

}  // namespace

class PrecompileCache::Table {
public:
    struct Entry {
        Hash32 key;
        std::int64_t price = 0;
        Bytes output;
    };

    explicit Table(std::size_t capacity) : capacity_{capacity} {}

    /// Copies what is kept under the key; its price, or nothing.
    std::optional<std::int64_t> find(const Hash32& key, Bytes& output) {
        const std::lock_guard lock{mutex_};
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return std::nullopt;
        output = found->second->output;
        return found->second->price;
    }

    void insert(Entry entry) {
        const std::lock_guard lock{mutex_};
        if (by_key_.contains(entry.key)) return;
        entries_.push_front(std::move(entry));
        by_key_.emplace(entries_.front().key, entries_.begin());
        if (entries_.size() > capacity_) {
            by_key_.erase(entries_.back().key);
            entries_.pop_back();
        }
    }

private:
    std::size_t capacity_;
    std::mutex mutex_;
    std::list<Entry> entries_;  // latest first
    std::unordered_map<Hash32, std::list<Entry>::iterator> by_key_;
};

PrecompileCache::PrecompileCache(std::size_t capacity)
    : table_{std::make_unique<Table>(capacity)} {}
PrecompileCache::~PrecompileCache() = default;

PrecompileResult PrecompileCache::run(const Address& address, Fork fork, ByteView input,
                                      std::int64_t gas, Bytes& output) {
    const bool may_be_kept = gas >= least_price && input.size() <= longest;
    if (!may_be_kept || precompile_price(address, fork, input) < least_price)
        return run_precompile(address, fork, input, gas, output);

    const auto key = key_of(address, fork, input);
    if (const auto price = table_->find(key, output)) {
        if (*price <= gas) return {Status::success, gas - *price};
        output.clear();
        return {Status::out_of_gas, 0};
    }
    const auto result = run_precompile(address, fork, input, gas, output);
    if (result.status == Status::success && output.size() <= longest)
        table_->insert({.key = key, .price = gas - result.gas_left, .output = output});
    return result;
}

}  // namespace meta138::evm
