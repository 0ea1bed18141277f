// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"

#include <memory>
#include <utility>

namespace meta138 {

/// An immutable value that one thread replaces and any thread may read. A reader keeps what it
/// loaded for as long as it likes; nobody waits for anybody but for the exchange of a pointer.
///
/// (std::atomic<std::shared_ptr> of libstdc++ 12 is a data race to ThreadSanitizer.)
template <class T>
class Published {
public:
    /// Empty until the first store.
    Published() = default;
    explicit Published(T value) : value_{std::make_shared<const T>(std::move(value))} {}

    /// The value of the moment; null before the first store.
    [[nodiscard]] std::shared_ptr<const T> load() const META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        return value_;
    }

    void store(T value) { store(std::make_shared<const T>(std::move(value))); }

    void store(std::shared_ptr<const T> value) META138_EXCLUDES(mutex_) {
        {
            const MutexLock lock{mutex_};
            value_.swap(value);
        }
        // The old value, if this was its last reference, dies here: not under the lock.
    }

private:
    mutable Mutex mutex_;
    std::shared_ptr<const T> value_ META138_GUARDED_BY(mutex_);
};

}  // namespace meta138
