// SPDX-License-Identifier: Apache-2.0
#include "compare_genesis.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/types/intrinsic_gas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

namespace meta138::blockchain {

namespace {

std::string text_of(const uint256& value) {
    return value.low64() == value ? fmt::format("{}", value.low64())
                                  : to_hex(to_hash32(value).bytes);
}
std::string text_of(std::uint64_t value) {
    return fmt::format("{}", value);
}
std::string text_of(ByteView bytes) {
    constexpr std::size_t shown = 64;
    if (bytes.size() <= shown) return to_hex(bytes);
    return fmt::format("{}... ({} bytes)", to_hex(bytes.first(shown)), bytes.size());
}
template <std::size_t N>
std::string text_of(const FixedBytes<N>& bytes) {
    return to_hex(bytes.bytes);
}
std::string text_of(const Bytes& bytes) {
    return text_of(ByteView{bytes});
}
std::string text_of(bool value) {
    return value ? "true" : "false";
}
template <typename T>
std::string text_of(const std::optional<T>& value) {
    return value ? text_of(*value) : "none";
}

class Differences {
public:
    template <typename T>
    void compare(std::string_view what, const T& stored, const T& given) {
        if (stored != given)
            found_.push_back(fmt::format("{}: the database has {}, the file {}", what,
                                         text_of(stored), text_of(given)));
    }
    /// For settings that count only once something has happened on the chain.
    template <typename T>
    void compare_if(bool counts, std::string_view what, const T& stored, const T& given) {
        if (counts) compare(what, stored, given);
    }
    void add(std::string difference) { found_.push_back(std::move(difference)); }

