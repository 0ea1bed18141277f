// SPDX-License-Identifier: Apache-2.0
#include "call_simulation.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/execution/validate_block.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/intrinsic_gas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace meta138::rpc {

namespace {

/// A state without accounts: what a State rests on between two requests.
class NothingView final : public state::StateView {
public:
    [[nodiscard]] std::optional<Account> account(const Address&) const override { return {}; }
    [[nodiscard]] uint256 storage(const Address&, const uint256&) const override { return {}; }
    [[nodiscard]] state::SharedBytecode code(const Hash32&) const override {
        return state::make_bytecode({});
    }
    [[nodiscard]] bool has_storage(const Address&) const override { return false; }
};

const NothingView nothing;

/// A thread runs one request at a time, but a request may need two states.
constexpr std::size_t max_kept_states = 2;

std::vector<std::unique_ptr<state::State>>& kept_states() {
    thread_local std::vector<std::unique_ptr<state::State>> states;
    return states;
}

constexpr auto uint64_max = std::numeric_limits<std::uint64_t>::max();

/// "0 wei", "1.50 gwei" (Besu Wei).
std::string readable_wei(const uint256& wei) {
    const auto digits = to_string(wei);
    constexpr std::string_view units[]{"wei", "kwei", "mwei", "gwei", "szabo", "finney", "ether"};
    const auto unit = std::min<std::size_t>((digits.size() - 1) / 3, std::size(units) - 1);
    if (unit == 0) return digits + " wei";
    const auto whole = digits.size() - unit * 3;
    return fmt::format("{}.{} {}", digits.substr(0, whole), digits.substr(whole, 2), units[unit]);
}

RpcError with_detail(const ErrorKind& kind, std::string_view detail) {
    return {kind.code, fmt::format("{} ({})", kind.message, detail)};
}

std::uint64_t needed_gas(const Transaction& transaction, Fork fork) {
    return std::max(intrinsic_gas(transaction, fork),
                    fork >= Fork::prague ? floor_data_gas(transaction) : 0);
}

std::string mismatch_of_nonce(std::string_view what, const Transaction& transaction,
                              const Address& sender, state::State& state) {
    return fmt::format("transaction nonce {} {} sender account nonce {} for sender {}",
                       transaction.nonce, what, state.nonce(sender), to_hex(sender.bytes));
}

/// The text of Error(string) in revert data; empty for other data.
std::string revert_text(ByteView data) {
    constexpr std::array<std::uint8_t, 4> error_selector{0x08, 0xc3, 0x79, 0xa0};
    if (data.size() < 4 || !std::ranges::equal(data.first(4), error_selector)) return {};
    const auto body = data.subspan(4);
    constexpr std::string_view malformed = "ABI decode error";
    if (body.size() < 64) return std::string{malformed};
    const auto length = uint256_from_be(body.subspan(32, 32));
    if (!length.fits_uint64() || length.low64() > body.size() - 64) return std::string{malformed};
    const auto text = body.subspan(64, length.low64());
    return {text.begin(), text.end()};
}

}  // namespace

RpcResult<CallBlock> load_call_block(const Request& request, std::uint64_t number) {
    const auto& view = *request.view;
    CallBlock block;
    if (number == view.head().header.number) {
        block.header = view.head().header;
    } else {
        auto stored = view.blocks().header(number);
        if (!stored) return fail(error::block_not_found);
        block.header = std::move(stored->header);
    }
    block.rules = view.rules_of(block.header);
    block.environment = execution::environment_of(block.header, block.rules);
    block.view = view.blocks().state_at(number);
    if (!block.view) return fail(error::world_state_unavailable);
    return block;
}

RpcResult<CallBlock> make_pending_block(const Request& request) {
    const auto& view = *request.view;
    const auto& parent = view.head().header;
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    CallBlock block;
    auto& header = block.header;
    header.parent_hash = view.head().hash;
    header.number = parent.number + 1;
    header.timestamp = std::max(parent.timestamp + 1, static_cast<std::uint64_t>(now));
    header.gas_limit = parent.gas_limit;
    header.difficulty = parent.difficulty;
    header.coinbase = parent.coinbase;
    header.prev_randao = parent.prev_randao;
    block.rules = view.next_rules(header.timestamp);
    if (block.rules.fork >= Fork::london)
        header.base_fee_per_gas = execution::base_fee_after(parent, block.rules);
    if (block.rules.fork >= Fork::cancun) {
        header.blob_gas_used = 0;
        header.excess_blob_gas = calc_excess_blob_gas(parent, block.rules.fork, block.rules.blobs);
        header.parent_beacon_block_root = Hash32{};
    }
    block.environment = execution::environment_of(header, block.rules);
    block.view = view.blocks().state_at(parent.number);
    if (!block.view) return fail(error::world_state_unavailable);
    return block;
}

