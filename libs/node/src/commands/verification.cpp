// SPDX-License-Identifier: Apache-2.0
#include "commands/verification.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <string_view>

namespace meta138::node {
namespace {

class Verifier {
public:
    Verifier(const blockchain::ChainView& view, Verification& result)
        : view_{view}, result_{result} {}

    void check(std::uint64_t number) {
        ++result_.blocks;
        try {
            check_block(number);
        } catch (const storage::IoError& error) {
            fault(number, error.what());
        }
    }

    void fault(std::uint64_t number, std::string_view what) {
        constexpr std::size_t most = 100;
        if (result_.faults.size() < most)
            result_.faults.push_back(fmt::format("block #{}: {}", number, what));
    }

private:
    void check_block(std::uint64_t number) {
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
    Verification& result_;
};

}  // namespace

Verification verify(OpenChain& chain) {
    const auto view = chain.chain().view();
    const auto& head = view->head().header;
    Verification result;
    Verifier verifier{*view, result};
    for (auto number = view->blocks().oldest_block(); number <= head.number; ++number)
        verifier.check(number);
    const auto root = chain.database().commitment().root_after({});
    result.is_state_right = root == head.state_root;
    if (!result.is_state_right)
        verifier.fault(head.number,
                       fmt::format("the root of its state is {}, and its header says {}",
                                   to_hex(root), to_hex(head.state_root)));
    return result;
}

}  // namespace meta138::node
