// SPDX-License-Identifier: Apache-2.0
#include "call_access_list.hpp"
#include "call_object.hpp"
#include "call_simulation.hpp"
#include "find_block.hpp"
#include "methods.hpp"

#include "meta138/base/try.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace meta138::rpc {

namespace {

constexpr execution::SimulationLicense call_license{
    .future_nonce = true,
    .sender_with_code = true,
    .any_gas_limit = true,
    .beyond_block_limits = true,
};

/// A caller who names no price need not have the money, nor does one who waives the check.
constexpr execution::SimulationLicense estimate_license{
    .future_nonce = true,
    .underpriced = true,
    .unfunded_gas = true,
    .sender_with_code = true,
    .any_gas_limit = true,
    .beyond_block_limits = true,
};

/// The opcode at which the call halted: it runs once more, observed.
std::optional<std::uint8_t> find_failed_opcode(const Request& request, const CallBlock& block,
                                               const StateOverrides* overrides,
                                               CallRunner::Options options,
                                               const Transaction& transaction,
                                               const Address& sender) {
    StateLease state{*block.view};
    LastOpcodeTracer tracer;
    options.tracer = &tracer;
    CallRunner runner{request, block, *state, overrides, options};
    static_cast<void>(runner.run(transaction, sender));
    return tracer.opcode();
}

// eth_call

/// Besu wants a block; like execution-apis we take its absence for the latest. An error about the
/// call comes after one about the block.
RpcResult<BlockParameter> block_of_call(json::Value call, json::Value block) {
    if (block.is_missing() && call.is_object()) return BlockParameter{};
    return Parameter<BlockParameter>::decode(block);
}

RpcResult<void> call(const Request& request, json::Value object, json::Value block_parameter,
                     std::optional<StateOverrides> overrides,
                     std::optional<BlockOverrides> block_overrides, json::Writer& out) {
    TRY_LET(const auto where, block_of_call(object, block_parameter));
    TRY_LET(const auto number, find_block(request, where));
    if (!number) {
        out.null();
        return {};
    }
    TRY_LET(const auto call, Parameter<CallObject>::decode(object));
    TRY_LET(auto block, load_call_block(request, *number));
    if (block_overrides) override_block(block, *block_overrides);
    const auto* const accounts = overrides ? &*overrides : nullptr;
    const CallRunner::Options options{.payment = call_payment(call, block.header),
                                      .license = call_license};
    StateLease state{*block.view};
    CallRunner runner{request, block, *state, accounts, options};
    const auto transaction = runner.prepare(call);
    const auto sender = call.sender();
    const auto result = runner.run(transaction, sender, call.authorities);
    if (!result) return std::unexpected{runner.refusal(result.error(), transaction, sender)};
    if (!result->succeeded()) {
        std::optional<std::uint8_t> opcode;
        if (result->status == evm::Status::invalid_opcode)
            opcode = find_failed_opcode(request, block, accounts, options, transaction, sender);
        return std::unexpected{execution_failure(*result, opcode)};
    }
    out.hex(result->created ? state->code(*result->created) : ByteView{result->output});
    return {};
}

// eth_estimateGas and eth_createAccessList

/// A call to be run several times with different gas limits, each time on the same state.
class Estimation {
public:
    static RpcResult<Estimation> load(const Request& request, const CallObject& call,
                                      const std::optional<BlockParameter>& where,
                                      const std::optional<StateOverrides>& overrides) {
        const bool is_pending = !where || where->value == decltype(where->value){BlockTag::pending};
        if (is_pending) {
            TRY_LET(auto block, make_pending_block(request));
            return Estimation{request, call, std::move(block), overrides};
        }
        TRY_LET(const auto number, find_block(request, *where));
        if (!number) return fail(error::block_not_found);
        TRY_LET(auto block, load_call_block(request, *number));
        return Estimation{request, call, std::move(block), overrides};
    }

    /// The most gas that the call may get; fails when its sender cannot pay for any transaction.
    [[nodiscard]] RpcResult<std::uint64_t> gas_limit_bound() const {
        const auto& rules = block_.rules;
        auto bound = block_.environment.context.gas_limit;
        if (rules.fork >= Fork::osaka) bound = std::min(bound, rules.transaction_gas_limit_cap);
        if (const auto price = call_.max_fee_per_gas.value_or(call_.gas_price.value_or(0));
            call_.from && is_strict() && !price.is_zero()) {
            StateLease state{*block_.view};
            if (overrides_ != nullptr) apply_overrides(*state, *overrides_);
            const auto balance = state->balance(*call_.from);
            const auto value = call_.value.value_or(0);
            const auto affordable = balance > value ? (balance - value) / price : uint256{};
            if (affordable < bound) bound = affordable.low64();
        }
        if (bound < min_gas) return fail(error::transaction_upfront_cost_exceeds_balance);
        return bound;
    }

    struct Outcome {
        Transaction transaction;
        std::expected<execution::TransactionResult, RpcError> result;

        [[nodiscard]] bool succeeded() const { return result && result->succeeded(); }
    };

    [[nodiscard]] Outcome run(std::uint64_t gas_limit, evm::Tracer* tracer = nullptr) const {
        StateLease state{*block_.view};
        const auto options = options_with(tracer);
        CallRunner runner{request_, block_, *state, overrides_, options};
        auto call = call_;
        call.gas = gas_limit;
        auto transaction = runner.prepare(call);
        auto result = runner.run(transaction, call_.sender(), call_.authorities);
        if (result) return {std::move(transaction), *std::move(result)};
        auto refusal = runner.refusal(result.error(), transaction, call_.sender());
        return {std::move(transaction), std::unexpected{std::move(refusal)}};
    }

