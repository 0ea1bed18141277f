// SPDX-License-Identifier: Apache-2.0
#include "tool_files.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/conformance/t8n.hpp"
#include "meta138/types/block.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::conformance {

namespace {

template <std::size_t N>
FixedBytes<N> fixed(const JsonNode& node) {
    const auto bytes = node.bytes();
    FixedBytes<N> result;
    if (bytes.size() == N)
        std::ranges::copy(bytes, result.begin());
    else
        node.fault(fmt::format("should be {} bytes", N));
    return result;
}

// The header's fields under their names in JSON-RPC; absent ones are those of an empty block.
Header decode_header_json(const JsonNode& json, std::span<const Header> ommers) {
    const auto hash = [&](std::string_view key, const Hash32& otherwise) {
        return json[key].empty() ? otherwise : json[key].hash();
    };
    const auto integer = [&](std::string_view key) {
        return json[key].empty() ? 0 : json[key].any_integer();
    };
    Header header;
    header.parent_hash = hash("parentHash", {});
    header.ommers_hash = hash("sha3Uncles", ommers_hash(ommers));
    if (!json["miner"].empty()) header.coinbase = json["miner"].address();
    header.state_root = json["stateRoot"].hash();
    header.transactions_root = hash("transactionsRoot", EMPTY_TRIE_ROOT);
    header.receipt_root = hash("receiptsRoot", EMPTY_TRIE_ROOT);
    if (!json["logsBloom"].empty()) header.bloom = fixed<256>(json["logsBloom"]);
    if (!json["difficulty"].empty()) header.difficulty = json["difficulty"].any_quantity();
    header.number = json["number"].any_integer();
    header.gas_limit = integer("gasLimit");
    header.gas_used = integer("gasUsed");
    header.timestamp = integer("timestamp");
    if (!json["extraData"].empty()) header.extra_data = json["extraData"].bytes();
    header.prev_randao = hash("mixHash", {});
    if (!json["nonce"].empty()) header.nonce = fixed<8>(json["nonce"]);
    if (!json["baseFeePerGas"].empty())
        header.base_fee_per_gas = json["baseFeePerGas"].any_quantity();
    if (!json["withdrawalsRoot"].empty()) header.withdrawals_root = json["withdrawalsRoot"].hash();
    if (!json["blobGasUsed"].empty()) header.blob_gas_used = json["blobGasUsed"].any_integer();
    if (!json["excessBlobGas"].empty())
        header.excess_blob_gas = json["excessBlobGas"].any_integer();
    if (!json["parentBeaconBlockRoot"].empty())
        header.parent_beacon_block_root = json["parentBeaconBlockRoot"].hash();
    if (!json["requestsHash"].empty()) header.requests_hash = json["requestsHash"].hash();
    return header;
}

// A header that has a field of a later fork gets those before it, as zero.
void fill_gaps(Header& header) {
    if (is_well_formed(header)) return;
    const auto fill = [&header](auto& field) {
        if (!field && !is_well_formed(header)) field.emplace();
    };
    fill(header.base_fee_per_gas);
    fill(header.withdrawals_root);
    fill(header.blob_gas_used);
    fill(header.excess_blob_gas);
    fill(header.parent_beacon_block_root);
}

// The transactions come encoded and stay as they are.
Bytes encode_parts(const Header& header, ByteView transactions, std::span<const Header> ommers,
                   const std::optional<std::vector<Withdrawal>>& withdrawals) {
    rlp::Writer out;
    out.list([&] {
        write_header(out, header);
        out.raw(transactions);
        out.items(ommers, [](rlp::Writer& to, const Header& ommer) { write_header(to, ommer); });
        if (withdrawals) out.items(*withdrawals, write_withdrawal);
    });
    return out.take();
}

std::expected<std::vector<Header>, ToolError> decode_ommers(const JsonNode& json) {
    std::vector<Header> ommers;
    if (json.empty()) return ommers;
    for (const auto item : json.items()) {
        const auto block = decode_block(item.bytes());
        if (!block)
            return std::unexpected{ToolError{ToolExit::rlp, "ommers: " + to_string(block.error())}};
        ommers.push_back(block->header);
    }
    return ommers;
}

std::expected<void, ToolError> build_block(const B11rOptions& options, std::istream& in,
                                           std::ostream& out, std::ostream& errors) {
    ToolInputs inputs{in};
    TRY_LET(const auto header_json, inputs.read(options.input_header, "header"));
    std::vector<Header> ommers;
    if (!options.input_ommers.empty()) {
        TRY_LET(const auto json, inputs.read(options.input_ommers, "ommers"));
        TRY_LET(ommers, decode_ommers(json));
    }
    std::optional<std::vector<Withdrawal>> withdrawals;
    if (!options.input_withdrawals.empty()) {
        TRY_LET(const auto json, inputs.read(options.input_withdrawals, "withdrawals"));
        withdrawals.emplace();
        for (const auto item : json.items()) {
            withdrawals->push_back({.index = item["index"].any_integer(),
                                    .validator_index = item["validatorIndex"].any_integer(),
                                    .address = item["address"].address(),
                                    .amount = item["amount"].any_integer()});
        }
    }
    TRY_LET(const auto txs_json, inputs.read(options.input_txs, "txs"));
    const auto transactions = txs_json.bare_bytes();
    auto header = decode_header_json(header_json, ommers);
    fill_gaps(header);
    TRY(inputs.check());
    const auto encoded = encode_parts(header, transactions, ommers, withdrawals);
    const auto block = decode_block(encoded);
    if (!block) return std::unexpected{ToolError{ToolExit::rlp, to_string(block.error())}};

    ToolOutputs outputs{options.output_basedir, out, errors};
    const nlohmann::ordered_json result{{"rlp", to_hex(encoded)},
                                        {"hash", to_hex(block_hash(block->header).bytes)}};
    if (options.output_block == "stdout") {
        out << result.dump(1, ' ') << '\n';
        return {};
    }
    return outputs.write(options.output_block, "block", result);
}

}  // namespace

int run_b11r(const B11rOptions& options, std::istream& in, std::ostream& out,
             std::ostream& errors) {
    return report(build_block(options, in, out, errors), errors);
}

}  // namespace meta138::conformance
