// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "qbft_rules.hpp"

#include "meta138/blockchain/consensus.hpp"
#include "meta138/evm/code_cache.hpp"

#include <expected>
#include <string>
#include <vector>

namespace meta138::consensus {

/// More addresses from a contract are refused.
inline constexpr std::size_t max_contract_validators = 4096;

/// What `getValidators()` of the contract returns when it is called after the block (Besu
/// ValidatorContractController): ascending, no duplicates, not empty.
[[nodiscard]] std::expected<std::vector<Address>, std::string> call_validator_contract(
    const Address& contract, const Header& header, const Hash32& hash,
    const blockchain::Ancestry& ancestry, const QbftRules& rules, evm::CodeCache& code_cache);

/// address[] as the contract ABI has it, in the order given. The error says what is wrong.
[[nodiscard]] std::expected<std::vector<Address>, std::string> decode_validators(ByteView output);

}  // namespace meta138::consensus
