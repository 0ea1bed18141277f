// SPDX-License-Identifier: Apache-2.0
#include "chain_fixture.hpp"
#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/trie/ordered_list_root.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/requests.hpp"

#include <algorithm>
#include <optional>

namespace meta138::conformance {

namespace {

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

// Whether the receipts are those that the block's own header commits to. Some benchmark fixtures
// list receipts of success where the transactions ran out of gas; their headers, which the import
// has checked, have the right ones.
bool agree_with_header(const JsonNode& receipts, const JsonNode& header) {
    std::vector<Bytes> encoded;
    for (const auto receipt : receipts.items()) encoded.push_back(receipt["rlp"].bytes());
    return trie::ordered_list_root(encoded) == header["receiptTrie"].hash();
}

// A block as the fixture has it; nothing if it went as it should.
std::optional<std::string> feed_block(ChainFixture& test, const JsonNode& json) {
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
    if (json["receipts"].is_array() && agree_with_header(json["receipts"], json["blockHeader"])) {
        if (auto difference = compare_receipts(json["receipts"], imported->receipts))
            return difference;
    }
    return test.take_fault();
}

Verdict run_blocks(const NamedTest& named) {
    ChainFixture test{named.workspace, named.test};
    if (const auto error = test.start()) return failed("{}", *error);
    std::size_t number = 0;
    for (const auto json : named.test["blocks"].items()) {
        if (const auto error = feed_block(test, json))
            return failed("blocks[{}]: {}", number, *error);
        ++number;
    }
    return test.check_end();
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
std::optional<std::string> new_payload(ChainFixture& test, const JsonNode& params) {
    const auto block = decode_payload(params);
    if (auto fault = test.take_fault()) return fault;
    if (auto error = check_payload(params, block)) return error;
    const auto imported = test.chain().import_block(block, encode_block(block).size());
    return imported ? std::nullopt : std::optional{imported.error()};
}

Verdict run_payloads(const NamedTest& named) {
    ChainFixture test{named.workspace, named.test};
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
