// SPDX-License-Identifier: Apache-2.0
#include "block_logs.hpp"

#include "receipt_json.hpp"

#include "meta138/codec/json/writer.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>

namespace meta138::rpc {

namespace {

LogPlace place_of(const blockchain::ChainView& view, const storage::StoredHeader& block,
                  std::uint32_t index) {
    const auto transaction = view.blocks().transaction({block.header.number, index});
    return {.log_index = 0,
            .block_number = block.header.number,
            .block_timestamp = block.header.timestamp,
            .transaction_index = index,
            .block_hash = block.hash,
            .transaction_hash = transaction ? transaction_hash(transaction->transaction) : Hash32{},
            .is_removed = false};
}

}  // namespace

std::size_t BlockLogs::bytes() const noexcept {
    constexpr std::size_t most_topics = 4;
    return text.size() + entries.size() * (sizeof(Entry) + most_topics * Hash32::size());
}

BlockLogs read_block_logs(const blockchain::ChainView& view, const storage::StoredHeader& block) {
    BlockLogs result;
    const auto receipts = view.blocks().receipts(block.header.number);
    if (!receipts) return result;
    for (std::uint32_t index = 0; index < receipts->size(); ++index) {
        const auto& receipt = (*receipts)[index];
        if (receipt.receipt.logs.empty()) continue;
        auto place = place_of(view, block, index);
        place.log_index = receipt.first_log_index;
        for (const auto& log : receipt.receipt.logs) {
            const auto begin = result.text.size();
            json::Writer out{result.text};
            write_log(out, log, place);
            ++place.log_index;
            result.entries.push_back(
                {.log = {log.address, log.topics, {}}, .begin = begin, .end = result.text.size()});
        }
    }
    return result;
}

}  // namespace meta138::rpc
