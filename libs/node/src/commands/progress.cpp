// SPDX-License-Identifier: Apache-2.0
#include "commands/progress.hpp"

#include "block_producer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace meta138::node {
namespace {

using blockchain::ChainFileProgress;

/// Between 0 and 1.
double share_of(const ChainFileProgress& progress) {
    const auto part = [](std::uint64_t done, std::uint64_t total) {
        return total == 0 ? 0.0 : static_cast<double>(done) / static_cast<double>(total);
    };
    return std::min(1.0, std::max(part(progress.bytes, progress.total_bytes),
                                  part(progress.blocks, progress.total_blocks)));
}

std::string time_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds);
    if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
    return fmt::format("{}m{:02}s", whole / 60, whole % 60);
}

struct Rates {
    double blocks = 0;  // a second
    double mgas = 0;    // a second
};

Rates rates_of(const ChainFileProgress& progress, double seconds) {
    const auto time = std::max(seconds, 1e-3);
    return {.blocks = static_cast<double>(progress.blocks) / time,
            .mgas = static_cast<double>(progress.gas) / 1e6 / time};
}

}  // namespace

Progress::Progress(std::string what, bool json)
    : what_{std::move(what)}, json_{json}, is_terminal_{::isatty(STDOUT_FILENO) != 0} {}

double Progress::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Progress::show(const ChainFileProgress& progress) {
    using std::chrono::milliseconds;
    const auto now = std::chrono::steady_clock::now();
    const auto pause =
        json_ ? milliseconds{1'000} : (is_terminal_ ? milliseconds{100} : milliseconds{10'000});
    if (now - shown_ < pause) return;
    shown_ = now;
    if (json_)
        show_json(progress, false);
    else if (is_terminal_)
        show_bar(progress);
    else
        show_line(progress, false);
}

void Progress::finish(const ChainFileProgress& progress) {
    if (json_) {
        show_json(progress, true);
        return;
    }
    if (is_terminal_) {
        show_bar(progress);
        fmt::print("\n");
    }
    show_line(progress, true);
}

void Progress::show_bar(const ChainFileProgress& progress) const {
    constexpr int width = 30;
    const auto share = share_of(progress);
    const auto filled = static_cast<int>(share * width);
    const auto rates = rates_of(progress, seconds());
    const auto left = share > 0 ? seconds() * (1 - share) / share : 0;
    fmt::print("\r\033[K{} [{:#<{}}{:.<{}}] {:3.0f}%  #{}  {:.0f} blocks/s  {:.1f} Mgas/s  {} left",
               what_, "", filled, "", width - filled, share * 100, with_commas(progress.number),
               rates.blocks, rates.mgas, time_text(left));
    std::fflush(stdout);
}

void Progress::show_line(const ChainFileProgress& progress, bool is_last) const {
    const auto rates = rates_of(progress, seconds());
    fmt::print("{}{}: {} blocks up to #{}, {} transactions, {:.0f} blocks/s, {:.1f} Mgas/s, {}{}\n",
               what_, is_last ? " done" : "", with_commas(progress.blocks),
               with_commas(progress.number), with_commas(progress.transactions), rates.blocks,
               rates.mgas, time_text(seconds()),
               progress.known_blocks == 0
                   ? std::string{}
                   : fmt::format(", {} known before", with_commas(progress.known_blocks)));
    std::fflush(stdout);
}

void Progress::show_json(const ChainFileProgress& progress, bool is_last) const {
    const auto rates = rates_of(progress, seconds());
    fmt::print(
        R"({{"done":{},"number":{},"blocks":{},"knownBlocks":{},"transactions":{},"gas":{},)"
        R"("share":{:.4f},"seconds":{:.3f},"blocksPerSecond":{:.1f},"mgasPerSecond":{:.2f}}})"
        "\n",
        is_last, progress.number, progress.blocks, progress.known_blocks, progress.transactions,
        progress.gas, is_last ? 1.0 : share_of(progress), seconds(), rates.blocks, rates.mgas);
    std::fflush(stdout);
}

}  // namespace meta138::node
