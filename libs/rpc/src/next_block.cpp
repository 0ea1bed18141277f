// SPDX-License-Identifier: Apache-2.0
#include "next_block.hpp"

#include "meta138/execution/validate_block.hpp"
#include "meta138/types/blob_gas.hpp"

namespace meta138::rpc {

namespace {

execution::BlockRules rules_after(const blockchain::ChainView& view) {
    return view.next_rules(view.head().header.timestamp + 1);
}

}  // namespace

std::optional<uint256> next_base_fee(const blockchain::ChainView& view) {
    const auto rules = rules_after(view);
    if (rules.fork < Fork::london) return std::nullopt;
    return execution::base_fee_after(view.head().header, rules);
}

std::optional<uint256> next_blob_base_fee(const blockchain::ChainView& view) {
    const auto rules = rules_after(view);
    if (rules.fork < Fork::cancun) return std::nullopt;
    return blob_base_fee(calc_excess_blob_gas(view.head().header, rules.fork, rules.blobs),
                         rules.blobs);
}

std::optional<uint256> blob_base_fee_of(const blockchain::ChainView& view, const Header& header) {
    if (!header.excess_blob_gas) return std::nullopt;
    return blob_base_fee(*header.excess_blob_gas, view.rules_of(header).blobs);
}

}  // namespace meta138::rpc
