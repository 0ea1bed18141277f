// SPDX-License-Identifier: Apache-2.0
#include "meta138/evm/code_cache.hpp"

#include "code.hpp"

#include <array>
#include <list>
#include <mutex>
#include <unordered_map>

namespace meta138::evm {
namespace {

/// One part of the cache with a lock of its own: most recently used first.
class Shard {
public:
    std::shared_ptr<Code> find(const Hash32& hash) {
        const std::lock_guard lock{mutex_};
        const auto found = by_hash_.find(hash);
        if (found == by_hash_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->code;
    }

    std::shared_ptr<Code> insert(const Hash32& hash, std::shared_ptr<Code> code,
                                 std::size_t capacity) {
        const std::lock_guard lock{mutex_};
        if (const auto found = by_hash_.find(hash); found != by_hash_.end())
            return found->second->code;
        bytes_ += code->size();
        entries_.push_front({hash, std::move(code)});
        by_hash_.emplace(hash, entries_.begin());
        while (bytes_ > capacity && entries_.size() > 1) {
            bytes_ -= entries_.back().code->size();
            by_hash_.erase(entries_.back().hash);
            entries_.pop_back();
        }
        return entries_.front().code;
    }

private:
    struct Entry {
        Hash32 hash;
        std::shared_ptr<Code> code;
    };
    std::mutex mutex_;
    std::size_t bytes_ = 0;
    std::list<Entry> entries_;
    std::unordered_map<Hash32, std::list<Entry>::iterator> by_hash_;
};

}  // namespace

class CodeCache::Shards {
public:
    explicit Shards(std::size_t capacity) : shard_capacity_{capacity / shards_.size()} {}

    Shard& of(const Hash32& hash) noexcept { return shards_[hash[0] % shards_.size()]; }
    [[nodiscard]] std::size_t shard_capacity() const noexcept { return shard_capacity_; }

private:
    std::array<Shard, 16> shards_;
    std::size_t shard_capacity_;
};

CodeCache::CodeCache(std::size_t capacity) : shards_{std::make_unique<Shards>(capacity)} {}
CodeCache::~CodeCache() = default;

std::shared_ptr<Code> CodeCache::find(const Hash32& code_hash) {
    return shards_->of(code_hash).find(code_hash);
}

std::shared_ptr<Code> CodeCache::insert(const Hash32& code_hash, ByteView code) {
    return shards_->of(code_hash).insert(code_hash, std::make_shared<Code>(code),
                                         shards_->shard_capacity());
}

}  // namespace meta138::evm
