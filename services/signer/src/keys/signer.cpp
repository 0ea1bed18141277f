// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/signer.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/mutex.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace meta138::signer {

// Keys lie in a few pages of their own, because mlock works on whole pages and does not count.
struct SecretPages::Pages {
    static constexpr std::size_t page_size = std::size_t{16} << 10;
    static constexpr std::size_t keys_per_page = page_size / sizeof(crypto::SecretKey);

    Mutex mutex;
    std::vector<void*> pages META138_GUARDED_BY(mutex);
    std::vector<crypto::SecretKey*> free META138_GUARDED_BY(mutex);
    std::atomic<bool> all_locked{true};

    void grow() META138_REQUIRES(mutex) {
        void* page =
            ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) throw std::bad_alloc{};
        // Both are best effort: without them a key may reach swap or a core dump.
        if (::mlock(page, page_size) != 0) all_locked = false;
        ::madvise(page, page_size, MADV_DONTDUMP);
        pages.push_back(page);
        auto* slots = static_cast<crypto::SecretKey*>(page);
        for (std::size_t i = keys_per_page; i-- > 0;) free.push_back(slots + i);
    }
};

SecretPages::SecretPages() : pages_{std::make_unique<Pages>()} {}

SecretPages::~SecretPages() {
    const MutexLock lock{pages_->mutex};
    for (void* page : pages_->pages) ::munmap(page, Pages::page_size);
}

crypto::SecretKey* SecretPages::keep(crypto::SecretKey key) {
    const MutexLock lock{pages_->mutex};
    if (pages_->free.empty()) pages_->grow();
    auto* slot = pages_->free.back();
    pages_->free.pop_back();
    return std::construct_at(slot, std::move(key));
}

void SecretPages::release(crypto::SecretKey* key) noexcept {
    std::destroy_at(key);
    const MutexLock lock{pages_->mutex};
    // Never allocates: the slot was in this list before.
    pages_->free.push_back(key);
}

bool SecretPages::is_locked() const noexcept {
    return pages_->all_locked;
}

LocalSigner::LocalSigner(crypto::SecretKey key, std::shared_ptr<SecretPages> pages)
    : pages_{std::move(pages)},
      key_{pages_->keep(std::move(key))},
      public_key_{crypto::public_key(*key_)} {}

LocalSigner::~LocalSigner() {
    pages_->release(key_);
}

std::expected<crypto::Signature, SignError> LocalSigner::sign(const Hash32& hash) const {
    return crypto::sign(hash, *key_);
}

bool disable_core_dumps() noexcept {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    const bool limited = ::setrlimit(RLIMIT_CORE, &none) == 0;
    return ::prctl(PR_SET_DUMPABLE, 0) == 0 && limited;
}

}  // namespace meta138::signer