void override_block(CallBlock& block, const BlockOverrides& overrides) {
    auto& context = block.environment.context;
    if (overrides.number) context.number = *overrides.number;
    if (overrides.time) context.timestamp = *overrides.time;
    if (overrides.gas_limit) context.gas_limit = *overrides.gas_limit;
    if (overrides.fee_recipient) context.coinbase = *overrides.fee_recipient;
    if (overrides.difficulty) context.prev_randao = *overrides.difficulty;
    if (overrides.prev_randao) context.prev_randao = to_uint256(*overrides.prev_randao);
    if (overrides.base_fee_per_gas) context.base_fee_per_gas = *overrides.base_fee_per_gas;
    if (overrides.blob_base_fee) context.blob_base_fee = *overrides.blob_base_fee;
}

StateLease::StateLease(const state::StateView& view) : exceptions_{std::uncaught_exceptions()} {
    auto& states = kept_states();
    if (states.empty()) {
        state_ = std::make_unique<state::State>(view);
        return;
    }
    state_ = std::move(states.back());
    states.pop_back();
    state_->reset(view);
}

StateLease::~StateLease() {
    auto& states = kept_states();
    // What an exception has left in the middle of a transaction is not used again.
    if (states.size() >= max_kept_states || std::uncaught_exceptions() != exceptions_) return;
    state_->reset(nothing);
    states.push_back(std::move(state_));
}

CallPayment call_payment(const CallObject& call, const Header& header) {
    if (call.strict) return *call.strict ? CallPayment::charged : CallPayment::free;
    const auto is_zero = [](const std::optional<uint256>& price) {
        return !price || price->is_zero();
    };
    if (!header.base_fee_per_gas)
        return is_zero(call.gas_price) ? CallPayment::free : CallPayment::charged;
    if (call.blob_versioned_hashes && is_zero(call.max_fee_per_blob_gas)) return CallPayment::free;
    const bool names_no_price = is_zero(call.gas_price) && is_zero(call.max_fee_per_gas) &&
                                is_zero(call.max_priority_fee_per_gas);
    return names_no_price ? CallPayment::free : CallPayment::charged;
}

CallRunner::CallRunner(const Request& request, const CallBlock& block, state::State& state,
                       const StateOverrides* overrides, const Options& options)
    : settings_{request.settings},
      state_{state},
      options_{options},
      has_base_fee_{block.header.base_fee_per_gas.has_value()},
      rules_{rules_for(block, overrides)},
      environment_{environment_for(block, options.payment)},
      guard_{request},
      host_{state, *request.view, rules_.fork},
      evm_{host_,         *request.backend.code_cache, rules_.fork, environment_.context,
           rules_.limits, guarded(options.tracer)} {
    if (overrides != nullptr) apply_overrides(state, *overrides);
}

evm::Tracer* CallRunner::guarded(evm::Tracer* tracer) {
    if (tracer == nullptr) return nullptr;
    tracers_.add(guard_);
    tracers_.add(*tracer);
    return &tracers_;
}

execution::BlockRules CallRunner::rules_for(const CallBlock& block,
                                            const StateOverrides* overrides) {
    auto rules = block.rules;
    if (overrides == nullptr) return rules;
    for (const auto& account : overrides->accounts) {
        if (!account.move_precompile_to || !evm::is_precompile(account.address, rules.fork))
            continue;
        moves_.try_emplace(account.address, std::nullopt);
        moves_.insert_or_assign(*account.move_precompile_to, account.address);
    }
    if (!moves_.empty()) rules.limits.precompile_moves = &moves_;
    return rules;
}

