// SPDX-License-Identifier: Apache-2.0
#include "chain_file_reader.hpp"

#include <fmt/format.h>

namespace meta138::blockchain {

namespace {

// Yellow Paper appendix B: the first byte of a list says its size, or how many bytes say it.
constexpr std::uint8_t first_list = 0xc0;
constexpr std::uint8_t first_long_list = 0xf8;

}  // namespace

ChainFileReader::ChainFileReader(const std::filesystem::path& file, std::size_t max_block_size)
    : in_{file, std::ios::binary}, file_{file}, max_block_size_{max_block_size} {
    std::error_code ignored;
    if (in_) file_size_ = std::filesystem::file_size(file, ignored);
}

ChainFileError ChainFileReader::error(std::string reason) const {
    return {.reason = fmt::format("{}, byte {}: {}", file_.string(), offset_, reason),
            .offset = offset_};
}

bool ChainFileReader::read(Bytes& into, std::size_t size) {
    const auto before = into.size();
    into.resize(before + size);
    in_.read(reinterpret_cast<char*>(into.data()) + before, static_cast<std::streamsize>(size));
    return static_cast<std::size_t>(in_.gcount()) == size;
}

std::expected<std::optional<ChainFileReader::Encoded>, ChainFileError> ChainFileReader::next() {
    if (!in_.is_open())
        return std::unexpected{ChainFileError{fmt::format("cannot open {}", file_.string())}};
    if (in_.peek() == std::ifstream::traits_type::eof()) {
        if (in_.bad()) return std::unexpected{error("cannot be read")};
        return std::nullopt;
    }
    Encoded encoded{.offset = offset_, .block = {}};
    auto& bytes = encoded.block;
    read(bytes, 1);
    if (bytes.front() < first_list)
        return std::unexpected{
            error("expected a block, which is a list, found a string; is it a "
                  "chain file?")};
    std::uint64_t size = bytes.front() - first_list;
    if (bytes.front() >= first_long_list) {
        const std::size_t size_bytes = bytes.front() - first_long_list + 1U;
        if (!read(bytes, size_bytes)) return std::unexpected{error("ends within a block")};
        size = 0;
        for (const auto byte : ByteView{bytes}.subspan(1)) size = size << 8 | byte;
    }
    if (size > max_block_size_)
        return std::unexpected{
            error(fmt::format("a block of {} bytes, the limit is {}", size, max_block_size_))};
    if (!read(bytes, size)) return std::unexpected{error("ends within a block")};
    offset_ += bytes.size();
    return encoded;
}

}  // namespace meta138::blockchain
