// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

// What clang's -Wthread-safety checks; nothing for other compilers.
#if defined(__clang__)
#define META138_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define META138_THREAD_ANNOTATION(x)
#endif

/// On a member: touched only while this mutex is held.
#define META138_GUARDED_BY(mutex) META138_THREAD_ANNOTATION(guarded_by(mutex))
/// On a pointer: what it points to is touched only while this mutex is held.
#define META138_PT_GUARDED_BY(mutex) META138_THREAD_ANNOTATION(pt_guarded_by(mutex))
/// On a function: the caller holds the mutex.
#define META138_REQUIRES(...) META138_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
/// On a function: the caller does not hold the mutex, because the function takes it.
#define META138_EXCLUDES(...) META138_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
/// On a function: takes the mutex and returns with it held.
#define META138_ACQUIRE(...) META138_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
/// On a function: gives back the mutex that the caller holds.
#define META138_RELEASE(...) META138_THREAD_ANNOTATION(release_capability(__VA_ARGS__))

namespace meta138 {

/// A mutex whose use the compiler checks: give each member it protects META138_GUARDED_BY(mutex_).
///
/// A std::condition_variable_any waits on it directly, `changed_.wait(mutex_)` in a loop, while a
/// MutexLock holds it.
class META138_THREAD_ANNOTATION(capability("mutex")) Mutex {
public:
    void lock() META138_ACQUIRE() { mutex_.lock(); }
    void unlock() META138_RELEASE() { mutex_.unlock(); }

private:
    std::mutex mutex_;
};

/// Holds a Mutex for the length of a scope.
class META138_THREAD_ANNOTATION(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) META138_ACQUIRE(mutex) : mutex_{mutex} { mutex_.lock(); }
    ~MutexLock() META138_RELEASE() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

}  // namespace meta138