execution::BlockEnvironment CallRunner::environment_for(const CallBlock& block,
                                                        CallPayment payment) {
    auto environment = block.environment;
    if (payment == CallPayment::free) {
        environment.context.base_fee_per_gas = {};
        environment.context.blob_base_fee = {};
    }
    return environment;
}

Transaction CallRunner::prepare(const CallObject& call) const {
    CallPrices prices;
    if (options_.payment != CallPayment::free) {
        prices.gas_price =
            call.has_price() ? call.gas_price.value_or(0) : environment_.context.base_fee_per_gas;
        prices.max_fee_per_gas = call.max_fee_per_gas.value_or(prices.gas_price);
        prices.max_priority_fee_per_gas = call.max_priority_fee_per_gas.value_or(prices.gas_price);
        prices.max_fee_per_blob_gas =
            call.max_fee_per_blob_gas.value_or(environment_.context.blob_base_fee);
    }
    auto transaction = to_transaction(call, prices, has_base_fee_, rules_.chain_id);
    if (!call.nonce) transaction.nonce = state_.nonce(call.sender());
    const auto cap = settings_.gas_cap == 0 ? uint64_max : settings_.gas_cap;
    const auto transaction_cap =
        rules_.fork >= Fork::osaka ? rules_.transaction_gas_limit_cap : uint64_max;
    transaction.gas_limit =
        std::min(cap, call.gas.value_or(std::min(transaction_cap, environment_.context.gas_limit)));
    return transaction;
}

std::expected<execution::TransactionResult, TransactionError> CallRunner::run(
    const Transaction& transaction, const Address& sender,
    std::span<const std::optional<Address>> authorities) {
    auto license = options_.license;
    license.authorities = authorities;
    return execution::simulate_call(context(), {}, transaction, sender, license);
}

RpcError CallRunner::refusal(TransactionError error, const Transaction& transaction,
                             const Address& sender) const {
    // The context does not change what it refers to here.
    auto& self = const_cast<CallRunner&>(*this);
    return transaction_refusal(error, transaction, sender, self.context());
}

void apply_overrides(state::State& state, const StateOverrides& overrides) {
    for (const auto& account : overrides.accounts)
        execution::apply_override(state, account.address, account.account);
}

