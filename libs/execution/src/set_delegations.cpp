// SPDX-License-Identifier: Apache-2.0
#include "set_delegations.hpp"

#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <limits>

namespace meta138::execution {

namespace {

constexpr std::int64_t existing_authority_refund = PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST;

/// The numbers are those of the EIP's list.
std::int64_t set_delegation(state::State& state, const Authorization& authorization,
                            const std::optional<Address>& given_authority, std::uint64_t chain_id) {
    // 1. The chain is this one, or any.
    if (!authorization.chain_id.is_zero() && authorization.chain_id != uint256{chain_id}) return 0;
    // 2. The nonce can be raised.
    if (authorization.nonce == std::numeric_limits<std::uint64_t>::max()) return 0;
    // 3. The signature, with a low s, is somebody's.
    const auto authority = given_authority ? given_authority : recover_authority(authorization);
    if (!authority) return 0;
    // 4. The authority is warm, whatever follows.
    state.warm_account(*authority);
    // 5. It has no code of its own.
    if (state.code_hash(*authority) != EMPTY_CODE_HASH && !state.delegate(*authority)) return 0;
    // 6. Its nonce is the one that it signed.
    if (state.nonce(*authority) != authorization.nonce) return 0;
    // 7. An account that is there already was charged too much.
    const std::int64_t refund = state.exists(*authority) ? existing_authority_refund : 0;
    // 8. Its code points to the address, or goes away for the zero address.
    state.set_code(*authority,
                   authorization.address.is_zero()
                       ? state::make_bytecode({})
                       : state::make_bytecode(state::encode_delegation(authorization.address)));
    // 9. The authorization is used up.
    state.set_nonce(*authority, authorization.nonce + 1);
    return refund;
}

}  // namespace

std::int64_t set_delegations(state::State& state, std::span<const Authorization> authorizations,
                             std::span<const std::optional<Address>> authorities,
                             std::uint64_t chain_id) {
    std::int64_t refund = 0;
    for (std::size_t i = 0; i < authorizations.size(); ++i) {
        const auto& authority = i < authorities.size() ? authorities[i] : std::nullopt;
        refund += set_delegation(state, authorizations[i], authority, chain_id);
    }
    return refund;
}

}  // namespace meta138::execution
