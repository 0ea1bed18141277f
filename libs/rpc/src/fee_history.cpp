// SPDX-License-Identifier: Apache-2.0
#include "fee_history.hpp"

#include "next_block.hpp"
#include "transaction_json.hpp"

#include "meta138/execution/validate_block.hpp"
#include "meta138/types/blob_gas.hpp"

#include <algorithm>
#include <vector>

namespace meta138::rpc {

namespace {

constexpr std::size_t max_percentiles = 100;

RpcResult<std::uint64_t> decode_count(const Request& request, json::Value value) {
    const auto count = integer_of(value);
    if (!count || *count == 0 || *count > request.settings.max_fee_history_blocks)
        return fail(error::invalid_block_count_params);
    return *count;
}

/// Every tag but the earliest means the head.
RpcResult<std::uint64_t> decode_newest(const Request& request, json::Value value) {
    const auto block = block_number_of(value);
    if (!block) return fail(error::invalid_block_number_params);
    const auto head = request.view->head().header.number;
    if (const auto* tag = std::get_if<BlockTag>(&block->value))
        return *tag == BlockTag::earliest ? 0 : head;
    const auto number = std::get<std::uint64_t>(block->value);
    if (number > head) return fail(error::invalid_block_number_params);
    return number;
}

RpcResult<std::vector<double>> decode_percentiles(json::Value value) {
    std::vector<double> result;
    if (value.is_missing()) return result;
    if (!value.is_array()) return fail(error::invalid_reward_percentiles_params);
    for (const auto element : value.elements()) {
        const auto percentile = element.number();
        if (!percentile || !(*percentile >= 0 && *percentile <= 100) ||
            result.size() == max_percentiles)
            return fail(error::invalid_reward_percentiles_params);
        result.push_back(*percentile);
    }
    return result;
}

struct Reward {
    uint256 fee;
    std::uint64_t gas_used = 0;
};

/// What the transactions of a block paid beyond its base fee, cheapest first.
std::vector<Reward> rewards_of(const blockchain::ChainView& view, const Header& header) {
    const auto block = view.blocks().block(header.number);
    const auto receipts = view.blocks().receipts(header.number);
    std::vector<Reward> result;
    if (!block || !receipts) return result;
    const auto base_fee = header.base_fee_per_gas.value_or(uint256{});
    for (std::size_t i = 0; i < std::min(block->transactions.size(), receipts->size()); ++i) {
        const auto price = effective_gas_price(block->transactions[i], header.base_fee_per_gas);
        result.push_back(
            {checked_sub(price, base_fee).value_or(uint256{}), (*receipts)[i].gas_used});
    }
    std::ranges::sort(result, {}, &Reward::fee);
    return result;
}

void write_rewards(const blockchain::ChainView& view, const Header& header,
                   const std::vector<double>& percentiles, json::Writer& out) {
    const auto rewards = rewards_of(view, header);
    out.open_array();
    for (const auto percentile : percentiles) {  // in any order
        const auto threshold =
            static_cast<std::uint64_t>(static_cast<double>(header.gas_used) * percentile / 100);
        std::size_t at = 0;
        std::uint64_t gas = rewards.empty() ? 0 : rewards[0].gas_used;
        while (gas < threshold && at + 1 < rewards.size()) gas += rewards[++at].gas_used;
        out.quantity(rewards.empty() ? uint256{} : rewards[at].fee);
    }
    out.close_array();
}

struct NextFees {
    uint256 base_fee;
    uint256 blob_base_fee;
};

/// Of the block after `newest`, which may exist or not.
NextFees fees_after(const blockchain::ChainView& view, std::uint64_t newest) {
    if (const auto next = view.blocks().header(newest + 1)) {
        return {next->header.base_fee_per_gas.value_or(uint256{}),
                blob_base_fee_of(view, next->header).value_or(uint256{})};
    }
    return {next_base_fee(view).value_or(uint256{}), next_blob_base_fee(view).value_or(uint256{})};
}

double ratio(std::uint64_t used, std::uint64_t limit) {
    return limit == 0 ? 0.0 : static_cast<double>(used) / static_cast<double>(limit);
}

void write_fees(const blockchain::ChainView& view, const std::vector<Header>& headers,
                json::Writer& out) {
    const auto next = fees_after(view, headers.back().number);
    out.key("baseFeePerGas").open_array();
    for (const auto& header : headers) out.quantity(header.base_fee_per_gas.value_or(uint256{}));
    out.quantity(next.base_fee);
    out.close_array();
    out.key("baseFeePerBlobGas").open_array();
    for (const auto& header : headers)
        out.quantity(blob_base_fee_of(view, header).value_or(uint256{}));
    out.quantity(next.blob_base_fee);
    out.close_array();
    out.key("gasUsedRatio").open_array();
    for (const auto& header : headers) out.number(ratio(header.gas_used, header.gas_limit));
    out.close_array();
    out.key("blobGasUsedRatio").open_array();
    for (const auto& header : headers) {
        const auto max_blob_gas =
            header.blob_gas_used ? view.rules_of(header).blobs.max * GAS_PER_BLOB : 0;
        out.number(ratio(header.blob_gas_used.value_or(0), max_blob_gas));
    }
    out.close_array();
}

}  // namespace

RpcResult<void> write_fee_history(const Request& request, json::Value count, json::Value newest,
                                  json::Value percentiles, json::Writer& out) {
    TRY_LET(const auto wanted, decode_count(request, count));
    TRY_LET(const auto last, decode_newest(request, newest));
    TRY_LET(const auto ranks, decode_percentiles(percentiles));
    const auto first = last + 1 > wanted ? last + 1 - wanted : 0;
    std::vector<Header> headers;
    for (auto number = first; number <= last; ++number) {
        const auto stored = request.view->blocks().header(number);
        if (!stored) return fail(error::block_not_found);
        headers.push_back(stored->header);
    }
    out.open_object();
    out.key("oldestBlock").quantity(first);
    write_fees(*request.view, headers, out);
    if (!ranks.empty()) {
        out.key("reward").open_array();
        for (const auto& header : headers) {
            if (request.is_cancelled()) return fail(error::timeout);
            write_rewards(*request.view, header, ranks, out);
        }
        out.close_array();
    }
    out.close_object();
    return {};
}

}  // namespace meta138::rpc
