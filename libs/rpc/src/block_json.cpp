// SPDX-License-Identifier: Apache-2.0
#include "block_json.hpp"

#include "transaction_json.hpp"

#include "meta138/types/account.hpp"

#include <vector>

namespace meta138::rpc {

namespace {

void write_header_members(json::Writer& out, const Header& header, const Hash32& hash,
                          const std::optional<uint256>& total_difficulty, std::uint64_t size) {
    out.key("number").quantity(header.number);
    out.key("hash").hex(hash.bytes);
    out.key("mixHash").hex(header.prev_randao.bytes);
    out.key("parentHash").hex(header.parent_hash.bytes);
    out.key("nonce").hex(header.nonce.bytes);
    out.key("sha3Uncles").hex(header.ommers_hash.bytes);
    out.key("logsBloom").hex(header.bloom.bytes);
    out.key("transactionsRoot").hex(header.transactions_root.bytes);
    out.key("stateRoot").hex(header.state_root.bytes);
    out.key("receiptsRoot").hex(header.receipt_root.bytes);
    out.key("miner").hex(header.coinbase.bytes);
    out.key("difficulty").quantity(header.difficulty);
    if (total_difficulty) out.key("totalDifficulty").quantity(*total_difficulty);
    out.key("extraData").hex(header.extra_data);
    if (header.base_fee_per_gas) out.key("baseFeePerGas").quantity(*header.base_fee_per_gas);
    out.key("size").quantity(size);
    out.key("gasLimit").quantity(header.gas_limit);
    out.key("gasUsed").quantity(header.gas_used);
    out.key("timestamp").quantity(header.timestamp);
}

void write_withdrawals(json::Writer& out, const std::vector<Withdrawal>& withdrawals) {
    out.key("withdrawals").open_array();
    for (const auto& withdrawal : withdrawals) {
        out.open_object();
        out.key("index").quantity(withdrawal.index);
        out.key("validatorIndex").quantity(withdrawal.validator_index);
        out.key("address").hex(withdrawal.address.bytes);
        out.key("amount").quantity(withdrawal.amount);
        out.close_object();
    }
    out.close_array();
}

void write_transactions(json::Writer& out, const BlockParts& block, bool full) {
    TransactionPlace place{.block_hash = block.hash,
                           .block_number = block.header.number,
                           .block_timestamp = block.header.timestamp,
                           .index = 0,
                           .base_fee_per_gas = block.header.base_fee_per_gas};
    out.key("transactions").open_array();
    for (const auto& transaction : block.transactions) {
        const auto hash = transaction_hash(transaction);
        if (full) {
            write_transaction(out, transaction, hash, block.senders[place.index], place);
        } else {
            out.hex(hash.bytes);
        }
        ++place.index;
    }
    out.close_array();
}

void write_later_members(json::Writer& out, const Header& header) {
    if (header.requests_hash) out.key("requestsHash").hex(header.requests_hash->bytes);
    if (header.blob_gas_used) out.key("blobGasUsed").quantity(*header.blob_gas_used);
    if (header.excess_blob_gas) out.key("excessBlobGas").quantity(*header.excess_blob_gas);
    if (header.parent_beacon_block_root)
        out.key("parentBeaconBlockRoot").hex(header.parent_beacon_block_root->bytes);
}

}  // namespace

void write_block(json::Writer& out, const BlockParts& block, bool full,
                 const blockchain::Consensus& consensus) {
    out.open_object();
    write_header_members(out, block.header, block.hash, block.total_difficulty, block.size);
    out.key("uncles").open_array();
    for (const auto& ommer : block.ommers) out.hex(consensus.block_hash(ommer).bytes);
    out.close_array();
    write_transactions(out, block, full);
    if (block.header.withdrawals_root)
        out.key("withdrawalsRoot").hex(block.header.withdrawals_root->bytes);
    if (block.withdrawals) write_withdrawals(out, *block.withdrawals);
    write_later_members(out, block.header);
    out.close_object();
}

void write_ommer(json::Writer& out, const Header& header, const Hash32& hash) {
    const Block alone{.header = header, .transactions = {}, .ommers = {}, .withdrawals = {}};
    out.open_object();
    write_header_members(out, header, hash, std::nullopt, encode_block(alone).size());
    out.key("uncles").open_array().close_array();
    out.key("transactions").open_array().close_array();
    if (header.withdrawals_root) out.key("withdrawalsRoot").hex(header.withdrawals_root->bytes);
    write_later_members(out, header);
    out.close_object();
}

std::optional<uint256> shown_total_difficulty(const blockchain::ChainView& view,
                                              const Header& header,
                                              const uint256& total_difficulty) {
    if (header.difficulty.is_zero()) return std::nullopt;
    const auto& terminal = view.genesis().schedule.terminal_total_difficulty;
    // A chain whose first block had it all, as test networks', never had proof of work.
    if (terminal && *terminal > view.genesis().difficulty &&
        view.head().header.difficulty.is_zero() && view.head().total_difficulty >= *terminal)
        return std::nullopt;
    return total_difficulty;
}

bool write_canonical_block(json::Writer& out, const blockchain::ChainView& view,
                           std::uint64_t number, bool full) {
    const auto stored = view.blocks().header(number);
    const auto block = view.blocks().block(number);
    if (!stored || !block) return false;
    std::vector<Address> senders;
    if (full) {
        const auto transactions = view.blocks().transactions(number);
        if (!transactions) return false;
        senders.reserve(transactions->size());
        for (const auto& transaction : *transactions) senders.push_back(transaction.sender);
    }
    write_block(
        out,
        {.header = stored->header,
         .hash = stored->hash,
         .total_difficulty = shown_total_difficulty(view, stored->header, stored->total_difficulty),
         .size = stored->block_size,
         .transactions = block->transactions,
         .senders = senders,
         .ommers = block->ommers,
         .withdrawals = block->withdrawals},
        full, view.consensus());
    return true;
}

}  // namespace meta138::rpc
