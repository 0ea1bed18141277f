// SPDX-License-Identifier: Apache-2.0
#include "block_producer.hpp"
#include "commands/commands.hpp"
#include "commands/verification.hpp"
#include "data_directory.hpp"
#include "open_chain.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <thread>

namespace meta138::node {
namespace {

namespace fs = std::filesystem;

/// A chain made anew of the blocks that another has, each executed and checked, in a folder of its
/// own. What is damaged beside the blocks (states, tries, indices) is made whole by that; where a
/// block is damaged itself, it ends.
class Rebuilding {
public:
    explicit Rebuilding(const Options& options)
        : folder_{options.data_path / "repaired"}, options_{options} {
        fs::remove_all(folder_);  // of one that was broken off
        options_.data_path = folder_;
    }

    void run(OpenChain& damaged) {
        OpenChain whole{options_};
        const auto view = damaged.chain().view();
        last_ = view->head().header.number;
        for (std::uint64_t number = 1; number <= last_; ++number) {
            if (!import(*view, whole, number)) return;
            if (number % shown_every == 0)
                fmt::print(stderr, "{} of {} blocks executed\n", with_commas(number),
                           with_commas(last_));
        }
        whole.database().flush();
    }

    /// Puts the new database in the old one's place, and that beside it.
    [[nodiscard]] fs::path take_over(const fs::path& data_path) const {
        const auto database = data_path / "database";
        auto old = data_path / "database.damaged";
        for (int i = 2; fs::exists(old); ++i)
            old = data_path / fmt::format("database.damaged.{}", i);
        fs::rename(database, old);
        fs::rename(folder_ / "database", database);
        fs::remove_all(folder_);
        return old;
    }

    [[nodiscard]] std::uint64_t executed() const noexcept { return executed_; }
    [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
    /// Why it ended before the last block; empty: it did not.
    [[nodiscard]] const std::string& obstacle() const noexcept { return obstacle_; }

private:
    static constexpr std::uint64_t shown_every = 10'000;

    bool import(const blockchain::ChainView& view, OpenChain& whole, std::uint64_t number) {
        try {
            auto block = view.blocks().block(number);
            if (!block) {
                obstacle_ = "it is missing";
                return false;
            }
            const auto imported = whole.chain().import(
                blockchain::PreparedBlock{*std::move(block), whole.chain().consensus(),
                                          std::max(1U, std::thread::hardware_concurrency())});
            if (imported) {
                executed_ = number;
                return true;
            }
            obstacle_ = to_string(imported.error());
        } catch (const storage::IoError& error) {
            obstacle_ = error.what();
        }
        return false;
    }

    const fs::path folder_;
    Options options_;
    std::uint64_t executed_ = 0;
    std::uint64_t last_ = 0;
    std::string obstacle_;
};

}  // namespace

int run_storage_repair(const CommandLine& line) {
    const auto& options = line.options;
    if (options.storage.in_memory) throw OptionError{"There is nothing on a disk to be repaired"};
    Rebuilding rebuilding{options};
    {
        const DataDirectory directory{options};
        OpenChain chain{options};  // nobody else has it open now
        const auto verification = verify(chain);
        for (const auto& fault : verification.faults) fmt::print("{}\n", fault);
        if (verification.faults.empty()) {
            fmt::print("{} blocks checked, nothing to be repaired\n",
                       with_commas(verification.blocks));
            return 0;
        }
        if (const auto oldest = chain.chain().view()->blocks().oldest_block(); oldest > 0)
            throw OptionError{
                fmt::format("Blocks before #{} are not retained, so the chain cannot be executed "
                            "again. Move {} "
                            "away and start the node: it fetches all blocks from its peers",
                            with_commas(oldest), (options.data_path / "database").string())};
        rebuilding.run(chain);
    }
    const auto old = rebuilding.take_over(options.data_path);
    fmt::print("{} of {} blocks executed again; the damaged database is in {}\n",
               with_commas(rebuilding.executed()), with_commas(rebuilding.last()), old.string());
    if (!rebuilding.obstacle().empty())
        fmt::print(
            "Block #{} cannot be taken over: {}\nFrom there on the node fetches blocks from "
            "its peers\n",
            with_commas(rebuilding.executed() + 1), rebuilding.obstacle());
    return 0;
}

}  // namespace meta138::node
