// SPDX-License-Identifier: Apache-2.0
#include "engine_building.hpp"
#include "engine_methods.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/types/pooled_transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>

namespace meta138::rpc {

namespace {

using blockchain::Chain;
using Candidate = blockchain::TransactionSource::Candidate;

constexpr std::size_t max_transactions = 10'000;
constexpr std::string_view malformed =
    "Failed to decode transaction: Invalid RLP in raw transaction hex";

// Besu's order of complaints.
RpcResult<PayloadAttributes> read_attributes(json::Value value) {
    if (!value.is_object() || !hash_of(value.find("prevRandao")))
        return fail(error::invalid_params);
    if (integer_of(value.find("timestamp")).value_or(0) == 0)
        return fail_with_data(error::invalid_params, "Missing or invalid timestamp field");
    if (value.find("suggestedFeeRecipient").is_missing())
        return fail_with_data(error::invalid_params, "Missing suggestedFeeRecipient field");
    auto attributes = read_payload_attributes(value);
    if (!attributes) return fail(error::invalid_params);
    return attributes;
}

RpcResult<std::vector<Candidate>> read_transactions(json::Value list, Fork fork) {
    if (!list.is_array() || list.size() > max_transactions)
        return fail(error::invalid_transaction_params);
    std::vector<Candidate> candidates;
    for (const auto element : list.elements()) {
        const auto opaque = bytes_of(element);
        if (!opaque) return fail_with_data(error::invalid_transaction_params, malformed);
        auto decoded = decode_pooled_transaction(*opaque);
        if (!decoded) {
            // Without the sidecar that nodes send along.
            if (auto bare = decode_transaction(*opaque))
                decoded = PooledTransaction{*std::move(bare), {}};
        }
        if (!decoded) return fail_with_data(error::invalid_transaction_params, malformed);
        const auto sender = recover_sender(decoded->transaction, fork);
        if (!sender) return fail_with_data(error::invalid_transaction_params, malformed);
        const auto hash = transaction_hash(decoded->transaction);
        candidates.push_back(
            {std::make_shared<const Transaction>(std::move(decoded->transaction)), *sender, hash});
    }
    return candidates;
}

RpcResult<void> build_block_v1(const EngineOptions& defaults, const Request& request,
                               Arguments arguments, json::Writer& out) {
    const auto parent = hash_of(arguments.values.at(0));
    if (!parent) return fail(error::invalid_params);
    TRY_LET(const auto attributes, read_attributes(arguments.values.at(1)));
    const auto rules = request.view->next_rules(attributes.timestamp);
    const auto list = arguments.values.at(2);
    std::optional<std::vector<Candidate>> candidates;
    if (!list.is_missing()) {
        TRY_LET(candidates, read_transactions(list, rules.fork));
    }
    EngineOptions options = defaults;
    if (const auto extra = arguments.values.at(3); !extra.is_missing()) {
        const auto bytes = bytes_of(extra);
        if (!bytes || bytes->size() > rules.max_extra_data_size)
            return fail(error::invalid_extra_data_params);
        options.extra_data = *bytes;
    }

    std::vector<txpool::SharedTransaction> blobs;
    const auto built = on_chain_thread(
        request, [&](Chain& chain) -> RpcResult<std::shared_ptr<const blockchain::ExecutedBlock>> {
            const auto view = chain.view();
            if (*parent != view->head().hash)
                return fail_with_data(
                    error::invalid_params,
                    view->blocks().block_number(*parent)
                        ? fmt::format("Parent block is not the head: {}", to_hex(parent->bytes))
                        : fmt::format("Parent block not found: {}", to_hex(parent->bytes)));
            if (attributes.timestamp <= view->head().header.timestamp)
                return fail_with_data(error::invalid_params, "Missing or invalid timestamp field");
            const auto block_options = block_attributes(attributes, options);
            std::shared_ptr<const blockchain::ExecutedBlock> block;
            if (candidates) {
                ListSource source{std::move(*candidates)};
                block = blockchain::build_block(chain, block_options, source, {});
                if (!source.took_all())
                    return std::unexpected{RpcError{
                        error::invalid_input.code,
                        source.refused() ? std::string{to_string(*source.refused())}
                                         : std::string{"Transaction does not fit into the block"}}};
            } else {
                PoolSource source{request.backend.pool, rules.fork};
                block = blockchain::build_block(chain, block_options, source, {});
                blobs = source.take_blob_transactions();
            }
            if (!block) return fail(error::internal_error);
            return block;
        });
    if (!built) return std::unexpected{built.error()};
    write_built_payload(out, **built, blobs, 4);
    return {};
}

}  // namespace

void add_testing_methods(MethodTable& table, const EngineOptions& options) {
    table.add("testing_buildBlockV1", Group::testing, Cost::heavy,
              [options](const Request& request, Arguments arguments, json::Writer& out) {
                  return build_block_v1(options, request, arguments, out);
              });
}

}  // namespace meta138::rpc