RpcError transaction_refusal(TransactionError error, const Transaction& transaction,
                             const Address& sender, const execution::ExecutionContext& in) {
    const auto& block = in.block.context;
    const auto blobs = transaction.blob_versioned_hashes.size();
    switch (error) {
        using enum TransactionError;
        case malformed:
        case type_not_supported:
        case type_1_tx_pre_fork:
        case type_2_tx_pre_fork:
        case type_3_tx_pre_fork:
        case type_4_tx_pre_fork:
            return with_detail(error::invalid_transaction_type, to_string(error));
        case invalid_chain_id:
            return with_detail(
                error::wrong_chain_id,
                fmt::format("transaction was meant for chain id {} and not this chain id {}",
                            transaction.chain_id.value_or(0), in.rules.chain_id));
        case invalid_signature_vrs:
        case ec_recovery_failed: return error::invalid_transaction_signature;
        case nonce_is_max:
            return with_detail(error::internal_error, "Nonce must be less than 2^64-1");
        case gas_limit_price_product_overflow:
            return with_detail(error::internal_error, "Upfront gas cost cannot exceed 2^256 Wei");
        case priority_greater_than_max_fee_per_gas:
            return with_detail(error::max_priority_fee_per_gas_exceeds_max_fee_per_gas,
                               "max priority fee per gas cannot be greater than max fee per gas");
        case gas_limit_exceeds_maximum:
            return with_detail(error::exceeds_transaction_gas_limit_cap,
                               fmt::format("Transaction gas limit must be at most {}",
                                           in.rules.transaction_gas_limit_cap));
        case initcode_size_exceeded:
            return with_detail(error::internal_error,
                               fmt::format("Initcode size of {} exceeds maximum size of {}",
                                           transaction.data.size(), MAX_INITCODE_SIZE));
        case intrinsic_gas_too_low:
        case intrinsic_gas_below_floor_gas_cost:
            return with_detail(
                error::intrinsic_gas_exceeds_limit,
                fmt::format("intrinsic gas cost {} exceeds gas limit {}",
                            needed_gas(transaction, in.rules.fork), transaction.gas_limit));
        case type_3_tx_contract_creation:
            return with_detail(error::invalid_transaction_type,
                               "transaction blob transactions must have a to address");
        case type_3_tx_zero_blobs:
            return with_detail(error::invalid_transaction_type,
                               "transaction blob transactions must specify one or more versioned "
                               "hashes");
        case type_3_tx_blob_count_exceeded:
        case type_3_tx_max_blob_gas_allowance_exceeded:
            return {-32000, fmt::format("Total blob gas too high (Blob transaction has too many "
                                        "blobs: {})",
                                        blobs)};
        case type_3_tx_invalid_blob_versioned_hash:
            return with_detail(error::invalid_transaction_type,
                               "transaction blobs contain unsupported hash version");
        case type_3_tx_with_full_blobs:
            return with_detail(error::invalid_transaction_type, to_string(error));
        case type_4_tx_contract_creation:
            return with_detail(error::invalid_transaction_type,
                               "transaction code delegation transactions must have a to address");
        case type_4_empty_authorization_list:
            return with_detail(error::invalid_params,
                               "transaction code delegation transactions must have a non-empty "
                               "code delegation list");
        case gas_allowance_exceeded: return error::exceeds_block_gas_limit;
        case insufficient_max_fee_per_gas:
            return with_detail(error::gas_price_below_current_base_fee,
                               "gasPrice is less than the current BaseFee");
        case insufficient_max_fee_per_blob_gas:
            return with_detail(
                error::blob_gas_price_below_current_blob_base_fee,
                fmt::format("tx max fee per blob gas less than block blob gas fee: address {} "
                            "blobGasFeeCap: {}, blobBaseFee: {}",
                            to_hex(sender.bytes), readable_wei(transaction.max_fee_per_blob_gas),
                            readable_wei(block.blob_base_fee)));
        case nonce_mismatch_too_low:
            return with_detail(error::nonce_too_low,
                               mismatch_of_nonce("below", transaction, sender, in.state));
        case nonce_mismatch_too_high:
            return with_detail(error::nonce_too_high,
                               mismatch_of_nonce("does not match", transaction, sender, in.state));
        case sender_not_eoa:
            return with_detail(
                error::tx_sender_not_authorized,
                fmt::format(
                    "Sender {} has deployed code and so is not authorized to send transactions",
                    to_hex(sender.bytes)));
        case insufficient_account_funds:
            return with_detail(
                error::transaction_upfront_cost_exceeds_balance,
                fmt::format("transaction up-front cost {} exceeds transaction sender account "
                            "balance {} for sender {}",
                            to_quantity(execution::upfront_cost(transaction)),
                            to_quantity(in.state.balance(sender)), to_hex(sender.bytes)));
    }
    return error::internal_error;
}

RpcError execution_failure(const execution::TransactionResult& result,
                           std::optional<std::uint8_t> failed_opcode) {
    if (result.status == evm::Status::revert) {
        const auto text = revert_text(result.output);
        auto error =
            text.empty() ? RpcError{error::revert_error} : with_detail(error::revert_error, text);
        error.data = '"' + to_hex(result.output) + '"';
        return error;
    }
    return with_detail(error::execution_halted, halt_description(result.status, failed_opcode));
}

std::string halt_description(evm::Status status, std::optional<std::uint8_t> failed_opcode) {
    switch (status) {
        using enum evm::Status;
        case success: return {};
        case revert: return "Execution reverted";
        case out_of_gas: return "Out of gas";
        case stack_underflow: return "Stack underflow";
        case stack_overflow: return "Out of stack";
        case invalid_opcode:
            return failed_opcode ? fmt::format("Invalid opcode: {:#04x}", *failed_opcode)
                                 : "Bad instruction";
        case invalid_jump: return "Bad jump destination";
        case out_of_bounds_read: return "Out of bounds";
        case write_protection: return "Illegal state change";
        case call_depth_exceeded: return "Call depth exceeded";
        case insufficient_balance: return "Insufficient balance";
        case address_collision: return "Illegal state change";
        case nonce_overflow: return "Nonce overflow";
        case precompile_failure: return "Precompile error";
        case initcode_size_exceeded:
        case code_size_exceeded: return "Code is too large";
        case invalid_code_prefix: return "Code is invalid";
    }
    return {};
}

}  // namespace meta138::rpc
