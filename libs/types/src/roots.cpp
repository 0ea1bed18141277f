// SPDX-License-Identifier: Apache-2.0
#include "opaque.hpp"

#include "meta138/trie/ordered_list_root.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/receipt.hpp"

#include <vector>

namespace meta138 {
namespace {

// The root over `items`, each encoded by write(out, item): all in one buffer, which costs two
// allocations rather than one an item.
template <typename Item, typename Write>
Hash32 root_of(std::span<const Item> items, Write&& write) {
    rlp::Writer out;
    std::vector<std::size_t> ends;
    ends.reserve(items.size());
    for (const auto& item : items) {
        write(out, item);
        ends.push_back(out.size());
    }
    std::vector<ByteView> views;
    views.reserve(items.size());
    std::size_t begin = 0;
    for (const auto end : ends) {
        views.push_back(out.view().subspan(begin, end - begin));
        begin = end;
    }
    return trie::ordered_list_root(std::span<const ByteView>{views});
}

}  // namespace

Hash32 transactions_root(std::span<const Transaction> transactions) {
    return root_of(transactions, write_opaque_transaction);
}

Hash32 receipts_root(std::span<const Receipt> receipts) {
    return root_of(receipts, write_opaque_receipt);
}

Hash32 withdrawals_root(std::span<const Withdrawal> withdrawals) {
    return root_of(withdrawals, write_withdrawal);
}

}  // namespace meta138
