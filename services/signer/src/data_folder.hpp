// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace meta138::signer {

/// The folder of --data-path, held by one process at a time: two signers with the same accounts
/// would give the same nonces.
class DataFolder {
public:
    /// Makes the folder (0700) if need be, and locks it. Throws OptionError.
    explicit DataFolder(std::filesystem::path path);
    ~DataFolder();
    DataFolder(const DataFolder&) = delete;
    DataFolder& operator=(const DataFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// `web3signer.ports`, for scripts that ask where the signer listens; removed at the end.
    void write_ports(std::uint16_t http, std::uint16_t metrics) const;

private:
    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace meta138::signer
