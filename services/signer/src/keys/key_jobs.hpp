// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keys/files.hpp"

#include "meta138/signer/key_store.hpp"

#include <string>
#include <vector>

namespace meta138::signer {

/// One key to load.
struct KeyJob {
    KeyReference reference;
    FileStamp stamp;                     ///< Of reference.file, if a raw key stands in it.
    bool is_readable_by_others = false;  ///< The same.
    bool is_bulk = false;

    /// The same for the same key in the same place, over loads.
    [[nodiscard]] std::string identity() const;
    /// "keys/a.yaml:3"
    [[nodiscard]] std::string source() const;
};

struct KeyJobs {
    std::vector<KeyJob> jobs;
    std::vector<KeyFileError> failed;
    std::size_t bulk_failed = 0;
};

/// Everything that `sources` name; opens no keystore.
[[nodiscard]] KeyJobs find_keys(const KeySources& sources, const KeyLoadOptions& options);

}  // namespace meta138::signer
