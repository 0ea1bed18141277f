// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/genesis.hpp"

#include "runners.hpp"
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/types/block.hpp"

#include <algorithm>
#include <array>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "genesis";

// Genesis blocks as of 2015: decimal balances, "wei" for "balance".
Verdict check_genesis_block(const NamedTest& named) {
    const auto& test = named.test;
    state::MapState state;
    decode_accounts(test["alloc"], state);
    for (const auto& [key, account] : test["alloc"].members()) {
        const auto address = decode_hex_digits(key.starts_with("0x") ? key.substr(2) : key);
        if (!account.has("wei") || !address || address->size() != 20) continue;
        state.set_account(Address::from(std::span{*address}.first<20>()), 0,
                          account["wei"].any_quantity());
    }
    Block block;
    auto& header = block.header;
    header.parent_hash = test["parentHash"].hash();
    header.ommers_hash = EMPTY_OMMERS_HASH;
    header.coinbase = test["coinbase"].address();
    header.state_root = state.root();
    header.transactions_root = EMPTY_TRIE_ROOT;
    header.receipt_root = EMPTY_TRIE_ROOT;
    header.difficulty = test["difficulty"].any_quantity();
    header.gas_limit = test["gasLimit"].any_integer();
    header.timestamp = test["timestamp"].any_integer();
    header.extra_data = test["extraData"].bytes();
    header.prev_randao = test["mixHash"].hash();
    const auto nonce = to_hash32(test["nonce"].quantity());
    std::copy_n(nonce.end() - 8, 8, header.nonce.begin());
    const auto expected = test["result"].bare_bytes();
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto got = encode_block(block);
    return got == expected ? passed()
                           : failed("expected {}, got {}", to_hex(expected), to_hex(got));
}

Verdict check_hashes(const WholeFile& file) {
    const auto block = decode_block(file.root["genesis_rlp_hex"].bare_bytes());
    const auto state_root = file.root["genesis_state_root"].hash();
    const auto hash = file.root["genesis_hash"].hash();
    if (const auto fault = file.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    if (!block) return failed("the block does not decode: {}", to_string(block.error()));
    if (block->header.state_root != state_root)
        return failed("expected the state root {}, got {}", to_hex(state_root.bytes),
                      to_hex(block->header.state_root.bytes));
    const auto got = block_hash(block->header);
    return got == hash
               ? passed()
               : failed("expected the hash {}, got {}", to_hex(hash.bytes), to_hex(got.bytes));
}

// The public networks, by the name of the file.
struct Row {
    std::string_view name;
    Hash32 hash;
};
constexpr std::array public_networks{
    Row{"mainnet", literals::operator""_hash32(
                       "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3", 66)},
    Row{"sepolia", literals::operator""_hash32(
                       "0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9", 66)},
    Row{"holesky", literals::operator""_hash32(
                       "0xb5f7f912443c940f21fd611f12828d75b534364ed9e95ca4e307729a4661bde4", 66)},
    Row{"hoodi", literals::operator""_hash32(
                     "0xbbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b", 66)},
};

Verdict check_genesis_file(const WholeFile& file) {
    const auto genesis = parse_genesis(simdjson::minify(file.root.element()));
    if (!genesis) return failed("{}", to_string(genesis.error()));
    const auto* network = std::ranges::find(public_networks, file.path.stem().string(), &Row::name);
    if (network == public_networks.end())
        return skipped("a genesis file alone, of no public network, has no expectations");
    state::MapState state;
    for (const auto& [address, account] : genesis->alloc) {
        state.set_account(address, account.nonce, account.balance, account.code);
        for (const auto& [key, value] : account.storage) state.set_storage(address, key, value);
    }
    const auto got = block_hash(genesis_header(*genesis, state.root()));
    return got == network->hash ? passed()
                                : failed("expected the hash {}, got {}",
                                         to_hex(network->hash.bytes), to_hex(got.bytes));
}

}  // namespace

void run_genesis_test(const NamedTest& named) {
    named.sink.run(named.name, "", kind, [&] { return check_genesis_block(named); });
}

void run_genesis_hash_test(const WholeFile& file) {
    file.sink.run("genesis", "", kind, [&] { return check_hashes(file); });
}

void run_old_genesis_vectors(const WholeFile& file) {
    file.sink.add("", "", kind, skipped("headers of a proof-of-concept before Frontier"));
}

void run_genesis_file(const WholeFile& file) {
    file.sink.run(file.path.stem().string(), "", kind, [&] { return check_genesis_file(file); });
}

}  // namespace meta138::conformance
