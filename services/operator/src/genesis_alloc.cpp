// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/genesis_alloc.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/contracts/artifact.hpp"
#include "meta138/contracts/predeploys.hpp"

#include <nlohmann/json.hpp>

namespace meta138::op {

namespace {

GenesisAccount account_of(ByteView code) {
    GenesisAccount account;
    account.nonce = 1;  // EIP-161: as a contract that was created has
    account.code = to_bytes(code);
    return account;
}

GenesisAccount account_of(const contracts::Artifact& artifact) {
    META138_ASSERT(artifact.is_predeployable);
    return account_of(artifact.runtime_code);
}

}  // namespace

std::map<Address, GenesisAccount> genesis_alloc() {
    std::map<Address, GenesisAccount> alloc;
    alloc[contracts::weth9_address] = account_of(contracts::artifact("WETH9"));
    alloc[contracts::multicall3_address] = account_of(contracts::artifact("Multicall3"));
    alloc[contracts::create2_factory_address] = account_of(contracts::create2_factory_code());
    return alloc;
}

std::string alloc_to_json(const std::map<Address, GenesisAccount>& alloc) {
    auto json = nlohmann::ordered_json::object();
    for (const auto& [address, account] : alloc) {
        auto& entry = json[to_hex(address.bytes)];
        entry["balance"] = to_quantity(account.balance);
        if (account.nonce != 0) entry["nonce"] = to_quantity(account.nonce);
        if (!account.code.empty()) entry["code"] = to_hex(account.code);
        for (const auto& [key, value] : account.storage)
            entry["storage"][to_hex(to_hash32(key).bytes)] = to_hex(to_hash32(value).bytes);
    }
    return json.dump(2) + '\n';
}

}  // namespace meta138::op
