// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_filter.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/settings.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace meta138::rpc {

/// The filters of eth_newFilter and its like, by id. They remember how far their owner has read;
/// one that nobody reads for Settings::filter_expiry is dropped. Any thread.
class FilterStore {
public:
    using Clock = std::chrono::steady_clock;

    /// A block whose successors have not been read yet.
    struct Position {
        std::uint64_t number = 0;
        Hash32 hash;
    };
    struct Blocks {
        Position read;
    };
    struct Logs {
        LogFilter filter;
        Position read;
    };
    struct Transactions {
        std::vector<Hash32> waiting;
    };
    using Filter = std::variant<Blocks, Logs, Transactions>;

    FilterStore(const Settings& settings, std::function<Clock::time_point()> now,
                std::function<std::string()> make_id);

    /// The id of the new filter; fails when there are too many.
    [[nodiscard]] RpcResult<std::string> add(Filter filter);
    bool remove(std::string_view id);

    /// What a filter holds now; absent if there is none. Counts as a use.
    [[nodiscard]] std::optional<Filter> find(std::string_view id);
    /// Moves a filter on to a position: what came before has been read.
    void advance(std::string_view id, const Position& read);
    /// The hashes that wait, which wait no longer.
    [[nodiscard]] std::optional<std::vector<Hash32>> take_transactions(std::string_view id);

    /// A transaction came into the pool. Costs nothing when nobody waits for any.
    void transaction_added(const Hash32& hash);

    [[nodiscard]] std::size_t size() const;

private:
    struct Entry {
        Filter filter;
        Clock::time_point used;
    };
    void drop_expired() META138_REQUIRES(mutex_);
    void erase(const std::string& id) META138_REQUIRES(mutex_);
    [[nodiscard]] Entry* use(std::string_view id) META138_REQUIRES(mutex_);

    const Settings& settings_;
    const std::function<Clock::time_point()> now_;
    const std::function<std::string()> make_id_;
    std::atomic<std::size_t> transaction_filters_{0};
    mutable Mutex mutex_;
    std::unordered_map<std::string, Entry> filters_ META138_GUARDED_BY(mutex_);
    Clock::time_point next_sweep_ META138_GUARDED_BY(mutex_);
};

}  // namespace meta138::rpc
