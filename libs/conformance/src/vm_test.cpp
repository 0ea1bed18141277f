// SPDX-License-Identifier: Apache-2.0
#include "runners.hpp"
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/execution/state_host.hpp"
#include "meta138/types/receipt.hpp"

#include <algorithm>
#include <limits>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "VM test";
// The rules under which these tests were made.
constexpr Fork fork = Fork::homestead;

evm::BlockContext decode_context(const JsonNode& env) {
    evm::BlockContext context;
    context.coinbase = env["currentCoinbase"].address();
    context.number = env["currentNumber"].integer();
    context.timestamp = env["currentTimestamp"].integer();
    context.gas_limit = env["currentGasLimit"].integer();
    context.prev_randao = env["currentDifficulty"].quantity();
    return context;
}

// The frame. No value moves in these tests, and the code that runs is named apart from the account
// whose frame it is: both as in a DELEGATECALL.
evm::Message decode_message(const JsonNode& exec, ByteView input) {
    constexpr std::uint64_t max_gas = std::numeric_limits<std::int64_t>::max();
    evm::Message message;
    message.kind = evm::CallKind::delegatecall;
    message.gas = static_cast<std::int64_t>(std::min(exec["gas"].integer(), max_gas));
    message.recipient = exec["address"].address();
    message.sender = exec["caller"].address();
    message.code_address = message.recipient;
    message.value = exec["value"].quantity();
    message.input = input;
    return message;
}

Verdict check(const NamedTest& named, state::MapState& pre, const evm::Result& result,
              const Hash32& logs) {
    auto& state = named.workspace.state;
    const bool succeeded = result.status == evm::Status::success;
    if (!named.test.has("gas") && !named.test.has("post"))
        return succeeded ? failed("expected a failure, got success") : passed();
    const auto gas = named.test["gas"].integer();
    const auto output = named.test["out"].bytes();
    const auto expected_logs = named.test["logs"].hash();
    state::MapState post;
    decode_accounts(named.test["post"], post);
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    if (!succeeded) return failed("expected success, got: {}", to_string(result.status));
    if (static_cast<std::uint64_t>(result.gas_left) != gas)
        return failed("expected {} gas left, got {}", gas, result.gas_left);
    if (result.output != output)
        return failed("expected the output {}, got {}", to_hex(output), to_hex(result.output));
    if (logs != expected_logs)
        return failed("expected the logs hash {}, got {}", to_hex(expected_logs.bytes),
                      to_hex(logs.bytes));
    pre.apply(state.diff());
    if (pre.root() != post.root()) return failed("another state{}", describe_difference(post, pre));
    return passed();
}

Verdict run(const NamedTest& named) {
    const auto exec = named.test["exec"];
    state::MapState pre;
    decode_accounts(named.test["pre"], pre);
    const auto address = exec["address"].address();
    const auto before = pre.account(address).value_or(Account{});
    pre.set_account(address, before.nonce, before.balance, exec["code"].bytes());
    const auto context = decode_context(named.test["env"]);
    const auto input = exec["data"].bytes();
    const auto message = decode_message(exec, input);
    const evm::TransactionContext transaction{.origin = exec["origin"].address(),
                                              .gas_price = exec["gasPrice"].quantity(),
                                              .blob_versioned_hashes = {}};
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    if (named.test["callcreates"].size() > 0)
        return skipped("calls and creations are listed here, not run: our machine runs them");

    auto& state = named.workspace.state;
    state.reset(pre);
    state.begin_transaction();
    const FixtureBlockHashes hashes;
    execution::StateHost host{state, hashes, fork};
    evm::Evm evm{host, named.workspace.code_cache, fork, context};
    const auto result = evm.execute(message, transaction);
    return check(named, pre, result, logs_hash(state.finish_transaction(false)));
}

}  // namespace

void run_vm_test(const NamedTest& named) {
    named.sink.run(named.name, "Homestead", kind, [&] { return run(named); });
}

}  // namespace meta138::conformance
