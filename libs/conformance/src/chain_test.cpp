// SPDX-License-Identifier: Apache-2.0
#include "chain.hpp"

#include "fixture_kinds.hpp"
#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/types/genesis.hpp"

#include <fstream>
#include <iterator>
#include <optional>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kind = "chain";

std::string read_file(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::optional<fs::path> find_chain_file(const fs::path& folder) {
    for (const auto* name : {"chain.rlp", "blocks.rlp"})
        if (fs::exists(folder / name)) return folder / name;
    return std::nullopt;
}

// What a genesis file says beyond the schedule.
void adapt_rules(execution::BlockRules& rules, const Genesis& genesis) {
    rules.zero_base_fee = genesis.zero_base_fee;
    if (genesis.contract_size_limit) {
        rules.limits.max_code_size = *genesis.contract_size_limit;
        rules.limits.max_initcode_size = 2 * *genesis.contract_size_limit;
    }
    if (genesis.fixed_difficulty && rules.fork < Fork::paris) {
        rules.consensus = execution::Consensus::fixed_difficulty;
        rules.fixed_difficulty = *genesis.fixed_difficulty;
    }
}

Chain make_chain(Workspace& workspace, const Genesis& genesis) {
    state::MapState state;
    for (const auto& [address, account] : genesis.alloc) {
        state.set_account(address, account.nonce, account.balance, account.code);
        for (const auto& [key, value] : account.storage) state.set_storage(address, key, value);
    }
    const auto header = genesis_header(genesis, state.root());
    return {genesis.schedule,
            header,
            std::move(state),
            workspace.code_cache,
            workspace.state,
            [&genesis](execution::BlockRules& rules) { adapt_rules(rules, genesis); }};
}

// Imports the blocks of a file; the last one's hash, or what went wrong.
std::expected<Hash32, std::string> import_all(Chain& chain, ByteView file) {
    auto last = chain.head();
    auto in = rlp::Reader::sequence(file);
    for (std::size_t count = 0; !in.empty(); ++count) {
        const auto encoded = in.raw_item();
        if (in.failed()) break;
        const auto block = decode_block(encoded);
        if (!block)
            return std::unexpected{fmt::format("block {}: {}", count, to_string(block.error()))};
        if (block->header.number == 0) {
            if (block_hash(block->header) != chain.head())
                return std::unexpected{fmt::format("expected the genesis hash {}, got {}",
                                                   to_hex(block_hash(block->header).bytes),
                                                   to_hex(chain.head().bytes))};
            continue;
        }
        const auto imported = chain.import_block(*block, encoded.size());
        if (!imported)
            return std::unexpected{
                fmt::format("block {}: {}", block->header.number, imported.error())};
        last = imported->hash;
    }
    if (const auto end = in.finish(); !end) return std::unexpected{to_string(end.error())};
    return last;
}

// What files beside the chain say about its end.
std::optional<std::string> check_companions(Workspace& workspace, const fs::path& folder,
                                            Chain& chain, std::size_t max_bytes) {
    auto& document = workspace.document;
    if (const auto file = folder / "headfcu.json"; fs::exists(file)) {
        if (const auto loaded = document.load(file, max_bytes); !loaded)
            return loaded.error().to_string();
        const auto expected = document.root()["params"].at(0)["headBlockHash"].hash();
        if (const auto fault = document.take_fault()) return fault->to_string();
        if (expected != chain.head())
            return fmt::format("expected the head {}, got {}", to_hex(expected.bytes),
                               to_hex(chain.head().bytes));
    }
    if (const auto file = folder / "headstate.json"; fs::exists(file)) {
        if (const auto loaded = document.load(file, max_bytes); !loaded)
            return loaded.error().to_string();
        const auto expected = document.root()["root"].hash();
        if (const auto fault = document.take_fault()) return fault->to_string();
        if (const auto root = chain.head_state().root(); root != expected)
            return fmt::format("expected the state root {}, got {}", to_hex(expected.bytes),
                               to_hex(root.bytes));
    }
    return std::nullopt;
}

Verdict run_chain(Workspace& workspace, const fs::path& folder, std::size_t max_bytes) {
    const auto genesis_text = read_file(folder / "genesis.json");
    if (genesis_text.find("\"amsterdamTime\"") != std::string::npos)
        return skipped("needs Amsterdam's rules (block access lists)");
    const auto genesis = parse_genesis(genesis_text);
    if (!genesis) return failed("genesis.json: {}", to_string(genesis.error()));
    const auto blocks = read_file(find_chain_file(folder).value_or(folder));
    auto chain = make_chain(workspace, *genesis);
    const auto last = import_all(chain, as_bytes(blocks));
    if (!last) return failed("{}", last.error());
    if (*last != chain.head())
        return failed("expected the last block {} to be the head, got {}", to_hex(last->bytes),
                      to_hex(chain.head().bytes));
    if (const auto error = check_companions(workspace, folder, chain, max_bytes))
        return failed("{}", *error);
    return passed();
}

}  // namespace

bool is_fixture_folder(const fs::path& folder) {
    return fs::exists(folder / "genesis.json") && find_chain_file(folder).has_value();
}

void run_folder(Workspace& workspace, CaseSink& sink, const fs::path& folder,
                std::size_t max_bytes) {
    sink.run(folder.filename().string(), "", kind,
             [&] { return run_chain(workspace, folder, max_bytes); });
}

}  // namespace meta138::conformance
