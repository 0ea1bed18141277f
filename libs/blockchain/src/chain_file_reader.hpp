// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/chain_file.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <fstream>
#include <optional>

namespace meta138::blockchain {

/// Reads the encoded blocks of a file one after the other.
class ChainFileReader {
public:
    ChainFileReader(const std::filesystem::path& file, std::size_t max_block_size);

    struct Encoded {
        std::uint64_t offset = 0;
        Bytes block;
    };
    /// The next block, or none at the end.
    std::expected<std::optional<Encoded>, ChainFileError> next();

    [[nodiscard]] std::uint64_t file_size() const noexcept { return file_size_; }

private:
    [[nodiscard]] ChainFileError error(std::string reason) const;
    bool read(Bytes& into, std::size_t size);

    std::ifstream in_;
    std::filesystem::path file_;
    std::size_t max_block_size_;
    std::uint64_t file_size_ = 0;
    std::uint64_t offset_ = 0;
};

}  // namespace meta138::blockchain
