// SPDX-License-Identifier: Apache-2.0
#include "meta138/evm/precompile_cache.hpp"

#include "precompile_table.hpp"

#include "meta138/crypto/keccak.hpp"

#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace meta138::evm {
namespace {

/// Below this price a call is cheaper than looking it up (keccak256 of its input, a lock).
constexpr std::int64_t least_price = 3000;

/// Longer inputs and outputs are not kept.
constexpr std::size_t longest = 8192;

/// A digest of all that decides the output.
Hash32 key_of(const Address& address, Fork fork, ByteView input) {
    const std::uint8_t era = has_current_results(address, fork) ? 1 : 0;
    return crypto::Keccak256{}.update(address.bytes).update({&era, 1}).update(input).finish();
}

}  // namespace

class PrecompileCache::Table {
public:
    struct Entry {
        Hash32 key;
        Bytes output;
    };

    explicit Table(std::size_t capacity) : capacity_{capacity} {}

    /// Copies the output that is kept under the key, if there is one.
    bool find(const Hash32& key, Bytes& output) {
        const std::lock_guard lock{mutex_};
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return false;
        output = found->second->output;
        return true;
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

    void clear() {
        const std::lock_guard lock{mutex_};
        by_key_.clear();
        entries_.clear();
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
    const auto price = precompile_price(address, fork, input);
    if (price < least_price || price > gas || input.size() > longest)
        return run_precompile(address, fork, input, gas, output);

    const auto key = key_of(address, fork, input);
    if (table_->find(key, output)) return {Status::success, gas - price};
    const auto result = run_precompile(address, fork, input, gas, output);
    if (result.status == Status::success && output.size() <= longest)
        table_->insert({.key = key, .output = output});
    return result;
}

void PrecompileCache::clear() {
    table_->clear();
}

}  // namespace meta138::evm
