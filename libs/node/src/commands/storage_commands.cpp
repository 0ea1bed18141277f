// SPDX-License-Identifier: Apache-2.0
#include "block_producer.hpp"
#include "commands/commands.hpp"
#include "open_chain.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

namespace meta138::node {
namespace {

bool wants_json(const CommandLine& line) {
    const auto found = line.command_options.find("json");
    return found != line.command_options.end() && found->second == "true";
}

std::string size_text(std::uint64_t bytes) {
    if (bytes >= std::uint64_t{10} << 30)
        return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30));
    if (bytes >= 10 << 20) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
    return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / (1 << 10));
}

/// What does not fit together, one sentence each.
class Verification {
public:
    explicit Verification(const blockchain::ChainView& view) : view_{view} {}

    void run() {
        const auto head = view_.head().header.number;
        for (auto number = view_.blocks().oldest_block(); number <= head; ++number)
            check_block(number);
    }

    [[nodiscard]] const std::vector<std::string>& faults() const noexcept { return faults_; }
    [[nodiscard]] std::uint64_t blocks() const noexcept { return blocks_; }

private:
    void fault(std::uint64_t number, std::string_view what) {
        constexpr std::size_t most = 100;
        if (faults_.size() < most) faults_.push_back(fmt::format("block #{}: {}", number, what));
    }

    void check_block(std::uint64_t number) {
        ++blocks_;
        const auto stored = view_.blocks().header(number);
        const auto block = view_.blocks().block(number);
        const auto receipts = view_.blocks().receipts(number);
        if (!stored || !block || !receipts)
            return fault(number, "header, body or receipts missing");
        if (number > 0 && view_.block_hash(number - 1) != stored->header.parent_hash)
            fault(number, "its parent is another block");
        if (view_.consensus().block_hash(stored->header) != stored->hash)
            fault(number, "its hash is not that of its header");
        if (transactions_root(block->transactions) != stored->header.transactions_root)
            fault(number, "its transactions are not those of its header");
        std::vector<Receipt> plain;
        for (const auto& each : *receipts) plain.push_back(each.receipt);
        if (receipts_root(plain) != stored->header.receipt_root)
            fault(number, "its receipts are not those of its header");
    }

    const blockchain::ChainView& view_;
    std::uint64_t blocks_ = 0;
    std::vector<std::string> faults_;
};

}  // namespace

int run_storage_usage(const CommandLine& line) {
    OpenChain chain{line.options};
    const auto usage = chain.database().disk_usage();
    if (wants_json(line)) {
        std::string text;
        json::Writer out{text};
        out.open_object();
        for (const auto& each : usage) out.key(each.name).number(each.bytes);
        out.close_object();
        fmt::print("{}\n", text);
        return 0;
    }
    std::uint64_t total = 0;
    for (const auto& each : usage) {
        fmt::print("{:<32}{:>14}\n", each.name, size_text(each.bytes));
        total += each.bytes;
    }
    fmt::print("{:<32}{:>14}\n", "total", size_text(total));
    return 0;
}

int run_storage_verify(const CommandLine& line) {
    OpenChain chain{line.options};
    const auto view = chain.chain().view();
    Verification verification{*view};
    verification.run();
    const auto root = chain.database().commitment().root_after({});
    const bool is_state_right = root == view->head().header.state_root;
    if (wants_json(line)) {
        std::string text;
        json::Writer out{text};
        out.open_object();
        out.key("blocks").number(verification.blocks());
        out.key("stateRootMatches").boolean(is_state_right);
        out.key("faults").open_array();
        for (const auto& fault : verification.faults()) out.string(fault);
        out.close_array().close_object();
        fmt::print("{}\n", text);
    } else {
        for (const auto& fault : verification.faults()) fmt::print("{}\n", fault);
        if (!is_state_right)
            fmt::print("state of block #{}: its root is {}, and the header says {}\n",
                       view->head().header.number, to_hex(root),
                       to_hex(view->head().header.state_root));
        fmt::print("{} blocks checked, {} faults\n", with_commas(verification.blocks()),
                   verification.faults().size() + (is_state_right ? 0 : 1));
    }
    return verification.faults().empty() && is_state_right ? 0 : 1;
}

int run_storage_prune(const CommandLine& line) {
    if (line.options.storage.keep == StorageOptions::Keep::archive)
        throw OptionError{"What to keep? Say it with --retention=window:N or --retention=minimal"};
    OpenChain chain{line.options};
    constexpr std::size_t blocks_at_once = 1024;
    std::uint64_t pruned = 0;
    while (const auto blocks = chain.database().prune(blocks_at_once)) pruned += blocks;
    chain.database().flush();
    if (wants_json(line))
        fmt::print("{{\"blocks\":{}}}\n", pruned);
    else
        fmt::print("{} blocks' worth of history removed\n", with_commas(pruned));
    return 0;
}

}  // namespace meta138::node
