// SPDX-License-Identifier: Apache-2.0
#include "find_block.hpp"
#include "methods.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/rpc/qbft_control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace meta138::rpc {

namespace {

using Addresses = std::vector<Address>;

/// Blocks that qbft_getSignerMetrics looks at when nobody says how many.
constexpr std::uint64_t default_range = 100;
/// So many blocks between two looks at the clock.
constexpr std::uint64_t blocks_between_checks = 256;

RpcResult<QbftControl*> control_of(const Request& request) {
    if (request.backend.qbft == nullptr) return fail(error::method_not_enabled);
    return request.backend.qbft;
}

RpcResult<Addresses> answer_of(std::expected<Addresses, std::string> validators) {
    if (!validators)
        return std::unexpected{RpcError{error::internal_error.code, std::move(validators).error()}};
    return *std::move(validators);
}

// --- Who validates

RpcResult<std::optional<Addresses>> validators_of(const Request& request, std::uint64_t number) {
    TRY_LET(const auto* control, control_of(request));
    const auto stored = request.view->blocks().header(number);
    if (!stored) return std::nullopt;
    TRY_LET(auto validators,
            answer_of(control->validator_sets().of_block(stored->header, *request.view)));
    return validators;
}

RpcResult<std::optional<Addresses>> get_validators_by_block_number(const Request& request,
                                                                   json::Value parameter) {
    TRY_LET(const auto* control, control_of(request));
    const auto block = block_number_of(parameter);
    if (!block) return fail(error::invalid_block_params);
    // Those of the block to come.
    if (block->value == BlockNumberParameter{BlockTag::pending}.value) {
        TRY_LET(auto validators, answer_of(control->validator_sets().after(
                                     request.view->head().header, *request.view)));
        return validators;
    }
    TRY_LET(const auto number, find_block(request, *block));
    if (!number) return std::nullopt;
    return validators_of(request, *number);
}

RpcResult<std::optional<Addresses>> get_validators_by_block_hash(const Request& request,
                                                                 BlockHash hash) {
    TRY(control_of(request));
    const auto number = request.view->blocks().block_number(hash.value);
    if (!number) return std::nullopt;
    return validators_of(request, *number);
}

// --- Votes

/// Where a contract says who validates there is nothing to vote on.
RpcResult<QbftControl*> votes_of(const Request& request) {
    TRY_LET(auto* control, control_of(request));
    const auto& head = request.view->head().header;
    const auto& config = control->validator_sets().config();
    if (config.at(head.number, head.timestamp).validator_contract)
        return fail(error::method_not_enabled);
    return control;
}

RpcResult<bool> propose_validator_vote(const Request& request, json::Value recipient,
                                       json::Value type) {
    TRY_LET(auto* control, votes_of(request));
    const auto address = address_of(recipient);
    if (!address) return fail(error::invalid_address_params);
    const auto is_add = type.boolean();
    if (!is_add) return fail(error::invalid_vote_type_params);
    control->propose_vote(*address, *is_add);
    return true;
}

RpcResult<bool> discard_validator_vote(const Request& request, json::Value recipient) {
    TRY_LET(auto* control, votes_of(request));
    const auto address = address_of(recipient);
    if (!address) return fail(error::invalid_address_params);
    control->discard_vote(*address);
    return true;
}

RpcResult<void> get_pending_votes(const Request& request, json::Writer& out) {
    TRY_LET(const auto* control, votes_of(request));
    out.open_object();
    for (const auto& [recipient, is_add] : control->proposed_votes())
        out.key(to_hex(recipient.bytes)).boolean(is_add);
    out.close_object();
    return {};
}

// --- Who made blocks

struct SignerMetric {
    std::uint64_t blocks = 0;
    std::uint64_t last_block = 0;
};

struct BlockRange {
    std::uint64_t from = 0;
    std::uint64_t to = 0;  ///< Excluded.
};

// Besu knows no tags of finality here.
RpcResult<std::optional<std::uint64_t>> number_in_range(const Request& request,
                                                        json::Value parameter) {
    if (parameter.is_missing()) return std::nullopt;
    const auto block = block_number_of(parameter);
    if (!block) return fail(error::invalid_block_number_params);
    if (const auto* number = std::get_if<std::uint64_t>(&block->value)) return *number;
    switch (std::get<BlockTag>(block->value)) {
        case BlockTag::earliest: return 0;
        case BlockTag::latest:
        case BlockTag::pending: return request.view->head().header.number;
        case BlockTag::safe:
        case BlockTag::finalized: break;
    }
    return fail(error::internal_error);
}

RpcResult<BlockRange> range_of(const Request& request, json::Value from, json::Value to) {
    const auto head = request.view->head().header.number;
    TRY_LET(const auto first, number_in_range(request, from));
    TRY_LET(const auto end, number_in_range(request, to));
    const BlockRange range{
        .from = first.value_or(head - std::min(head, default_range)),
        .to = std::min(end.value_or(head), head),
    };
    if (range.from >= range.to) return fail(error::invalid_block_number_params);
    return range;
}

RpcResult<std::map<Address, SignerMetric>> count_blocks(const Request& request,
                                                        const QbftControl& control,
                                                        BlockRange range) {
    std::map<Address, SignerMetric> metrics;
    for (auto number = range.from; number < range.to; ++number) {
        if (number % blocks_between_checks == 0 && request.is_cancelled())
            return fail(error::timeout);
        const auto stored = request.view->blocks().header(number);
        if (!stored) continue;
        auto& metric = metrics[stored->header.coinbase];
        ++metric.blocks;
        metric.last_block = number;
        if (number + 1 < range.to) continue;
        TRY_LET(const auto validators,
                answer_of(control.validator_sets().after(stored->header, *request.view)));
        for (const auto& validator : validators) metrics[validator];
    }
    return metrics;
}

RpcResult<void> get_signer_metrics(const Request& request, json::Value from, json::Value to,
                                   json::Writer& out) {
    TRY_LET(const auto* control, control_of(request));
    TRY_LET(const auto range, range_of(request, from, to));
    TRY_LET(const auto metrics, count_blocks(request, *control, range));
    out.open_array();
    for (const auto& [address, metric] : metrics) {
        out.open_object();
        out.key("address").hex(address.bytes);
        out.key("proposedBlockCount").quantity(metric.blocks);
        out.key("lastProposedBlockNumber").quantity(metric.last_block);
        out.close_object();
    }
    out.close_array();
    return {};
}

RpcResult<Number> get_request_timeout_seconds(const Request& request) {
    TRY_LET(const auto* control, control_of(request));
    const auto timeout = control->validator_sets().config().request_timeout;
    return Number{
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(timeout).count())};
}

