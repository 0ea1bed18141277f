// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/try.hpp"
#include "meta138/blockchain/chain_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace meta138::blockchain {

namespace {

namespace fs = std::filesystem;

void check(const std::ofstream& out, const fs::path& file) {
    if (!out)
        throw storage::IoError{
            fmt::format("cannot write {}: {}", file.string(), std::strerror(errno))};
}

// Where an export begins: beside the file that it replaces, or at the end of the one it adds to.
std::ofstream open(const fs::path& file, bool append) {
    std::ofstream out{file, std::ios::binary | (append ? std::ios::app : std::ios::trunc)};
    check(out, file);
    return out;
}

std::expected<ChainFileProgress, ChainFileError> write_blocks(
    const ChainView& view, std::ofstream& out, const fs::path& file, const ExportOptions& options,
    const OnChainFileProgress& on_progress) {
    const auto last = std::min(options.to, view.head().header.number);
    ChainFileProgress progress;
    progress.total_blocks = last - options.from + 1;
    for (auto number = options.from; number <= last; ++number) {
        const auto block = view.blocks().block(number);
        if (!block)
            return std::unexpected{ChainFileError{
                .reason = fmt::format("block {} is no longer retained; the oldest is {}", number,
                                      view.blocks().oldest_block()),
                .number = number}};
        const auto encoded = encode_block(*block);
        out.write(reinterpret_cast<const char*>(encoded.data()),
                  static_cast<std::streamsize>(encoded.size()));
        check(out, file);
        progress.number = number;
        progress.bytes += encoded.size();
        ++progress.blocks;
        progress.transactions += block->transactions.size();
        progress.gas += block->header.gas_used;
        if (on_progress && !on_progress(progress)) break;
    }
    out.close();
    check(out, file);
    return progress;
}

}  // namespace

std::expected<ChainFileProgress, ChainFileError> export_chain_file(
    const ChainView& view, const fs::path& file, const ExportOptions& options,
    const OnChainFileProgress& on_progress) {
    if (options.from > std::min(options.to, view.head().header.number))
        return std::unexpected{ChainFileError{
            .reason = fmt::format("there is no block from {} to {}: the head is {}", options.from,
                                  options.to, view.head().header.number)}};
    auto target = file;
    if (!options.append) target += ".part";
    std::error_code none;
    const auto size_before = options.append && fs::exists(file, none) ? fs::file_size(file) : 0;
    auto out = open(target, options.append);
    auto progress = write_blocks(view, out, target, options, on_progress);
    if (!progress) {
        out.close();
        if (options.append)
            fs::resize_file(target, size_before, none);
        else
            fs::remove(target, none);
        return progress;
    }
    if (!options.append) fs::rename(target, file);
    return progress;
}

}  // namespace meta138::blockchain
