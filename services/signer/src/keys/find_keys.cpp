// SPDX-License-Identifier: Apache-2.0
#include "keys/key_jobs.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <variant>

namespace meta138::signer {
namespace {

constexpr std::size_t max_multikey_size = std::size_t{64} << 10;
constexpr std::size_t max_raw_key_size = 4096;

class Finder {
public:
    Finder(const KeySources& sources, const KeyLoadOptions& options)
        : sources_{sources}, options_{options} {}

    KeyJobs find() && {
        if (sources_.config_directory) find_in_configs(*sources_.config_directory);
        for (const auto& directory : sources_.keystore_directories) find_in_keystores(directory);
        if (sources_.multikey_directory) find_in_multikeys(*sources_.multikey_directory);
        for (const auto& keystore : sources_.keystores)
            add({.reference = {.what = keystore, .file = keystore.keystore_file}, .stamp = {}});
        for (const auto& file : sources_.raw_key_files) find_raw_key(file);
        return std::move(found_);
    }

private:
    void fault(const std::filesystem::path& file, std::string reason, std::size_t line = 0) {
        found_.failed.push_back({.file = file, .line = line, .reason = std::move(reason)});
    }

    void add(KeyJob job) {
        if (found_.jobs.size() < options_.max_keys) return found_.jobs.push_back(std::move(job));
        fault(job.reference.file, fmt::format("left out: more than {} keys", options_.max_keys),
              job.reference.line);
    }

    void find_in_configs(const std::filesystem::path& directory) {
        const auto files = list_files(directory, {".yaml", ".yml"});
        if (!files) return fault(directory, files.error());
        for (const auto& file : *files) {
            const auto content = read_secret_file(file, options_.max_config_size);
            if (!content) {
                fault(file, content.error());
                continue;
            }
            auto decoded = decode_key_config(content->text.reveal(), file, directory);
            std::ranges::move(decoded.errors, std::back_inserter(found_.failed));
            for (auto& key : decoded.keys)
                add({.reference = std::move(key),
                     .stamp = content->stamp,
                     .is_readable_by_others = content->is_readable_by_others});
        }
    }

    void find_in_keystores(const KeystoreDirectory& source) {
        const auto failed_before = found_.failed.size();
        const auto files = list_files(source.directory, {".json"});
        if (!files) fault(source.directory, files.error());
        for (const auto& file : files.value_or(std::vector<std::filesystem::path>{})) {
            KeystoreReference keystore{.keystore_file = file,
                                       .password_file = {},
                                       .password_form = PasswordForm::whole_file};
            if (source.passwords_directory) {
                keystore.password_file =
                    *source.passwords_directory / file.filename().replace_extension(".txt");
            } else {
                keystore.password_file = source.password_file.value_or("");
            }
            add({.reference = {.what = std::move(keystore), .file = file},
                 .stamp = {},
                 .is_bulk = true});
        }
        found_.bulk_failed += found_.failed.size() - failed_before;
    }

    void find_in_multikeys(const std::filesystem::path& directory) {
        const auto files = list_files(directory, {".toml"});
        if (!files) return fault(directory, files.error());
        for (const auto& file : *files) {
            const auto content = read_secret_file(file, max_multikey_size);
            if (!content) {
                fault(file, content.error());
                continue;
            }
            auto decoded = decode_multikey_file(content->text.reveal(), file);
            if (decoded) {
                add({.reference = *std::move(decoded), .stamp = content->stamp});
            } else {
                found_.failed.push_back(std::move(decoded).error());
            }
        }
    }

    void find_raw_key(const std::filesystem::path& file) {
        auto content = read_secret_file(file, max_raw_key_size);
        if (!content) return fault(file, content.error());
        add({.reference = {.what = RawKey{std::move(content->text)}, .file = file},
             .stamp = content->stamp,
             .is_readable_by_others = content->is_readable_by_others});
    }

    const KeySources& sources_;
    const KeyLoadOptions& options_;
    KeyJobs found_;
};

}  // namespace

std::string KeyJob::identity() const {
    auto identity = fmt::format("{}\n{}", reference.file.string(), reference.line);
    if (const auto* keystore = std::get_if<KeystoreReference>(&reference.what))
        identity += fmt::format("\n{}\n{}\n{}", keystore->keystore_file.string(),
                                keystore->password_file.string(),
                                std::to_underlying(keystore->password_form));
    return identity;
}

std::string KeyJob::source() const {
    return reference.line == 0 ? reference.file.string()
                               : fmt::format("{}:{}", reference.file.string(), reference.line);
}

KeyJobs find_keys(const KeySources& sources, const KeyLoadOptions& options) {
    return Finder{sources, options}.find();
}

}  // namespace meta138::signer
