// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"
#include "meta138/base/published.hpp"
#include "meta138/signer/key_files.hpp"
#include "meta138/signer/key_set.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace meta138::signer {

/// A folder of V3 keystores `*.json`. The password of x.json is in passwords/x.txt, or all have
/// one: exactly one of the two paths is set.
struct KeystoreDirectory {
    std::filesystem::path directory;
    std::optional<std::filesystem::path> passwords_directory{};
    std::optional<std::filesystem::path> password_file{};
};

/// Where keys come from.
struct KeySources {
    std::optional<std::filesystem::path> config_directory{};  ///< Web3Signer's *.yaml and *.yml.
    std::vector<KeystoreDirectory> keystore_directories{};
    std::optional<std::filesystem::path> multikey_directory{};  ///< EthSigner's *.toml.
    std::vector<KeystoreReference> keystores{};
    std::vector<std::filesystem::path> raw_key_files{};
};

struct KeyLoadOptions {
    unsigned threads = 0;  ///< That decrypt; 0 for as many as there are processors.
    /// What decrypting takes at most at once, in bytes; the usual keystore takes 256 MiB. One that
    /// needs more than this alone is opened alone.
    std::uint64_t memory = std::uint64_t{1} << 30;
    /// Take raw keys from files that others may read.
    bool allow_readable_by_others = false;
    std::size_t max_config_size = std::size_t{100} << 20;  ///< Of a YAML file, in bytes.
    std::size_t max_keys = 1'000'000;
};

struct KeyLoadReport {
    std::vector<Address> added;
    std::vector<Address> removed;
    std::size_t unchanged = 0;
    std::vector<KeyFileError> failed;   ///< One a key that could not be loaded.
    std::vector<std::string> warnings;  ///< What works, and should not stay so.
    std::size_t decrypted = 0;          ///< Keystores that had to be opened.
    std::size_t bulk_failed = 0;        ///< Those of `failed` that bulk loading met.
    bool is_complete = true;            ///< False if it was stopped: nothing has changed then.
    std::chrono::milliseconds duration{};
};

struct KeyLoadProgress {
    std::size_t done = 0;
    std::size_t total = 0;
};

/// The keys of this process: loads them, and loads them again on request.
///
/// keys() serves any thread at any time. The first load() publishes keys as they become ready;
/// every later one replaces the set in one step when all is read. Files whose time, size and hash
/// are what they were are not decrypted again.
class KeyStore {
public:
    KeyStore(KeySources sources, KeyLoadOptions options);
    ~KeyStore();

    /// Blocks until every source is read; a second caller waits for the first. `progress`, if any,
    /// is called from several threads, never at the same time.
    KeyLoadReport load(const std::function<void(KeyLoadProgress)>& progress = {},
                       const std::stop_token& stop = {}) META138_EXCLUDES(loading_);

    [[nodiscard]] std::shared_ptr<const KeySet> keys() const { return keys_.load(); }
    /// Whether the memory of keys is locked (SecretPages).
    [[nodiscard]] bool is_memory_locked() const noexcept { return pages_->is_locked(); }

private:
    struct Known;
    struct Load;

    const KeySources sources_;
    const KeyLoadOptions options_;
    const std::shared_ptr<SecretPages> pages_;
    Published<KeySet> keys_;
    Mutex loading_;
    std::unique_ptr<Known> known_ META138_GUARDED_BY(loading_);
};

}  // namespace meta138::signer
