// SPDX-License-Identifier: Apache-2.0
#include "genesis_reader.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace meta138 {
namespace {

constexpr std::size_t max_bpo = 5;

std::string bpo_name(std::size_t index) {
    return "bpo" + std::to_string(index);
}

std::optional<std::uint64_t> activation_in(const GenesisReader& config, const ForkRow& row) {
    if (row.genesis_key.empty()) return std::nullopt;
    // Besu's older word for the same fork.
    if (row.fork == Fork::petersburg)
        return config.integer({row.genesis_key, "constantinopleFixBlock"});
    return config.integer({row.genesis_key});
}

void read_forks(const GenesisReader& config, ForkSchedule& schedule) {
    for (const auto& row : forks())
        schedule.activations[std::to_underlying(row.fork)] = activation_in(config, row);
    schedule.dao_fork_block = config.integer({"daoForkBlock"});
    schedule.muir_glacier_block = config.integer({"muirGlacierBlock"});
    schedule.arrow_glacier_block = config.integer({"arrowGlacierBlock"});
    schedule.gray_glacier_block = config.integer({"grayGlacierBlock"});
    schedule.terminal_total_difficulty = config.quantity({"terminalTotalDifficulty"});
}

BlobParameters read_blob_parameters(const GenesisReader& entry) {
    const auto member = [&](std::string_view name) {
        const auto value = entry.integer({name});
        if (!value) entry.fail(name, "missing");
        return value.value_or(0);
    };
    const BlobParameters parameters{
        .target = member("target"),
        .max = member("max"),
        .base_fee_update_fraction = member("baseFeeUpdateFraction"),
    };
    // Blob gas is counted in 64 bits, and the target is subtracted from the maximum.
    constexpr std::uint64_t max_blobs = 1 << 20;
    if (parameters.max > max_blobs) entry.fail("max", "more than a block can hold");
    if (parameters.target > parameters.max) entry.fail("target", "above max");
    if (parameters.base_fee_update_fraction == 0) entry.fail("baseFeeUpdateFraction", "zero");
    return parameters;
}

// The entry of that name, or `fallback`; without both the file is incomplete.
std::optional<BlobParameters> parameters_of(const GenesisReader& blob_schedule,
                                            const std::string& name,
                                            const std::optional<BlobParameters>& fallback) {
    if (blob_schedule.find({name}) != nullptr)
        return read_blob_parameters(blob_schedule.nested(name));
    if (!fallback) blob_schedule.fail(name, "missing, though the upgrade is scheduled");
    return fallback;
}

void read_blob_schedule(const GenesisReader& config, ForkSchedule& schedule) {
    const auto blob_schedule = config.nested("blobSchedule");
    const auto add = [&](std::uint64_t time, const std::optional<BlobParameters>& parameters) {
        if (!parameters) return;
        // Behind those of the same time: the later upgrade holds.
        auto& entries = schedule.blob_schedule;
        const auto place = std::ranges::upper_bound(entries, time, {}, &BlobScheduleEntry::time);
        entries.insert(place, {time, *parameters});
    };
    std::optional<BlobParameters> current;
    for (const auto fork : {Fork::cancun, Fork::prague, Fork::osaka}) {
        const auto at = schedule.activation(fork);
        if (!at) continue;
        // Osaka has no parameters of its own: it keeps Prague's.
        const auto fallback =
            fork == Fork::osaka && current ? current : default_blob_parameters(fork);
        current = parameters_of(blob_schedule, lower_case(row_of(fork).name), fallback);
        add(*at, current);
    }
    for (std::size_t index = 1; index <= max_bpo; ++index) {
        const auto name = bpo_name(index);
        const auto key = name + "Time";
        const auto at = config.integer({key});
        if (!at) continue;
        schedule.bpo_times.push_back(*at);
        add(*at, parameters_of(blob_schedule, name, default_bpo_parameters(index)));
    }
}

bool is_known_time(const std::string& key) {
    const auto is_key = [&](const ForkRow& row) { return key == lower_case(row.genesis_key); };
    if (std::ranges::any_of(forks(), is_key)) return true;
    for (std::size_t index = 1; index <= max_bpo; ++index) {
        if (key == bpo_name(index) + "time") return true;
    }
    return false;
}

// New forks are scheduled by time; unknown keys of forks by block are of other chains, or history.
void refuse_unknown_forks(const GenesisReader& config) {
    for (const auto& [key, value] : config.members()) {
        const auto name = lower_case(key);
        if (name.ends_with("time") && value.number() != nullptr && !is_known_time(name))
            config.fail(key, "a fork that this version does not know");
    }
}

void read_contracts(const GenesisReader& config, ForkSchedule& schedule) {
    const auto read = [&](std::string_view name, Address& address) {
        if (const auto given = config.fixed<Address>(name)) address = *given;
    };
    read("depositContractAddress", schedule.deposit_contract_address);
    read("withdrawalRequestContractAddress", schedule.withdrawal_request_contract_address);
    read("consolidationRequestContractAddress", schedule.consolidation_request_contract_address);
}

std::string section(const GenesisReader& config, std::string_view name) {
    const auto* value = config.find({name});
    return value == nullptr ? std::string{} : value->dump();
}

void read_discovery(const GenesisReader& discovery, Genesis& genesis) {
    genesis.discovery_dns = discovery.text("dns").value_or("");
    const auto* bootnodes = discovery.find({"bootnodes"});
    if (bootnodes == nullptr) return;
    if (bootnodes->array() == nullptr) return discovery.fail("bootnodes", "not a list");
    for (const auto& node : *bootnodes->array()) {
        if (node.string() == nullptr) return discovery.fail("bootnodes", "not a list of strings");
        genesis.bootnodes.push_back(*node.string());
    }
}

}  // namespace

void read_genesis_config(const GenesisReader& config, Genesis& genesis) {
    auto& schedule = genesis.schedule;
    if (const auto chain_id = config.integer({"chainId"}))
        schedule.chain_id = *chain_id;
    else
        config.fail("chainId", "missing");
    refuse_unknown_forks(config);
    read_forks(config, schedule);
    read_blob_schedule(config, schedule);
    read_contracts(config, schedule);

    genesis.zero_base_fee = config.boolean("zeroBaseFee").value_or(false);
    genesis.fixed_base_fee = config.boolean("fixedBaseFee").value_or(false);
    if (genesis.zero_base_fee && genesis.fixed_base_fee)
        config.fail("fixedBaseFee", "excludes zeroBaseFee");
    genesis.contract_size_limit = config.integer({"contractSizeLimit"});
    genesis.evm_stack_size = config.integer({"evmStackSize"});
    genesis.fixed_difficulty = config.nested("ethash").quantity({"fixedDifficulty"});
    genesis.consensus = {
        .qbft = section(config, "qbft"),
        .ibft2 = section(config, "ibft2"),
        .ibft = section(config, "ibft"),
        .clique = section(config, "clique"),
        .transitions = section(config, "transitions"),
    };
    read_discovery(config.nested("discovery"), genesis);
}

}  // namespace meta138
