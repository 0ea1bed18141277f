// SPDX-License-Identifier: Apache-2.0
#include "chain.hpp"
#include "network.hpp"
#include "runners.hpp"
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/requests.hpp"

#include <algorithm>
#include <optional>

namespace meta138::conformance {

namespace {

// What all tests that feed blocks to a chain have in common.
class ChainTest {
public:
    explicit ChainTest(const NamedTest& named)
        : document_{named.workspace.document}, test_{named.test}, workspace_{named.workspace} {}

    // The chain with its genesis block, or why it cannot be.
    std::optional<std::string> start() {
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
        chain_.emplace(*schedule, *genesis, std::move(pre), workspace_.code_cache,
                       workspace_.state);
        return std::nullopt;
    }

    [[nodiscard]] Chain& chain() { return *chain_; }

    Verdict check_end() {
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

    std::optional<std::string> take_fault() {
        const auto fault = document_.take_fault();
        return fault ? std::optional{fault->to_string()} : std::nullopt;
    }

private:
    std::expected<Header, std::string> decode_genesis() {
        if (!test_["genesisRLP"].present()) return decode_header_fields();
        const auto block = decode_block(test_["genesisRLP"].bytes());
        if (!block)
            return std::unexpected{"genesisRLP does not decode: " + to_string(block.error())};
        return block->header;
    }

    // The header out of its JSON, for files that have no RLP of it.
    Header decode_header_fields() {
        const auto json = test_["genesisBlockHeader"];
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

    static void copy_exactly(const JsonNode& node, std::span<std::uint8_t> out) {
        const auto bytes = node.bytes();
        if (bytes.size() == out.size())
            std::ranges::copy(bytes, out.begin());
        else
            node.fault(fmt::format("should be {} bytes", out.size()));
    }

    JsonDocument& document_;
    JsonNode test_;
    Workspace& workspace_;
    std::optional<Chain> chain_;
};

std::optional<std::string> compare_receipts(const JsonNode& expected,
                                            const std::vector<Receipt>& got) {
    if (expected.size() != got.size())
        return fmt::format("expected {} receipts, got {}", expected.size(), got.size());
    std::size_t number = 0;
    for (const auto receipt : expected.items()) {
        const auto encoded = receipt["rlp"].bytes();
        const auto own = encode_receipt(got[number]);
        if (own != encoded)
            return fmt::format("expected the receipt {} to be {}, got {}", number, to_hex(encoded),
                               to_hex(own));
        ++number;
    }
    return std::nullopt;
}

// A block as the fixture has it; nothing if it went as it should.
std::optional<std::string> feed_block(ChainTest& test, const JsonNode& json) {
    const auto encoded = json["rlp"];
    const bool must_fail = json["expectException"].present();
    const auto bytes = encoded.bytes();
    if (auto fault = test.take_fault()) return fault;
    const auto imported = test.chain().import_block(bytes);
    if (must_fail) {
        if (!imported) return std::nullopt;
        return fmt::format("expected {}, got a valid block", json["expectException"].text());
    }
    if (!imported) return fmt::format("expected a valid block, got: {}", imported.error());
    const auto hash = json["blockHeader"]["hash"];
    if (hash.present() && hash.hash() != imported->hash)
        return fmt::format("expected the hash {}, got {}", to_hex(hash.hash().bytes),
                           to_hex(imported->hash.bytes));
    if (json["receipts"].is_array()) {
        if (auto difference = compare_receipts(json["receipts"], imported->receipts))
            return difference;
    }
    return test.take_fault();
}

Verdict run_blocks(const NamedTest& named) {
    ChainTest test{named};
    if (const auto error = test.start()) return failed("{}", *error);
    std::size_t number = 0;
    for (const auto json : named.test["blocks"].items()) {
        if (const auto error = feed_block(test, json))
            return failed("blocks[{}]: {}", number, *error);
        ++number;
    }
    return test.check_end();
}

// engine_newPayloadV1 to V4: the payload, versioned hashes, parent beacon block root, requests.
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
    const auto bloom = payload["logsBloom"].bytes();
    if (bloom.size() != header.bloom.size())
        payload["logsBloom"].fault("should be 256 bytes");
    else
        std::ranges::copy(bloom, header.bloom.begin());
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

std::optional<std::string> check_payload(const JsonNode& params, const Block& block) {
    if (block_hash(block.header) != params.at(0)["blockHash"].hash())
        return "the payload's block hash is another";
    if (params.size() < 2) return std::nullopt;
    std::vector<Hash32> given;
    for (const auto hash : params.at(1).items()) given.push_back(hash.hash());
    std::vector<Hash32> found;
    for (const auto& transaction : block.transactions)
        std::ranges::copy(transaction.blob_versioned_hashes, std::back_inserter(found));
    if (given != found) return "the versioned hashes are others than the transactions'";
    return std::nullopt;
}

// A payload as the consensus layer would send it: why it is invalid, or nothing.
std::optional<std::string> new_payload(ChainTest& test, const JsonNode& params) {
    const auto block = decode_payload(params);
    if (auto fault = test.take_fault()) return fault;
    if (auto error = check_payload(params, block)) return error;
    const auto imported = test.chain().import_block(block, encode_block(block).size());
    return imported ? std::nullopt : std::optional{imported.error()};
}

Verdict run_payloads(const NamedTest& named) {
    ChainTest test{named};
    if (const auto error = test.start()) return failed("{}", *error);
    std::size_t number = 0;
    for (const auto json : named.test["engineNewPayloads"].items()) {
        const bool must_fail = json["validationError"].present() || json["errorCode"].present();
        const auto error = new_payload(test, json["params"]);
        if (must_fail && !error)
            return failed(
                "engineNewPayloads[{}]: expected {}, got a valid block", number,
                json["validationError"].present() ? json["validationError"].text() : "an error");
        if (!must_fail && error)
            return failed("engineNewPayloads[{}]: expected a valid block, got: {}", number, *error);
        ++number;
    }
    return test.check_end();
}

void run_one(const NamedTest& named, std::string_view kind, Verdict (*run)(const NamedTest&)) {
    const auto network = named.test["network"];
    const auto fork = network.is_string() ? network.text() : std::string_view{};
    named.sink.run(named.name, fork, kind, [&] { return run(named); });
}

}  // namespace

void run_blockchain_test(const NamedTest& named) {
    run_one(named, "blockchain test", run_blocks);
}

void run_engine_test(const NamedTest& named) {
    run_one(named, "Engine API blockchain test", run_payloads);
}

}  // namespace meta138::conformance
