// SPDX-License-Identifier: Apache-2.0
#include "chain.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/state/bytecode.hpp"
#include "meta138/types/transaction.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace meta138::contracts {

uint256 Outcome::word(std::size_t index) const noexcept {
    std::array<std::uint8_t, 32> bytes{};
    const auto begin = std::min(index * 32, output.size());
    const auto size = std::min<std::size_t>(32, output.size() - begin);
    std::ranges::copy(ByteView{output}.subspan(begin, size), bytes.begin());
    return load_be32(bytes.data());
}

Chain::Chain(Fork fork) : rules_{execution::mainnet_rules(fork)}, host_{state_, hashes_, fork} {
    rules_.chain_id = chain_id;
    block_.context.number = 1;
    block_.context.timestamp = first_time;
    block_.context.gas_limit = gas_limit;
    block_.context.chain_id = chain_id;
    block_.context.blob_base_fee = 1;
    block_.context.coinbase = {{0xc0}};
    kept_block_ = block_;
    renew_machine();
}

void Chain::renew_machine() {
    evm_.emplace(host_, code_cache_, rules_.fork, block_.context, rules_.limits, tracer_);
}

void Chain::set_tracer(evm::Tracer* tracer) {
    tracer_ = tracer;
    renew_machine();
}

void Chain::pass(std::uint64_t seconds) {
    set_block(number() + 1, time() + seconds);
}

void Chain::set_block(std::uint64_t number, std::uint64_t time) {
    block_.context.number = number;
    block_.context.timestamp = time;
    renew_machine();
}

Outcome Chain::send(const Address& sender, const std::optional<Address>& to, Bytes data,
                    const uint256& value, std::uint64_t gas) {
    Transaction transaction;
    transaction.nonce = state_.nonce(sender);
    transaction.gas_limit = gas;
    transaction.to = to;
    transaction.value = value;
    transaction.data = std::move(data);
    const execution::ExecutionContext context{
        .state = state_, .evm = *evm_, .rules = rules_, .block = block_};
    const auto charges = execution::validate_transaction(context, {}, transaction, sender);
    if (!charges) return {};
    auto result = execution::apply_transaction(context, transaction, sender, *charges);
    return {.succeeded = result.succeeded(),
            .reverted = result.status == evm::Status::revert,
            .output = std::move(result.output),
            .logs = std::move(result.logs),
            .gas_used = result.gas_used,
            .created = result.created};
}

Address Chain::deploy(const Address& sender, ByteView creation_code, ByteView arguments) {
    auto code = to_bytes(creation_code);
    code.insert(code.end(), arguments.begin(), arguments.end());
    const auto outcome = send(sender, std::nullopt, std::move(code));
    if (!outcome.succeeded)
        std::fprintf(stderr, "deployment failed: %s\n", to_hex(outcome.output).c_str());
    META138_ASSERT(outcome.succeeded && outcome.created);
    return *outcome.created;
}

Outcome Chain::run(const Address& to, ByteView data, const Address& sender, int times) {
    state_.begin_transaction();
    const auto before = state_.checkpoint();
    state_.warm_account(sender);
    state_.warm_account(to);
    evm::Result result;
    for (int i = 0; i < times; ++i) {
        result = evm_->execute({.gas = static_cast<std::int64_t>(gas_limit),
                                .recipient = to,
                                .sender = sender,
                                .code_address = to,
                                .value = {},
                                .input = data},
                               {.origin = sender, .gas_price = {}, .blob_versioned_hashes = {}});
    }
    Outcome outcome{.succeeded = result.status == evm::Status::success,
                    .reverted = result.status == evm::Status::revert,
                    .output = std::move(result.output),
                    .logs = state_.logs(),
                    .gas_used = gas_limit - static_cast<std::uint64_t>(result.gas_left),
                    .created = {}};
    state_.revert_to(before);
    static_cast<void>(state_.finish_transaction(true));
    return outcome;
}

Outcome Chain::call(const Address& to, ByteView data, const Address& sender) {
    return run(to, data, sender, 1);
}

Outcome Chain::call_warm(const Address& to, ByteView data, const Address& sender) {
    return run(to, data, sender, 2);
}

void Chain::fund(const Address& address, const uint256& amount) {
    state_.begin_transaction();
    state_.add_balance(address, amount);
    static_cast<void>(state_.finish_transaction(true));
}

void Chain::place(const Address& address, ByteView code) {
    state_.begin_transaction();
    state_.set_nonce(address, 1);
    host_.set_code(address, code);
    static_cast<void>(state_.finish_transaction(true));
}

void Chain::keep() {
    kept_.apply(state_.diff());
    kept_block_ = block_;
    state_.reset();
}

void Chain::reset() {
    state_.reset();
    block_ = kept_block_;
    renew_machine();
}

}  // namespace meta138::contracts
