// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/key_store.hpp"

#include "keys/key_jobs.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/signer/keystore_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <map>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>

namespace meta138::signer {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_password_size = 4096;

/// Lets those who decrypt take no more memory together than there is for them.
class MemoryBudget {
public:
    explicit MemoryBudget(std::uint64_t limit) : limit_{limit} {}

    void take(std::uint64_t size) META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        // One that needs more than there is goes alone.
        while (taken_ != 0 && taken_ + size > limit_) freed_.wait(mutex_);
        taken_ += size;
    }
    void give_back(std::uint64_t size) META138_EXCLUDES(mutex_) {
        {
            const MutexLock lock{mutex_};
            taken_ -= size;
        }
        freed_.notify_all();
    }

private:
    const std::uint64_t limit_;
    Mutex mutex_;
    std::condition_variable_any freed_;
    std::uint64_t taken_ META138_GUARDED_BY(mutex_) = 0;
};

/// The files that a key came from, as they were then, and the key.
struct LoadedKey {
    std::vector<FileStamp> stamps;
    std::shared_ptr<const Signer> signer;
};

using LoadedKeys = std::unordered_map<std::string, LoadedKey>;

}  // namespace

struct KeyStore::Known {
    LoadedKeys loaded;
    bool is_first = true;
};

/// One run of load().
struct KeyStore::Load {
    const KeyStore& store;
    const LoadedKeys& before;
    std::vector<KeyJob>& jobs;
    const std::function<void(KeyLoadProgress)>& progress;
    const std::stop_token& stop;
    Published<KeySet>* publishes_to = nullptr;
    MemoryBudget memory{store.options_.memory};
    std::atomic<std::size_t> next_job{0};

    Mutex mutex{};
    // One a job, so that the order of the sources decides which of two equal keys counts.
    std::vector<std::optional<Key>> keys META138_GUARDED_BY(mutex){};
    LoadedKeys loaded META138_GUARDED_BY(mutex){};
    std::vector<KeyFileError> failed META138_GUARDED_BY(mutex){};
    std::size_t bulk_failed META138_GUARDED_BY(mutex) = 0;
    std::size_t decrypted META138_GUARDED_BY(mutex) = 0;
    std::size_t open_passwords META138_GUARDED_BY(mutex) = 0;
    std::string an_open_password META138_GUARDED_BY(mutex){};
    std::size_t done META138_GUARDED_BY(mutex) = 0;
    std::chrono::steady_clock::time_point published_at META138_GUARDED_BY(mutex){};

    void run() {
        for (auto index = next_job++; index < jobs.size() && !stop.stop_requested();
             index = next_job++) {
            auto& job = jobs[index];
            auto result = load(job);
            // The digits of a raw key are not needed any more.
            if (auto* raw = std::get_if<RawKey>(&job.reference.what)) raw->digits = {};
            const MutexLock lock{mutex};
            if (result) {
                keys[index] = Key{.address = crypto::address_of(result->signer->public_key()),
                                  .signer = result->signer,
                                  .source = job.source()};
                loaded.insert_or_assign(job.identity(), *std::move(result));
            } else {
                failed.push_back({.file = job.reference.file,
                                  .line = job.reference.line,
                                  .reason = std::move(result).error()});
                if (job.is_bulk) ++bulk_failed;
            }
            ++done;
            if (progress) progress({.done = done, .total = jobs.size()});
            publish();
        }
    }

    // At most five times a second: a set is made anew each time.
    void publish() META138_REQUIRES(mutex) {
        const auto now = std::chrono::steady_clock::now();
        if (publishes_to == nullptr || now - published_at < 200ms) return;
        published_at = now;
        publishes_to->store(key_set());
    }

    [[nodiscard]] KeySet key_set() const META138_REQUIRES(mutex) {
        std::vector<Key> present;
        for (const auto& key : keys) {
            if (key) present.push_back(*key);
        }
        return KeySet{std::move(present)};
    }

    std::expected<LoadedKey, std::string> load(const KeyJob& job) {
        auto key =
            std::visit([&](const auto& what) { return load(job, what); }, job.reference.what);
        if (!key || !job.reference.address) return key;
        const auto address = crypto::address_of(key->signer->public_key());
        if (address == *job.reference.address) return key;
        return std::unexpected{fmt::format("the key is that of {}, but the file's name says {}",
                                           to_hex(address.bytes),
                                           to_hex(job.reference.address->bytes))};
    }

    [[nodiscard]] const LoadedKey* unchanged(const KeyJob& job,
                                             const std::vector<FileStamp>& stamps) const {
        const auto known = before.find(job.identity());
        return known != before.end() && known->second.stamps == stamps ? &known->second : nullptr;
    }

    std::expected<LoadedKey, std::string> load(const KeyJob& /*job*/, const UnsupportedKey& key) {
        return std::unexpected{
            fmt::format("keys of type {} are not supported by this version", key.type)};
    }

    std::expected<LoadedKey, std::string> load(const KeyJob& job, const RawKey& raw) {
        if (job.is_readable_by_others && !store.options_.allow_readable_by_others)
            return std::unexpected{fmt::format("may be read by others than its owner: chmod 600 {}",
                                               job.reference.file.string())};
        std::vector stamps{job.stamp};
        if (const auto* known = unchanged(job, stamps)) return *known;
        TRY_LET(auto key, decode_raw_key(raw.digits.reveal()));
        return LoadedKey{.stamps = std::move(stamps),
                         .signer = std::make_shared<LocalSigner>(std::move(key), store.pages_)};
    }

