// SPDX-License-Identifier: Apache-2.0
#include "fork_config.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/types/fork_id.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace meta138::rpc {

namespace {

using namespace literals;

struct Precompile {
    std::string_view name;  ///< As EIP-7910 has it.
    std::uint64_t address;
    Fork since;
};

constexpr std::array<Precompile, 18> precompiles{{
    {"BLAKE2F", 0x09, Fork::istanbul},
    {"BLS12_G1ADD", 0x0b, Fork::prague},
    {"BLS12_G1MSM", 0x0c, Fork::prague},
    {"BLS12_G2ADD", 0x0d, Fork::prague},
    {"BLS12_G2MSM", 0x0e, Fork::prague},
    {"BLS12_MAP_FP2_TO_G2", 0x11, Fork::prague},
    {"BLS12_MAP_FP_TO_G1", 0x10, Fork::prague},
    {"BLS12_PAIRING_CHECK", 0x0f, Fork::prague},
    {"BN254_ADD", 0x06, Fork::byzantium},
    {"BN254_MUL", 0x07, Fork::byzantium},
    {"BN254_PAIRING", 0x08, Fork::byzantium},
    {"ECREC", 0x01, Fork::frontier},
    {"ID", 0x04, Fork::frontier},
    {"KZG_POINT_EVALUATION", 0x0a, Fork::cancun},
    {"MODEXP", 0x05, Fork::byzantium},
    {"P256VERIFY", 0x100, Fork::osaka},
    {"RIPEMD160", 0x03, Fork::frontier},
    {"SHA256", 0x02, Fork::frontier},
}};

constexpr auto beacon_roots_address = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"_address;
constexpr auto history_storage_address = "0x0000f90827f1c53a10cb7a02335b175320002935"_address;

/// The times at which rules or blob parameters change, in order; 0 for what holds from the start.
std::vector<std::uint64_t> activation_times(const ForkSchedule& schedule) {
    std::vector<std::uint64_t> times{0};
    for (const auto& row : forks()) {
        if (const auto at = schedule.activation(row.fork); at && row.by_time) times.push_back(*at);
    }
    times.insert(times.end(), schedule.bpo_times.begin(), schedule.bpo_times.end());
    std::ranges::sort(times);
    times.erase(std::ranges::unique(times).begin(), times.end());
    return times;
}

std::uint64_t now_of(const Request& request) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::system_clock::now().time_since_epoch());
    return std::max(request.view->head().header.timestamp, static_cast<std::uint64_t>(now.count()));
}

void write_system_contracts(const ForkSchedule& schedule, Fork fork, json::Writer& out) {
    out.key("systemContracts").open_object();
    if (fork >= Fork::cancun) out.key("BEACON_ROOTS_ADDRESS").hex(beacon_roots_address.bytes);
    if (fork >= Fork::prague) {
        out.key("CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS")
            .hex(schedule.consolidation_request_contract_address.bytes);
        out.key("DEPOSIT_CONTRACT_ADDRESS").hex(schedule.deposit_contract_address.bytes);
        out.key("HISTORY_STORAGE_ADDRESS").hex(history_storage_address.bytes);
        out.key("WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS")
            .hex(schedule.withdrawal_request_contract_address.bytes);
    }
    out.close_object();
}

void write_blob_schedule(const BlobParameters& blobs, Fork fork, json::Writer& out) {
    out.key("blobSchedule");
    if (fork < Fork::cancun) return out.null();
    out.open_object();
    out.key("baseFeeUpdateFraction").number(blobs.base_fee_update_fraction);
    out.key("max").number(blobs.max);
    out.key("target").number(blobs.target);
    out.close_object();
}

/// The rules that hold from `time` on.
void write_config(const blockchain::ChainView& view, const ForkFilter& filter, std::uint64_t time,
                  json::Writer& out) {
    const auto& schedule = view.genesis().schedule;
    const auto& head = view.head();
    const auto rules =
        view.consensus().rules_at(head.header.number + 1, time, head.total_difficulty);
    out.open_object();
    out.key("activationTime").number(time);
    write_blob_schedule(rules.blobs, rules.fork, out);
    out.key("chainId").quantity(schedule.chain_id);
    out.key("forkId").hex(filter.fork_id(head.header.number, time).hash.bytes);
    out.key("precompiles").open_object();
    for (const auto& precompile : precompiles) {
        if (rules.fork >= precompile.since)
            out.key(precompile.name).hex(to_address(uint256{precompile.address}).bytes);
    }
    out.close_object();
    write_system_contracts(schedule, rules.fork, out);
    out.close_object();
}

}  // namespace

RpcResult<void> write_fork_config(const Request& request, json::Writer& out) {
    const auto& view = *request.view;
    const auto times = activation_times(view.genesis().schedule);
    const ForkFilter filter{view.genesis_hash(), view.genesis().timestamp, view.genesis().schedule};
    const auto next = std::ranges::upper_bound(times, now_of(request));
    const auto write_or_null = [&](bool is_there, std::uint64_t time) {
        if (is_there) {
            write_config(view, filter, time, out);
        } else {
            out.null();
        }
    };
    out.open_object();
    out.key("current");
    write_or_null(true, *std::prev(next));
    out.key("next");
    write_or_null(next != times.end(), next != times.end() ? *next : 0);
    out.key("last");
    write_or_null(next != times.end(), times.back());
    out.close_object();
    return {};
}

}  // namespace meta138::rpc