    [[nodiscard]] std::vector<std::string> take() { return std::move(found_); }

private:
    std::vector<std::string> found_;
};

using Activations = std::array<std::optional<std::uint64_t>, fork_count>;

/// Where each fork's rules begin when what later forks imply is taken into account. A fork by time
/// that holds from the genesis block on implies the forks by block from block 0 on.
Activations effective_activations(const Genesis& genesis) {
    Activations result;
    std::optional<std::uint64_t> earliest;
    bool by_time = true;
    for (const auto& row : forks() | std::views::reverse) {
        if (by_time && !row.by_time) {
            const bool from_genesis = earliest && *earliest <= genesis.timestamp;
            earliest = from_genesis ? std::optional<std::uint64_t>{0} : std::nullopt;
            by_time = false;
        }
        const auto own = genesis.schedule.activation(row.fork);
        if (own && (!earliest || *own < *earliest)) earliest = own;
        result[std::to_underlying(row.fork)] = earliest;
    }
    return result;
}

bool is_past(const std::optional<std::uint64_t>& at, std::uint64_t now) {
    return at && *at <= now;
}

void compare_forks(Differences& differences, const Genesis& stored, const Genesis& given,
                   const Header& head) {
    const auto before = effective_activations(stored);
    const auto after = effective_activations(given);
    for (const auto& row : forks()) {
        const auto index = std::to_underlying(row.fork);
        const auto now = row.by_time ? head.timestamp : head.number;
        // From the genesis block on, wherever that lies in time.
        const auto start = row.by_time ? stored.timestamp : 0;
        const bool both_from_start = is_past(before[index], start) && is_past(after[index], start);
        if (before[index] == after[index] || both_from_start) continue;
        if (!is_past(before[index], now) && !is_past(after[index], now)) continue;
        // The name of the key that the file has, or the stored one had: perhaps a later fork's.
        differences.add(fmt::format(
            "config.{} ({}): the database has blocks by {}, the file says {}, and the head is at "
            "{}",
            row.genesis_key.empty() ? row.name : row.genesis_key, row.name,
            before[index] ? text_of(before[index]) : "no such fork", text_of(after[index]), now));
    }
}

void compare_blobs(Differences& differences, const Genesis& stored, const Genesis& given,
                   const Header& head) {
    std::vector<std::uint64_t> times;
    for (const auto* genesis : {&stored, &given})
        for (const auto& entry : genesis->schedule.blob_schedule) times.push_back(entry.time);
    std::ranges::sort(times);
    for (const auto time : times) {
        if (time > head.timestamp) break;
        if (stored.schedule.blob_parameters_at(time) == given.schedule.blob_parameters_at(time))
            continue;
        differences.add(
            fmt::format("config.blobSchedule: other blob parameters from time {} on", time));
        break;
    }
}

}  // namespace

std::vector<std::string> compare_genesis_headers(const Header& stored, const Header& given) {
    Differences differences;
    differences.compare("alloc (its state root)", stored.state_root, given.state_root);
    differences.compare("extraData", stored.extra_data, given.extra_data);
    differences.compare("gasLimit", stored.gas_limit, given.gas_limit);
    differences.compare("difficulty", stored.difficulty, given.difficulty);
    differences.compare("timestamp", stored.timestamp, given.timestamp);
    differences.compare("nonce", stored.nonce, given.nonce);
    differences.compare("mixHash", stored.prev_randao, given.prev_randao);
    differences.compare("coinbase", stored.coinbase, given.coinbase);
    differences.compare("parentHash", stored.parent_hash, given.parent_hash);
    differences.compare("baseFeePerGas (londonBlock 0)", stored.base_fee_per_gas,
                        given.base_fee_per_gas);
    differences.compare("withdrawals (shanghaiTime)", stored.withdrawals_root,
                        given.withdrawals_root);
    differences.compare("blobGasUsed (cancunTime)", stored.blob_gas_used, given.blob_gas_used);
    differences.compare("excessBlobGas (cancunTime)", stored.excess_blob_gas,
                        given.excess_blob_gas);
    differences.compare("parentBeaconBlockRoot (cancunTime)", stored.parent_beacon_block_root,
                        given.parent_beacon_block_root);
    differences.compare("requests (pragueTime)", stored.requests_hash, given.requests_hash);
    return differences.take();
}

std::vector<std::string> compare_genesis_configs(const Genesis& stored, const Genesis& given,
                                                 const Header& head) {
    Differences differences;
    const auto& before = stored.schedule;
    const auto& after = given.schedule;
    differences.compare("config.chainId", before.chain_id, after.chain_id);
    if (head.number == 0) return differences.take();

    compare_forks(differences, stored, given, head);
    compare_blobs(differences, stored, given, head);
    const auto fork = before.fork_at(head.number, head.timestamp);
    // Before the merge nothing follows from it.
    differences.compare_if(head.difficulty.is_zero(), "config.terminalTotalDifficulty",
                           before.terminal_total_difficulty, after.terminal_total_difficulty);
    using Upgrade = std::optional<std::uint64_t> ForkSchedule::*;
    for (const auto& [key, upgrade] :
         {std::pair<std::string_view, Upgrade>{"config.daoForkBlock",
                                               &ForkSchedule::dao_fork_block},
          {"config.muirGlacierBlock", &ForkSchedule::muir_glacier_block},
          {"config.arrowGlacierBlock", &ForkSchedule::arrow_glacier_block},
          {"config.grayGlacierBlock", &ForkSchedule::gray_glacier_block}})
        differences.compare_if(
            is_past(before.*upgrade, head.number) || is_past(after.*upgrade, head.number), key,
            before.*upgrade, after.*upgrade);
    differences.compare_if(fork >= Fork::london, "config.zeroBaseFee", stored.zero_base_fee,
                           given.zero_base_fee);
    differences.compare_if(fork >= Fork::london, "config.fixedBaseFee", stored.fixed_base_fee,
                           given.fixed_base_fee);
    differences.compare("config.ethash.fixeddifficulty", stored.fixed_difficulty,
                        given.fixed_difficulty);
    // A larger limit only lets creations succeed that nobody has made.
    const auto limit = [](const Genesis& genesis) {
        return genesis.contract_size_limit.value_or(MAX_CODE_SIZE);
    };
    differences.compare_if(limit(given) < limit(stored), "config.contractSizeLimit", limit(stored),
                           limit(given));
    const bool prague = fork >= Fork::prague;
    differences.compare_if(prague, "config.depositContractAddress", before.deposit_contract_address,
                           after.deposit_contract_address);
    differences.compare_if(prague, "config.withdrawalRequestContractAddress",
                           before.withdrawal_request_contract_address,
                           after.withdrawal_request_contract_address);
    differences.compare_if(prague, "config.consolidationRequestContractAddress",
                           before.consolidation_request_contract_address,
                           after.consolidation_request_contract_address);
    return differences.take();
}

}  // namespace meta138::blockchain
