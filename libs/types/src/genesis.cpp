// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/genesis.hpp"

#include "genesis_reader.hpp"

#include "meta138/types/account.hpp"
#include "meta138/types/requests.hpp"

namespace meta138 {
namespace {

template <typename T>
T required(const GenesisReader& in, std::string_view name, std::optional<T> value) {
    if (!value) in.fail(name, "missing");
    return std::move(value).value_or(T{});
}

// Besu reads an account's nonce as hexadecimal even without 0x.
std::optional<std::uint64_t> read_account_nonce(const GenesisReader& account) {
    const auto* value = account.find({"nonce"});
    if (value == nullptr) return std::nullopt;
    if (value->string() == nullptr) return account.integer({"nonce"});
    const auto bytes = account.padded<FixedBytes<8>>("nonce");
    if (!bytes) return std::nullopt;
    return uint256_from_be(bytes->bytes).low64();
}

std::map<uint256, uint256> read_storage(const GenesisReader& account) {
    std::map<uint256, uint256> storage;
    const auto slots = account.nested("storage");
    const auto word = [&](const std::string& key, std::string_view text) -> uint256 {
        const auto bytes = parse_genesis_word(text, 32);
        if (!bytes) slots.fail(key, bytes.error());
        return bytes ? uint256_from_be(*bytes) : uint256{};
    };
    for (const auto& [key, value] : slots.members()) {
        if (value.string() == nullptr) {
            slots.fail(key, "not a string");
            break;
        }
        const auto slot = word(key, key);
        const auto content = word(key, *value.string());
        if (!storage.emplace(slot, content).second) slots.fail(key, "given twice");
        if (slots.failed()) break;
    }
    std::erase_if(storage, [](const auto& entry) { return entry.second.is_zero(); });
    return storage;
}

GenesisAccount read_account(const GenesisReader& account) {
    return {
        .nonce = read_account_nonce(account).value_or(0),
        .balance = account.quantity({"balance", "wei"}).value_or(uint256{}),
        .code = account.bytes("code").value_or(Bytes{}),
        .storage = read_storage(account),
    };
}

std::map<Address, GenesisAccount> read_alloc(const GenesisReader& alloc,
                                             std::optional<GenesisError>& error) {
    std::map<Address, GenesisAccount> accounts;
    for (const auto& [key, value] : alloc.members()) {
        const auto bytes = parse_genesis_hex(key);
        if (!bytes || bytes->size() != Address::size()) {
            alloc.fail(key, "not an address");
            break;
        }
        const auto address = Address::from(ByteView{*bytes}.first<Address::size()>());
        const GenesisReader account{value, alloc.path_of(key), error};
        if (!accounts.emplace(address, read_account(account)).second)
            alloc.fail(key, "given twice");
        if (alloc.failed()) break;
    }
    return accounts;
}

void read_header_fields(const GenesisReader& root, Genesis& genesis) {
    genesis.parent_hash = root.fixed<Hash32>("parentHash").value_or(Hash32{});
    genesis.coinbase = root.fixed<Address>("coinbase").value_or(Address{});
    genesis.difficulty = required(root, "difficulty", root.quantity({"difficulty"}));
    genesis.gas_limit = required(root, "gasLimit", root.integer({"gasLimit"}));
    genesis.timestamp = root.integer({"timestamp"}).value_or(0);
    genesis.extra_data = root.bytes("extraData").value_or(Bytes{});
    genesis.mix_hash = root.fixed<Hash32>("mixHash").value_or(Hash32{});
    genesis.nonce = root.padded<BlockNonce>("nonce").value_or(BlockNonce{});
    genesis.base_fee_per_gas = root.quantity({"baseFeePerGas"});
    genesis.blob_gas_used = root.integer({"blobGasUsed"});
    genesis.excess_blob_gas = root.integer({"excessBlobGas"});
    genesis.parent_beacon_block_root = root.fixed<Hash32>("parentBeaconBlockRoot");
}

}  // namespace

std::string to_string(const GenesisError& error) {
    return error.where + ": " + error.reason;
}

std::expected<Genesis, GenesisError> parse_genesis(std::string_view json) {
    if (json.size() > max_genesis_size)
        return std::unexpected{GenesisError{"$", "the file is too large"}};
    const auto tree = parse_json(json);
    if (!tree) {
        const auto& error = tree.error();
        return std::unexpected{GenesisError{
            "line " + std::to_string(error.line) + ", column " + std::to_string(error.column),
            error.reason}};
    }
    std::optional<GenesisError> error;
    const GenesisReader root{*tree, "", error};
    if (tree->is_null()) root.fail("$", "not an object");
    Genesis genesis;
    read_header_fields(root, genesis);
    if (const auto* config = root.find({"config"})) {
        genesis.config = config->dump();
        read_genesis_config(root.nested("config"), genesis);
    }
    genesis.has_misplaced_transitions = root.find({"transitions"}) != nullptr;
    genesis.alloc = read_alloc(root.nested("alloc"), error);
    if (error) return std::unexpected{*std::move(error)};
    return genesis;
}

std::expected<void, GenesisError> validate_fork_order(const ForkSchedule& schedule) {
    const ForkRow* previous = nullptr;
    for (const auto& row : forks()) {
        const auto at = schedule.activation(row.fork);
        if (!at) continue;
        if (previous != nullptr && previous->by_time == row.by_time &&
            *at < *schedule.activation(previous->fork))
            return std::unexpected{GenesisError{"config." + std::string{row.genesis_key},
                                                "before " + std::string{previous->genesis_key}}};
        previous = &row;
    }
    // Each upgrade of the blob parameters builds on the one before, the first on Osaka.
    auto earliest = schedule.activation(Fork::osaka).value_or(0);
    for (std::size_t i = 0; i < schedule.bpo_times.size(); ++i) {
        if (schedule.bpo_times[i] < earliest)
            return std::unexpected{GenesisError{"config.bpo" + std::to_string(i + 1) + "Time",
                                                "before the upgrade it follows"}};
        earliest = schedule.bpo_times[i];
    }
    return {};
}

Header genesis_header(const Genesis& genesis, const Hash32& state_root) {
    Header header{
        .parent_hash = genesis.parent_hash,
        .ommers_hash = EMPTY_OMMERS_HASH,
        .coinbase = genesis.coinbase,
        .state_root = state_root,
        .transactions_root = EMPTY_TRIE_ROOT,
        .receipt_root = EMPTY_TRIE_ROOT,
        .bloom = {},
        .difficulty = genesis.difficulty,
        .number = 0,
        .gas_limit = genesis.gas_limit,
        .gas_used = 0,
        .timestamp = genesis.timestamp,
        .extra_data = genesis.extra_data,
        .prev_randao = genesis.mix_hash,
        .nonce = genesis.nonce,
        .base_fee_per_gas = {},
        .withdrawals_root = {},
        .blob_gas_used = {},
        .excess_blob_gas = {},
        .parent_beacon_block_root = {},
        .requests_hash = {},
    };
    const auto fork = genesis.schedule.fork_at(0, genesis.timestamp);
    if (fork >= Fork::london)
        header.base_fee_per_gas = genesis.base_fee_per_gas.value_or(uint256{INITIAL_BASE_FEE});
    if (fork >= Fork::shanghai) header.withdrawals_root = EMPTY_TRIE_ROOT;
    if (fork >= Fork::cancun) {
        header.blob_gas_used = genesis.blob_gas_used.value_or(0);
        header.excess_blob_gas = genesis.excess_blob_gas.value_or(0);
        header.parent_beacon_block_root = genesis.parent_beacon_block_root.value_or(Hash32{});
    }
    if (fork >= Fork::prague) header.requests_hash = EMPTY_REQUESTS_HASH;
    return header;
}

}  // namespace meta138
