// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"
#include "tool_files.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/conformance/t8n.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/transaction_signature.hpp"
#include "meta138/types/validate_transaction_form.hpp"

#include <fmt/format.h>

namespace meta138::conformance {

namespace {

using nlohmann::ordered_json;

// What can be told of a transaction without a state: the more, the later it fails.
ordered_json check(const InputTransaction& input, const execution::BlockRules& rules) {
    ordered_json json = ordered_json::object();
    if (!input.transaction) {
        json["error"] = input.transaction.error();
        return json;
    }
    const auto& transaction = *input.transaction;
    const auto finish = [&](std::string_view error) {
        json["error"] = std::string{error};
        json["hash"] = to_hex(crypto::keccak256(input.encoded).bytes);
        return json;
    };
    const auto sender = recover_sender(transaction, rules.fork);
    const auto valid =
        validate_transaction_form(transaction, {.fork = rules.fork,
                                                .chain_id = rules.chain_id,
                                                .max_blobs_per_block = rules.blobs.max,
                                                .gas_limit_cap = rules.transaction_gas_limit_cap});
    const bool is_type_unknown = !valid && valid.error() <= TransactionError::type_4_tx_pre_fork;
    if (is_type_unknown) return finish("transaction type not supported");
    if (!sender) return finish(to_string(sender.error()));
    const auto gas = intrinsic_gas(transaction, rules.fork);
    if (!valid && valid.error() == TransactionError::intrinsic_gas_too_low)
        json["error"] =
            fmt::format("intrinsic gas too low: have {}, want {}", transaction.gas_limit, gas);
    else if (!valid)
        json["error"] = std::string{to_string(valid.error())};
    json["address"] = to_hex(sender->bytes);
    json["hash"] = to_hex(crypto::keccak256(input.encoded).bytes);
    json["intrinsicGas"] = fmt::format("0x{:x}", gas);
    return json;
}

std::expected<void, ToolError> check_transactions(const T9nOptions& options, std::istream& in,
                                                  std::ostream& out) {
    Fork fork = Fork::frontier;
    const auto schedule = decode_tool_fork(options.state_fork, options.state_chainid, fork);
    if (!schedule)
        return std::unexpected{ToolError{
            ToolExit::config,
            fmt::format("--state.fork {}: unknown; {}", options.state_fork, known_forks_text())}};
    ToolInputs inputs{in};
    TRY_LET(const auto txs, inputs.read(options.input_txs, "txs"));
    if (txs.is_string() && txs.text().empty())
        return std::unexpected{ToolError{ToolExit::input, "no transactions"}};
    TRY_LET(const auto transactions, decode_transactions(txs, fork, options.state_chainid));
    TRY(inputs.check());
    const auto rules = execution::rules_of(*schedule, fork, 0, 0);
    ordered_json results = ordered_json::array();
    for (const auto& transaction : transactions) results.push_back(check(transaction, rules));
    out << results.dump(2) << '\n';
    return {};
}

}  // namespace

int run_t9n(const T9nOptions& options, std::istream& in, std::ostream& out, std::ostream& errors) {
    return report(check_transactions(options, in, out), errors);
}

}  // namespace meta138::conformance
