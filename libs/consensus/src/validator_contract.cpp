// SPDX-License-Identifier: Apache-2.0
#include "validator_contract.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/consensus/validator_sets.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/simulate_call.hpp"
#include "meta138/state/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace meta138::consensus {
namespace {

constexpr std::size_t word_size = 32;
constexpr std::array<std::uint8_t, 4> get_validators_selector{0xb7, 0xab, 0x4d, 0xb5};

std::uint64_t gas_of_call(const Header& header, const execution::BlockRules& rules) {
    auto gas = std::min(validator_contract_gas, header.gas_limit);
    if (rules.fork >= Fork::osaka || rules.limits_transaction_gas_always)
        gas = std::min(gas, rules.transaction_gas_limit_cap);
    return gas;
}

// A number that is a place or a count in `size` bytes; absent: larger.
std::optional<std::size_t> read_small(ByteView output, std::size_t offset) {
    if (output.size() < word_size || offset > output.size() - word_size) return std::nullopt;
    const auto value = uint256_from_be(output.subspan(offset, word_size));
    if (value > uint256{output.size()}) return std::nullopt;
    return static_cast<std::size_t>(value.low64());
}

std::string why_it_failed(evm::Status status) {
    return status == evm::Status::revert ? "reverted" : "failed";
}

}  // namespace

std::expected<std::vector<Address>, std::string> decode_validators(ByteView output) {
    if (output.empty()) return std::unexpected{"returned nothing: there may be no code"};
    const auto start = read_small(output, 0);
    const auto count = start ? read_small(output, *start) : std::nullopt;
    const auto malformed = std::unexpected{std::string{"did not return an address[]"}};
    if (!count) return malformed;
    if (*count > max_contract_validators)
        return std::unexpected{
            fmt::format("returned {} validators, more than {}", *count, max_contract_validators)};
    const auto addresses = output.subspan(*start + word_size);
    if (addresses.size() < *count * word_size) return malformed;
    std::vector<Address> validators;
    for (std::size_t i = 0; i < *count; ++i) {
        const auto word = addresses.subspan(i * word_size, word_size);
        validators.push_back(Address::from(word.last<Address::size()>()));
    }
    return validators;
}

std::expected<std::vector<Address>, std::string> call_validator_contract(
    const Address& contract, const Header& header, const Hash32& hash,
    const blockchain::Ancestry& ancestry, const QbftRules& rules, evm::CodeCache& code_cache) {
    const auto fail = [&](std::string_view what) {
        return std::unexpected{
            fmt::format("validator contract {}: getValidators() after block {} {}; check "
                        "validatorcontractaddress in the genesis file, and the contract",
                        to_hex(contract.bytes), header.number, what)};
    };
    const auto state_view = ancestry.state_after(hash);
    if (state_view == nullptr) return fail("needs the state after that block, which is not held");

    const auto block_rules = rules.at(header.number, header.timestamp);
    auto environment = execution::environment_of(header, block_rules);
    environment.context.base_fee_per_gas = {};
    environment.context.blob_base_fee = {};
    state::State state{*state_view};
    execution::BlockExecutor executor{
        {.state = state, .block_hashes = ancestry, .code_cache = code_cache},
        block_rules,
        environment};
    Transaction call;
    call.gas_limit = gas_of_call(header, block_rules);
    call.to = contract;
    call.data = to_bytes(get_validators_selector);
    call.nonce = state.nonce(Address{});
    const execution::SimulationLicense license{.future_nonce = true,
                                               .low_nonce = true,
                                               .underpriced = true,
                                               .unfunded_gas = true,
                                               .unfunded_value = true,
                                               .sender_with_code = true,
                                               .any_gas_limit = true,
                                               .beyond_block_limits = true};
    const auto result = execution::simulate_call(executor.context(), {}, call, Address{}, license);
    if (!result) return fail(to_string(result.error()));
    if (!result->succeeded()) return fail(why_it_failed(result->status));

    auto validators = decode_validators(result->output);
    if (!validators) return fail(validators.error());
    if (validators->empty()) return fail("returned no validators");
    std::ranges::sort(*validators);
    if (std::ranges::adjacent_find(*validators) != validators->end())
        return fail("returned an address twice, so that votes would be counted wrongly");
    return validators;
}

}  // namespace meta138::consensus