// --- Why are we not deciding?

std::size_t heard_validators(const qbft::Core::Status& core) {
    return static_cast<std::size_t>(std::ranges::count_if(
        core.validators, [](const auto& peer) { return peer.round.has_value(); }));
}

/// What decision the node waits for, for people.
std::string explain(const consensus::Validator::Status& status) {
    const auto& core = status.core;
    if (status.is_paused) return "this node synchronises, and takes no part in consensus meanwhile";
    if (status.waits_for_past)
        return "this node has lost what it signed before, and waits for a block of the others "
               "before it takes part";
    if (core.number == 0) return "nothing is decided at the moment";
    if (!core.is_validator) return "this node is not a validator of the block to be decided";
    if (core.commits >= core.quorum) return "the block is decided and is being imported";
    if (core.prepares >= core.quorum)
        return fmt::format("prepared, with {} of {} commits", core.commits, core.quorum);
    if (core.has_proposal)
        return fmt::format("a proposal is there, with {} of {} prepares", core.prepares,
                           core.quorum);
    const auto proposer = core.proposer ? to_hex(core.proposer->bytes) : std::string{"nobody"};
    return fmt::format(
        "waits for the proposal of {}; {} of {} validators were heard at this height, and {} are "
        "needed",
        proposer, heard_validators(core), core.validators.size(), core.quorum);
}

void write_round(json::Writer& out, const std::optional<std::uint32_t>& round) {
    if (round)
        out.number(*round);
    else
        out.null();
}

RpcResult<void> get_status(const Request& request, json::Writer& out) {
    TRY_LET(const auto* control, control_of(request));
    const auto status = control->status();
    const auto& core = status.core;
    out.open_object();
    out.key("explanation").string(explain(status));
    out.key("synchronising").boolean(status.is_paused);
    out.key("waitsForPast").boolean(status.waits_for_past);
    out.key("number").quantity(core.number);
    out.key("round").number(core.round);
    out.key("isValidator").boolean(core.is_validator);
    out.key("proposer");
    if (core.proposer)
        out.hex(core.proposer->bytes);
    else
        out.null();
    out.key("hasProposal").boolean(core.has_proposal);
    out.key("prepares").number(core.prepares);
    out.key("commits").number(core.commits);
    out.key("quorum").number(core.quorum);
    out.key("preparedRound");
    write_round(out, core.prepared_round);
    out.key("validators").open_array();
    for (const auto& peer : core.validators) {
        out.open_object();
        out.key("address").hex(peer.validator.bytes);
        out.key("round");
        write_round(out, peer.round);
        out.close_object();
    }
    out.close_array();
    out.key("futureMessages").number(core.future_messages);
    out.key("futureBytes").number(core.future_bytes);
    out.close_object();
    return {};
}

RpcResult<bool> reset_round_timer(const Request& request) {
    TRY_LET(auto* control, control_of(request));
    control->reset_round_timer();
    return true;
}

}  // namespace

void add_qbft_methods(MethodTable& table) {
    // They look at many headers, run a contract or wait for the chain's thread.
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::qbft, Cost::heavy, function);
    };
    add("qbft_getValidatorsByBlockNumber", get_validators_by_block_number);
    add("qbft_getValidatorsByBlockHash", get_validators_by_block_hash);
    add("qbft_proposeValidatorVote", propose_validator_vote);
    add("qbft_discardValidatorVote", discard_validator_vote);
    add("qbft_getPendingVotes", get_pending_votes);
    add("qbft_getSignerMetrics", get_signer_metrics);
    add("qbft_getRequestTimeoutSeconds", get_request_timeout_seconds);
    // Ours.
    add("qbft_getStatus", get_status);
    add("qbft_resetRoundTimer", reset_round_timer);
}

}  // namespace meta138::rpc
