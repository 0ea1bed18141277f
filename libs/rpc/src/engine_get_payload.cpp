// SPDX-License-Identifier: Apache-2.0
#include "engine_building.hpp"
#include "engine_methods.hpp"

#include "meta138/rpc/parameters.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace meta138::rpc {

namespace {

using blockchain::Chain;

struct Version {
    unsigned number;
    std::optional<Fork> first;
    std::optional<Fork> end;
};
constexpr Version v1{1, {}, Fork::shanghai};
constexpr Version v2{2, {}, Fork::cancun};
constexpr Version v3{3, Fork::cancun, Fork::prague};
constexpr Version v4{4, Fork::prague, Fork::osaka};
constexpr Version v5{5, Fork::osaka, {}};

// Takes what the pool holds now, unless the head has moved on: then what there is will do.
void improve(const Engine& engine, Chain& chain, const txpool::SharedPool* pool, PayloadJob& job) {
    if (chain.view()->head().hash != job.parent_hash) return;
    PoolSource source{pool, chain.view()->next_rules(job.attributes.timestamp).fork};
    const auto deadline = std::chrono::steady_clock::now() + engine.options.building_time;
    const auto keep_building = [&] { return std::chrono::steady_clock::now() < deadline; };
    auto built = blockchain::build_block(chain, block_attributes(job.attributes, engine.options),
                                         source, keep_building);
    if (!built) return;
    const auto transactions = built->block.transactions.size();
    job.blob_transactions = source.take_blob_transactions();
    if (transactions == 0) job.blob_transactions.clear();
    job.built = std::move(built);
}

std::optional<PayloadId> read_id(json::Value value) {
    const auto bytes = bytes_of(value);
    PayloadId id;
    if (!bytes || bytes->size() != id.bytes.size()) return std::nullopt;
    std::ranges::copy(*bytes, id.bytes.begin());
    return id;
}

RpcResult<void> get_payload(const SharedEngine& engine, const Version& version,
                            const Request& request, json::Value arguments, json::Writer& out) {
    const auto id = read_id(arguments.at(0));
    if (!id) return fail(error::invalid_payload_id_params);
    const auto job = on_chain_thread(request, [&](Chain& chain) -> RpcResult<PayloadJob> {
        auto* found = engine->store.find_job(*id);
        if (found == nullptr) return fail(error::unknown_payload);
        TRY(require_fork(*chain.view(), found->attributes.timestamp, version.first, version.end));
        improve(*engine, chain, request.backend.pool, *found);
        return *found;
    });
    if (!job) return std::unexpected{job.error()};
    write_built_payload(out, *job->built, job->blob_transactions, version.number);
    return {};
}

}  // namespace

void add_get_payload_methods(MethodTable& table, const SharedEngine& engine) {
    const auto add = [&](std::string_view name, const Version& version) {
        table.add(name, Group::engine, Cost::heavy,
                  [engine, version](const Request& request, Arguments arguments,
                                    json::Writer& out) -> RpcResult<void> {
                      return get_payload(engine, version, request, arguments.values, out);
                  });
    };
    add("engine_getPayloadV1", v1);
    add("engine_getPayloadV2", v2);
    add("engine_getPayloadV3", v3);
    add("engine_getPayloadV4", v4);
    add("engine_getPayloadV5", v5);
}

}  // namespace meta138::rpc
