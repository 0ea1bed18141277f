// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/invalid_block.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

namespace meta138::execution {

namespace {

struct ValueText {
    std::string operator()(std::monostate) const { return "none"; }
    std::string operator()(std::uint64_t value) const { return fmt::format("{}", value); }
    std::string operator()(const uint256& value) const { return to_hex(to_hash32(value).bytes); }
    std::string operator()(const Hash32& value) const { return to_hex(value.bytes); }
};

bool is_none(const InvalidBlock::Value& value) {
    return std::holds_alternative<std::monostate>(value);
}

}  // namespace

std::string_view to_string(BlockRule rule) noexcept {
    switch (rule) {
        using enum BlockRule;
        case parent_hash: return "parent_hash";
        case number: return "number";
        case timestamp: return "timestamp";
        case gas_limit: return "gas_limit";
        case gas_used_above_limit: return "gas_used above gas_limit";
        case extra_data_size: return "size of extra_data";
        case dao_extra_data: return "extra_data of the DAO fork";
        case difficulty: return "difficulty";
        case nonce: return "nonce";
        case ommers_not_allowed: return "ommers where there are none";
        case base_fee_per_gas: return "base_fee_per_gas";
        case header_fields: return "fields of the header";
        case excess_blob_gas: return "excess_blob_gas";
        case blob_gas_limit: return "blob_gas_used above the limit";
        case ommer_count: return "number of ommers";
        case ommer_header: return "header of an ommer";
        case ommer_depth: return "age of an ommer";
        case ommer_is_ancestor: return "ommer is an ancestor";
        case ommer_is_duplicate: return "ommer was there before";
        case ommer_parent: return "parent of an ommer";
        case block_size: return "size of the block";
        case transactions_root: return "transactions_root";
        case ommers_hash: return "ommers_hash";
        case withdrawals: return "presence of withdrawals";
        case withdrawals_root: return "withdrawals_root";
        case sender: return "sender of a transaction";
        case transaction: return "transaction";
        case system_contract_missing: return "system contract missing";
        case system_contract_failed: return "system contract failed";
        case deposit_event: return "layout of a deposit event";
        case gas_used: return "gas_used";
        case blob_gas_used: return "blob_gas_used";
        case receipt_root: return "receipt_root";
        case bloom: return "bloom";
        case requests_hash: return "requests_hash";
        case state_root: return "state_root";
    }
    return "unknown";
}

std::string to_string(const InvalidBlock& error) {
    std::string text{to_string(error.rule)};
    if (error.index) text += fmt::format(" {}", *error.index);
    if (error.transaction_error) text += fmt::format(": {}", to_string(*error.transaction_error));
    if (!is_none(error.got)) text += fmt::format(": got {}", std::visit(ValueText{}, error.got));
    if (!is_none(error.expected))
        text += fmt::format(", expected {}", std::visit(ValueText{}, error.expected));
    return text;
}

}  // namespace meta138::execution
