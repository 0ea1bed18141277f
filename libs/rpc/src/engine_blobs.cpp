// SPDX-License-Identifier: Apache-2.0
#include "engine_methods.hpp"

#include "meta138/rpc/parameters.hpp"

#include <algorithm>
#include <map>
#include <span>

namespace meta138::rpc {

namespace {

constexpr std::size_t max_versioned_hashes = 128;  // execution-apis, cancun.md

// A blob in the pool: its transaction and its place there.
struct BlobPlace {
    txpool::SharedTransaction transaction;
    std::size_t index = 0;
};

RpcResult<std::vector<Hash32>> read_hashes(json::Value value) {
    if (!value.is_array()) return fail(error::invalid_versioned_hashes_params);
    if (value.size() > max_versioned_hashes) return fail(error::too_large_request);
    std::vector<Hash32> hashes;
    for (const auto element : value.elements()) {
        const auto hash = hash_of(element);
        if (!hash) return fail(error::invalid_versioned_hashes_params);
        hashes.push_back(*hash);
    }
    return hashes;
}

// Where the blobs are that have a sidecar of that version.
std::map<Hash32, BlobPlace> find_blobs(const txpool::SharedPool* pool,
                                       std::span<const Hash32> hashes, std::uint8_t version) {
    std::map<Hash32, BlobPlace> places;
    if (pool == nullptr) return places;
    for (const auto& entry : pool->content()) {
        const auto& transaction = entry.transaction;
        if (!transaction->sidecar || transaction->sidecar->version != version) continue;
        const auto& known = transaction->transaction.blob_versioned_hashes;
        for (std::size_t i = 0; i < known.size(); ++i)
            if (std::ranges::find(hashes, known[i]) != hashes.end())
                places.try_emplace(known[i], BlobPlace{transaction, i});
    }
    return places;
}

void write_blob(json::Writer& out, const BlobPlace& place) {
    const auto& sidecar = *place.transaction->sidecar;
    out.open_object();
    out.key("blob").hex(sidecar.blobs[place.index]);
    if (sidecar.version == 0) {
        out.key("proof").hex(sidecar.proofs[place.index].bytes);
    } else {
        const auto first = place.index * CELLS_PER_EXT_BLOB;
        out.key("proofs").open_array();
        for (const auto& proof : std::span{sidecar.proofs}.subspan(first, CELLS_PER_EXT_BLOB))
            out.hex(proof.bytes);
        out.close_array();
    }
    out.close_object();
}

void write_blobs(json::Writer& out, std::span<const Hash32> hashes,
                 const std::map<Hash32, BlobPlace>& places) {
    out.open_array();
    for (const auto& hash : hashes) {
        const auto place = places.find(hash);
        if (place == places.end())
            out.null();
        else
            write_blob(out, place->second);
    }
    out.close_array();
}

std::uint64_t head_time(const Request& request) {
    return request.view->head().header.timestamp;
}

RpcResult<void> get_blobs_v1(const Request& request, Arguments arguments, json::Writer& out) {
    TRY_LET(const auto hashes, read_hashes(arguments.values.at(0)));
    TRY(require_fork(*request.view, head_time(request), {}, Fork::osaka));
    write_blobs(out, hashes, find_blobs(request.backend.pool, hashes, 0));
    return {};
}

// All or nothing.
RpcResult<void> get_blobs_v2(const Request& request, Arguments arguments, json::Writer& out) {
    TRY_LET(const auto hashes, read_hashes(arguments.values.at(0)));
    TRY(require_fork(*request.view, head_time(request), Fork::osaka, {}));
    const auto places = find_blobs(request.backend.pool, hashes, 1);
    if (std::ranges::all_of(hashes, [&](const auto& hash) { return places.contains(hash); }))
        write_blobs(out, hashes, places);
    else
        out.null();
    return {};
}

RpcResult<void> get_blobs_v3(const Request& request, Arguments arguments, json::Writer& out) {
    TRY_LET(const auto hashes, read_hashes(arguments.values.at(0)));
    TRY(require_fork(*request.view, head_time(request), Fork::osaka, {}));
    write_blobs(out, hashes, find_blobs(request.backend.pool, hashes, 1));
    return {};
}

}  // namespace

void add_blob_methods(MethodTable& table) {
    table.add("engine_getBlobsV1", Group::engine, Cost::heavy, get_blobs_v1);
    table.add("engine_getBlobsV2", Group::engine, Cost::heavy, get_blobs_v2);
    table.add("engine_getBlobsV3", Group::engine, Cost::heavy, get_blobs_v3);
}

}  // namespace meta138::rpc
