// SPDX-License-Identifier: Apache-2.0
#include "engine_methods.hpp"
#include "engine_payload.hpp"

#include "meta138/rpc/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::rpc {

namespace {

using blockchain::Chain;
using blockchain::ChainView;

constexpr std::size_t max_requests = 256;
constexpr std::size_t max_versioned_hashes = 4096;

// What the versions of the method differ in (execution-apis: paris, shanghai, cancun, prague).
struct Version {
    unsigned number;
    std::size_t parameters;
    std::optional<Fork> first;
    std::optional<Fork> end;
};
constexpr Version v1{1, 1, {}, Fork::shanghai};
constexpr Version v2{2, 1, {}, Fork::cancun};
constexpr Version v3{3, 3, Fork::cancun, Fork::prague};
constexpr Version v4{4, 4, Fork::prague, {}};

PayloadStatus invalid(const std::optional<Hash32>& latest_valid, std::string reason) {
    return {"INVALID", latest_valid, std::move(reason)};
}

// EIP-7685: in the order of their types, each type once, none without data.
std::optional<std::vector<Bytes>> read_requests(json::Value value) {
    if (!value.is_array() || value.size() > max_requests) return std::nullopt;
    std::vector<Bytes> requests;
    for (const auto element : value.elements()) {
        auto request = bytes_of(element);
        if (!request || request->size() < 2) return std::nullopt;
        if (!requests.empty() && requests.back().front() >= request->front()) return std::nullopt;
        requests.push_back(*std::move(request));
    }
    return requests;
}

RpcResult<PayloadCompanions> read_companions(const Version& version, json::Value arguments) {
    PayloadCompanions companions;
    if (version.number < 3) return companions;
    const auto payload = arguments.at(0);
    if (payload.find("blobGasUsed").is_missing()) return fail(error::invalid_blob_gas_used_params);
    if (payload.find("excessBlobGas").is_missing())
        return fail(error::invalid_excess_blob_gas_params);
    if (!arguments.at(1).is_array() || arguments.at(1).size() > max_versioned_hashes)
        return fail(error::invalid_versioned_hashes_params);
    companions.parent_beacon_block_root = hash_of(arguments.at(2));
    if (!companions.parent_beacon_block_root)
        return fail(error::invalid_parent_beacon_block_root_params);
    if (version.number < 4) return companions;
    if (arguments.at(3).is_missing())
        return fail_with_data(error::invalid_execution_requests_params,
                              "Missing required json rpc parameter at index 3");
    companions.execution_requests = read_requests(arguments.at(3));
    if (!companions.execution_requests) return fail(error::invalid_execution_requests_params);
    return companions;
}

// EIP-4844: the consensus client's list is that of the transactions.
bool versioned_hashes_match(const Block& block, json::Value list) {
    const auto elements = list.elements();
    auto at = elements.begin();
    for (const auto& transaction : block.transactions)
        for (const auto& hash : transaction.blob_versioned_hashes) {
            if (at == elements.end() || hash_of(*at) != hash) return false;
            ++at;
        }
    return at == elements.end();
}

RpcResult<void> validate_form(const Version& version, const Request& request,
                              const Payload& payload) {
    const auto& header = payload.block.header;
    TRY(require_fork(*request.view, header.timestamp, version.first, version.end));
    const bool is_shanghai = is_active(*request.view, Fork::shanghai, header.timestamp);
    if (version.number > 1 && is_shanghai != payload.block.withdrawals.has_value())
        return fail(error::invalid_withdrawals_params);
    return {};
}

// The header of a block that is known, canonical or not.
std::optional<Header> find_header(const EngineStore& store, const ChainView& view,
                                  const Hash32& hash) {
    const auto& blocks = view.blocks();
    if (const auto number = blocks.block_number(hash)) return blocks.header(*number)->header;
    if (const auto executed = store.find(hash)) return executed->block.header;
    if (const auto side = blocks.side_block(hash)) return side->header;
    return std::nullopt;
}

// The last ancestor that is valid: the parent, unless that is invalid itself.
std::optional<Hash32> latest_valid_ancestor(const EngineStore& store, const ChainView& view,
                                            const Hash32& parent) {
    if (const auto latest = store.latest_valid_of_invalid(parent)) return latest;
    if (find_header(store, view, parent)) return parent;
    return std::nullopt;
}

PayloadStatus refuse(EngineStore& store, const Payload& payload,
                     const blockchain::ImportError& error) {
    if (!blockchain::is_invalid(error)) return {"SYNCING", {}, {}};
    const auto& parent = payload.block.header.parent_hash;
    store.mark_invalid(payload.claimed_hash, parent);
    return invalid(parent, to_string(error));
}

// On the chain's thread.
PayloadStatus execute(EngineStore& store, Chain& chain, const Payload& payload) {
    const auto view = chain.view();
    const auto& hash = payload.claimed_hash;
    const auto& parent = payload.block.header.parent_hash;
    if (view->blocks().block_number(hash) || store.find(hash)) return {"VALID", hash, {}};
    if (const auto latest = store.latest_valid_of_invalid(hash))
        return invalid(*latest, "Block already present in bad block manager.");
    if (const auto latest = store.latest_valid_of_invalid(parent)) {
        store.mark_invalid(hash, *latest);
        return invalid(*latest, "Its parent is an invalid block");
    }
    const auto parent_header = find_header(store, *view, parent);
    if (!parent_header) return {"SYNCING", {}, {}};
    if (payload.block.header.timestamp <= parent_header->timestamp)
        return invalid(parent, "block timestamp not greater than parent");

    const auto branch = store.branch_to(parent);
    const auto& base = branch.empty() ? parent : branch.front()->block.header.parent_hash;
    if (base == view->head().hash) {
        auto executed = chain.execute_on(branch, payload.block);
        if (!executed) return refuse(store, payload, executed.error());
        store.remember(*std::move(executed));
        return {"VALID", hash, {}};
    }
    // Off the canonical chain: runs when it is to become canonical.
    for (const auto& ancestor : branch)
        if (const auto kept = chain.import(ancestor->block); !kept)
            return refuse(store, payload, kept.error());
    if (const auto kept = chain.import(payload.block); !kept)
        return refuse(store, payload, kept.error());
    return {"ACCEPTED", {}, {}};
}

RpcResult<void> new_payload(const SharedEngine& engine, const Version& version,
                            const Request& request, json::Value arguments, json::Writer& out) {
    if (arguments.size() != version.parameters) return fail(error::invalid_param_count);
    TRY_LET(const auto companions, read_companions(version, arguments));
    TRY_LET(auto payload, read_payload(arguments.at(0), companions));
    TRY(validate_form(version, request, payload));
    auto& store = engine->store;
    const auto& parent = payload.block.header.parent_hash;
    const auto hash = block_hash(payload.block.header);
    auto status = on_chain_thread(request, [&](Chain& chain) -> RpcResult<PayloadStatus> {
        if (!payload.fault.empty())
            return invalid(latest_valid_ancestor(store, *chain.view(), parent), payload.fault);
        if (hash != payload.claimed_hash) {
            auto answer = invalid(
                {}, fmt::format("Computed block hash {} does not match block hash parameter {}",
                                to_hex(hash.bytes), to_hex(payload.claimed_hash.bytes)));
            if (version.number == 1) answer.status = "INVALID_BLOCK_HASH";
            return answer;
        }
        if (version.number >= 3 && !versioned_hashes_match(payload.block, arguments.at(1)))
            return invalid(latest_valid_ancestor(store, *chain.view(), parent),
                           "Versioned hashes from blob transactions do not match expected "
                           "values");
        return execute(store, chain, payload);
    });
    if (!status) return std::unexpected{std::move(status).error()};
    write_payload_status(out, *status);
    return {};
}

}  // namespace

void add_new_payload_methods(MethodTable& table, const SharedEngine& engine) {
    const auto add = [&](std::string_view name, const Version& version) {
        table.add(name, Group::engine, Cost::heavy,
                  [engine, version](const Request& request, Arguments arguments,
                                    json::Writer& out) -> RpcResult<void> {
                      return new_payload(engine, version, request, arguments.values, out);
                  });
    };
    add("engine_newPayloadV1", v1);
    add("engine_newPayloadV2", v2);
    add("engine_newPayloadV3", v3);
    add("engine_newPayloadV4", v4);
}

}  // namespace meta138::rpc
