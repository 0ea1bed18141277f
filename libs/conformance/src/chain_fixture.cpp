// SPDX-License-Identifier: Apache-2.0
#include "chain_fixture.hpp"

#include "network.hpp"
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/types/requests.hpp"

#include <algorithm>
#include <span>

namespace meta138::conformance {

namespace {

void copy_exactly(const JsonNode& node, std::span<std::uint8_t> out) {
    const auto bytes = node.bytes();
    if (bytes.size() == out.size())
        std::ranges::copy(bytes, out.begin());
    else
        node.fault(fmt::format("should be {} bytes", out.size()));
}

// The header out of its JSON, for files that have no RLP of it.
Header decode_header_fields(const JsonNode& json) {
    Header header;
    header.parent_hash = json["parentHash"].hash();
    header.ommers_hash = json["uncleHash"].hash();
    header.coinbase = json["coinbase"].address();
    header.state_root = json["stateRoot"].hash();
    header.transactions_root = json["transactionsTrie"].hash();
    header.receipt_root = json["receiptTrie"].hash();
    copy_exactly(json["bloom"], header.bloom.bytes);
    header.difficulty = json["difficulty"].quantity();
    header.number = json["number"].integer();
    header.gas_limit = json["gasLimit"].integer();
    header.gas_used = json["gasUsed"].integer();
    header.timestamp = json["timestamp"].integer();
    header.extra_data = json["extraData"].bytes();
    header.prev_randao = json["mixHash"].hash();
    copy_exactly(json["nonce"], header.nonce.bytes);
    if (json.has("baseFeePerGas")) header.base_fee_per_gas = json["baseFeePerGas"].quantity();
    if (json.has("withdrawalsRoot")) header.withdrawals_root = json["withdrawalsRoot"].hash();
    if (json.has("blobGasUsed")) header.blob_gas_used = json["blobGasUsed"].integer();
    if (json.has("excessBlobGas")) header.excess_blob_gas = json["excessBlobGas"].integer();
    if (json.has("parentBeaconBlockRoot"))
        header.parent_beacon_block_root = json["parentBeaconBlockRoot"].hash();
    if (json.has("requestsHash")) header.requests_hash = json["requestsHash"].hash();
    return header;
}

}  // namespace

std::optional<std::string> ChainFixture::start() {
    const auto schedule = decode_network(test_["network"].text(), test_["config"]);
    if (!schedule) return schedule.error();
    state::MapState pre;
    decode_accounts(test_["pre"], pre);
    const auto genesis = decode_genesis();
    if (auto fault = take_fault()) return fault;
    if (!genesis) return genesis.error();
    const auto expected_hash = test_["genesisBlockHeader"]["hash"].hash();
    if (const auto hash = block_hash(*genesis); hash != expected_hash)
        return fmt::format("expected the genesis hash {}, got {}", to_hex(expected_hash.bytes),
                           to_hex(hash.bytes));
    if (const auto root = pre.root(); root != genesis->state_root)
        return fmt::format("expected the genesis state root {}, got {}",
                           to_hex(genesis->state_root.bytes), to_hex(root.bytes));
    chain_.emplace(*schedule, *genesis, std::move(pre), workspace_.code_cache, workspace_.state);
    return std::nullopt;
}

Verdict ChainFixture::check_end() {
    const auto expected_head = test_["lastblockhash"].hash();
    state::MapState post;
    const auto post_state = test_["postState"];
    const bool is_full = post_state.is_object();
    if (is_full) decode_accounts(post_state, post);
    const auto expected_root = is_full ? post.root() : test_["postStateHash"].hash();
    if (const auto fault = take_fault()) return failed("{}", *fault);
    if (chain_->head() != expected_head)
        return failed("expected the head {}, got {} (number {})", to_hex(expected_head.bytes),
                      to_hex(chain_->head().bytes), chain_->head_header().number);
    auto& state = chain_->head_state();
    if (const auto root = state.root(); root != expected_root)
        return failed("expected the state root {}, got {}{}", to_hex(expected_root.bytes),
                      to_hex(root.bytes), is_full ? describe_difference(post, state) : "");
    return passed();
}

std::optional<std::string> ChainFixture::take_fault() {
    const auto fault = workspace_.document.take_fault();
    return fault ? std::optional{fault->to_string()} : std::nullopt;
}

std::expected<Header, std::string> ChainFixture::decode_genesis() {
    if (!test_["genesisRLP"].present()) return decode_header_fields(test_["genesisBlockHeader"]);
    const auto block = decode_block(test_["genesisRLP"].bytes());
    if (!block) return std::unexpected{"genesisRLP does not decode: " + to_string(block.error())};
    return block->header;
}

Block decode_payload(const JsonNode& params) {
    const auto payload = params.at(0);
    Block block;
    for (const auto encoded : payload["transactions"].items()) {
        auto transaction = decode_transaction(encoded.bytes());
        if (!transaction) {
            encoded.fault(to_string(transaction.error()));
            return block;
        }
        block.transactions.push_back(*std::move(transaction));
    }
    auto& header = block.header;
    header.parent_hash = payload["parentHash"].hash();
    header.ommers_hash = EMPTY_OMMERS_HASH;
    header.coinbase = payload["feeRecipient"].address();
    header.state_root = payload["stateRoot"].hash();
    header.transactions_root = transactions_root(block.transactions);
    header.receipt_root = payload["receiptsRoot"].hash();
    copy_exactly(payload["logsBloom"], header.bloom.bytes);
    header.number = payload["blockNumber"].integer();
    header.gas_limit = payload["gasLimit"].integer();
    header.gas_used = payload["gasUsed"].integer();
    header.timestamp = payload["timestamp"].integer();
    header.extra_data = payload["extraData"].bytes();
    header.prev_randao = payload["prevRandao"].hash();
    header.base_fee_per_gas = payload["baseFeePerGas"].quantity();
    if (payload.has("withdrawals")) {
        block.withdrawals.emplace();
        for (const auto json : payload["withdrawals"].items()) {
            block.withdrawals->push_back({.index = json["index"].integer(),
                                          .validator_index = json["validatorIndex"].integer(),
                                          .address = json["address"].address(),
                                          .amount = json["amount"].integer()});
        }
        header.withdrawals_root = withdrawals_root(*block.withdrawals);
    }
    if (payload.has("blobGasUsed")) header.blob_gas_used = payload["blobGasUsed"].integer();
    if (payload.has("excessBlobGas")) header.excess_blob_gas = payload["excessBlobGas"].integer();
    if (params.size() > 2) header.parent_beacon_block_root = params.at(2).hash();
    if (params.size() > 3) {
        std::vector<Bytes> requests;
        for (const auto request : params.at(3).items()) requests.push_back(request.bytes());
        header.requests_hash = requests_hash(requests);
    }
    return block;
}

}  // namespace meta138::conformance