    /// Why the call fails with the most gas that it may get.
    [[nodiscard]] RpcError failure_of(const Outcome& outcome) const {
        if (!outcome.result) return outcome.result.error();
        std::optional<std::uint8_t> opcode;
        if (outcome.result->status == evm::Status::invalid_opcode)
            opcode = find_failed_opcode(request_, block_, overrides_, options_with(nullptr),
                                        outcome.transaction, call_.sender());
        return execution_failure(*outcome.result, opcode);
    }

    [[nodiscard]] CallObject& call() noexcept { return call_; }
    [[nodiscard]] const CallBlock& block() const noexcept { return block_; }
    [[nodiscard]] bool is_plain_transfer() const noexcept { return call_.data.empty(); }

    static constexpr std::uint64_t min_gas = 21'000;

private:
    Estimation(const Request& request, const CallObject& call, CallBlock block,
               const std::optional<StateOverrides>& overrides)
        : request_{request},
          call_{call},
          block_{std::move(block)},
          overrides_{overrides ? &*overrides : nullptr} {}

    [[nodiscard]] bool is_strict() const noexcept { return call_.strict.value_or(true); }
    [[nodiscard]] CallRunner::Options options_with(evm::Tracer* tracer) const {
        if (!is_strict())
            return {.payment = CallPayment::free, .license = call_license, .tracer = tracer};
        return {.payment = CallPayment::lenient, .license = estimate_license, .tracer = tracer};
    }

    const Request& request_;
    CallObject call_;
    CallBlock block_;
    const StateOverrides* overrides_;
};

/// Besu's first guess: a call keeps a 64th of its gas, and needs a stipend's worth more than it
/// uses when it sends value.
std::uint64_t optimistic_gas_limit(std::uint64_t used) {
    constexpr double sub_call_remaining_gas_ratio = 64.0 / 63.0;
    constexpr std::uint64_t call_stipend = 2'300;
    return static_cast<std::uint64_t>(static_cast<double>(used + call_stipend) *
                                      sub_call_remaining_gas_ratio);
}

RpcResult<Quantity> estimate_gas(const Request& request, CallObject call,
                                 std::optional<BlockParameter> where,
                                 std::optional<StateOverrides> overrides) {
    TRY_LET(const auto estimation, Estimation::load(request, call, where, overrides));
    TRY_LET(auto high, estimation.gas_limit_bound());
    if (estimation.is_plain_transfer() && estimation.run(Estimation::min_gas).succeeded())
        return Quantity{Estimation::min_gas};

    const auto first = estimation.run(high);
    if (!first.succeeded()) return std::unexpected{estimation.failure_of(first)};
    auto low = first.result->max_gas_used - 1;
    const auto guess = optimistic_gas_limit(first.result->max_gas_used);
    if (guess < high) {
        if (estimation.run(guess).succeeded())
            high = guess;
        else
            low = guess;
    }
    const auto tolerance = request.settings.estimate_gas_tolerance_ratio;
    while (low + 1 < high) {
        if (static_cast<double>(high - low) / static_cast<double>(high) < tolerance) break;
        if (request.is_cancelled()) return fail(error::timeout);
        const auto middle = low + (high - low) / 2;
        if (estimation.run(middle).succeeded())
            high = middle;
        else
            low = middle;
    }
    return Quantity{high};
}

void write_access_list(json::Writer& out, const AccessList& list) {
    out.key("accessList").open_array();
    for (const auto& entry : list) {
        out.open_object();
        out.key("address").hex(entry.address.bytes);
        out.key("storageKeys").open_array();
        for (const auto& key : entry.storage_keys) out.hex(key.bytes);
        out.close_array();
        out.close_object();
    }
    out.close_array();
}

/// Accounts that the transaction makes warm by itself.
AccessListTracer make_access_list_tracer(const Estimation& estimation, const CallObject& call) {
    AccessListTracer tracer{estimation.block().rules.fork};
    tracer.exclude(call.sender());
    if (call.to) tracer.exclude(*call.to);
    for (const auto& authorization : call.authorization_list) {
        if (const auto authority = recover_authority(authorization)) tracer.exclude(*authority);
    }
    return tracer;
}

RpcResult<void> create_access_list(const Request& request, CallObject call,
                                   std::optional<BlockParameter> where,
                                   std::optional<StateOverrides> overrides, json::Writer& out) {
    // With the list the call may take another way; so often at most.
    constexpr int max_rounds = 8;
    TRY_LET(auto estimation, Estimation::load(request, call, where, overrides));
    TRY_LET(const auto gas_limit, estimation.gas_limit_bound());
    auto list = call.access_list.value_or(AccessList{});
    std::optional<Estimation::Outcome> outcome;
    for (int round = 0; round < max_rounds; ++round) {
        if (request.is_cancelled()) return fail(error::timeout);
        auto tracer = make_access_list_tracer(estimation, call);
        outcome.emplace(estimation.run(gas_limit, &tracer));
        if (!outcome->result) return std::unexpected{outcome->result.error()};
        auto found = tracer.access_list();
        if (found == list) break;
        list = std::move(found);
        if (estimation.block().rules.fork < Fork::berlin) break;  // which knows no such lists
        estimation.call().access_list = list;
    }
    out.open_object();
    write_access_list(out, list);
    if (!outcome->succeeded()) out.key("error").string("execution reverted");
    out.key("gasUsed").quantity(outcome->result->gas_used);
    out.close_object();
    return {};
}

}  // namespace

void add_call_methods(MethodTable& table) {
    table.add("eth_call", Group::eth, Cost::heavy, cancellable(call));
    table.add("eth_estimateGas", Group::eth, Cost::heavy, estimate_gas);
    table.add("eth_createAccessList", Group::eth, Cost::heavy, cancellable(create_access_list));
}

}  // namespace meta138::rpc