    std::expected<LoadedKey, std::string> load(const KeyJob& job, const KeystoreReference& files) {
        const auto keystore_file = read_secret_file(files.keystore_file, max_keystore_size);
        if (!keystore_file)
            return std::unexpected{
                fmt::format("{} {}", files.keystore_file.string(), keystore_file.error())};
        const auto password_file = read_secret_file(files.password_file, max_password_size);
        if (!password_file)
            return std::unexpected{fmt::format(
                "the password file {} {}", files.password_file.string(), password_file.error())};
        if (password_file->is_readable_by_others) note_open_password(files.password_file);
        std::vector stamps{keystore_file->stamp, password_file->stamp};
        if (const auto* known = unchanged(job, stamps)) return *known;
        const auto keystore = decode_keystore(keystore_file->text.reveal());
        if (!keystore)
            return std::unexpected{
                fmt::format("{}: {}", files.keystore_file.string(), keystore.error())};
        auto key =
            decrypt(*keystore, password_in(password_file->text.reveal(), files.password_form));
        if (!key)
            return std::unexpected{
                fmt::format("{} with the password in {}: {}", files.keystore_file.string(),
                            files.password_file.string(), to_string(key.error()))};
        return LoadedKey{.stamps = std::move(stamps),
                         .signer = std::make_shared<LocalSigner>(*std::move(key), store.pages_)};
    }

    std::expected<crypto::SecretKey, crypto::KeystoreError> decrypt(
        const crypto::Keystore& keystore, std::string_view password) {
        const auto size = decryption_memory(keystore);
        memory.take(size);
        auto key = crypto::decrypt_keystore(keystore, as_bytes(password));
        memory.give_back(size);
        const MutexLock lock{mutex};
        ++decrypted;
        return key;
    }

    void note_open_password(const std::filesystem::path& file) {
        const MutexLock lock{mutex};
        if (open_passwords++ == 0) an_open_password = file.string();
    }
};

namespace {

/// What changed from one set of keys to the next, both sorted by address.
void compare(const KeySet& before, const KeySet& after, KeyLoadReport& report) {
    for (const auto& key : after.keys()) {
        if (before.find(key.address) == nullptr) {
            report.added.push_back(key.address);
        } else {
            ++report.unchanged;
        }
    }
    for (const auto& key : before.keys()) {
        if (after.find(key.address) == nullptr) report.removed.push_back(key.address);
    }
}

void warn_of_doubles(const std::vector<std::optional<Key>>& keys, const KeySet& set,
                     KeyLoadReport& report) {
    for (const auto& key : keys) {
        if (!key) continue;
        const auto* counted = set.find(key->address);
        if (counted->source != key->source)
            report.warnings.push_back(fmt::format("{} is named by {} and by {}",
                                                  to_hex(key->address.bytes), counted->source,
                                                  key->source));
    }
}

}  // namespace

KeyStore::KeyStore(KeySources sources, KeyLoadOptions options)
    : sources_{std::move(sources)},
      options_{options},
      pages_{std::make_shared<SecretPages>()},
      keys_{KeySet{}},
      known_{std::make_unique<Known>()} {}

KeyStore::~KeyStore() = default;

KeyLoadReport KeyStore::load(const std::function<void(KeyLoadProgress)>& progress,
                             const std::stop_token& stop) {
    const MutexLock one_at_a_time{loading_};
    const auto begin = std::chrono::steady_clock::now();
    auto found = find_keys(sources_, options_);
    Load load{.store = *this,
              .before = known_->loaded,
              .jobs = found.jobs,
              .progress = progress,
              .stop = stop,
              .publishes_to = known_->is_first ? &keys_ : nullptr};
    {
        const MutexLock lock{load.mutex};
        load.keys.resize(found.jobs.size());
    }
    const auto processors = std::max(1U, std::thread::hardware_concurrency());
    const auto threads = std::min<std::size_t>(
        options_.threads == 0 ? processors : options_.threads, found.jobs.size());
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 1; i < threads; ++i) workers.emplace_back([&load] { load.run(); });
        load.run();
    }
    const MutexLock lock{load.mutex};
    KeyLoadReport report;
    report.decrypted = load.decrypted;
    report.failed = std::move(found.failed);
    std::ranges::move(load.failed, std::back_inserter(report.failed));
    std::ranges::sort(report.failed, {},
                      [](const KeyFileError& error) { return std::pair{error.file, error.line}; });
    report.bulk_failed = found.bulk_failed + load.bulk_failed;
    report.is_complete = load.done == found.jobs.size();
    if (report.is_complete) {
        auto keys = load.key_set();
        const auto before = known_->is_first ? std::make_shared<const KeySet>() : keys_.load();
        compare(*before, keys, report);
        warn_of_doubles(load.keys, keys, report);
        keys_.store(std::move(keys));
        known_->loaded = std::move(load.loaded);
        known_->is_first = false;
    }
    if (load.open_passwords != 0)
        report.warnings.push_back(fmt::format(
            "{} password files may be read by others than their owner, such as {}: chmod 600",
            load.open_passwords, load.an_open_password));
    report.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    return report;
}

}  // namespace meta138::signer
