// SPDX-License-Identifier: Apache-2.0
#include "deploy_run.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/contracts/abi.hpp"
#include "meta138/contracts/artifact.hpp"
#include "meta138/contracts/predeploys.hpp"
#include "meta138/crypto/keccak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::op {

namespace {

using contracts::abi::Arguments;
using contracts::abi::Results;

constexpr std::string_view token_name = "Demonstration Dollar";
constexpr std::string_view token_symbol = "DUSD";
constexpr std::uint8_t token_decimals = 18;

}  // namespace

DeployAnswer<std::optional<Hash32>> Deployment::code_hash(const Address& address) {
    TRY_LET(const auto code, target_.code(address));
    if (code.empty()) return std::nullopt;
    return crypto::keccak256(code);
}

// Keeps where an earlier run made it.
void Deployment::remember(DeployedContract contract) {
    const auto known =
        std::ranges::find(manifest_.contracts, contract.name, &DeployedContract::name);
    if (known == manifest_.contracts.end()) {
        manifest_.contracts.push_back(std::move(contract));
        return;
    }
    if (!contract.block && known->address == contract.address) {
        contract.block = known->block;
        contract.transaction_hash = known->transaction_hash;
    }
    *known = std::move(contract);
}

void Deployment::create(DeployStep step, const Hash32& salt, ByteView creation_code,
                        std::function<void(const DeployReceipt&)> record) {
    works_.push_back({.step = std::move(step),
                      .call = {.to = contracts::create2_factory_address,
                               .data = contracts::create2_factory_call(salt, creation_code),
                               .value = {}},
                      .record = std::move(record)});
}

DeployAnswer<std::optional<Address>> Deployment::ensure(const std::string& name,
                                                        ByteView creation_code,
                                                        std::optional<Address> canonical) {
    // First where everybody looks for it, then where an earlier run put it (by an older program
    // perhaps), then where this one would.
    const auto address = contracts::create2_address({}, creation_code);
    std::vector<Address> places;
    if (canonical) places.push_back(*canonical);
    if (const auto* known = manifest_.find_contract(name)) places.push_back(known->address);
    places.push_back(address);
    for (const auto& place : places) {
        TRY_LET(const auto hash, code_hash(place));
        if (!hash) continue;
        present(name, "", place);
        remember(DeployedContract{.name = name,
                                  .address = place,
                                  .code_hash = *hash,
                                  .block = {},
                                  .transaction_hash = {}});
        return place;
    }
    create({.action = DeployAction::deployed,
            .subject = name,
            .detail = {},
            .address = address,
            .transaction_hash = {},
            .gas_used = 0},
           {}, creation_code, [this, name, address](const DeployReceipt& receipt) {
               remember(DeployedContract{.name = name,
                                         .address = address,
                                         .code_hash = {},
                                         .block = receipt.block,
                                         .transaction_hash = receipt.transaction_hash});
           });
    return std::nullopt;
}

Deployment::Done Deployment::look_at_standard_contracts() {
    if (plan_.multicall3)
        TRY(ensure("Multicall3", contracts::artifact("Multicall3").creation_code,
                   contracts::multicall3_address));
    if (plan_.weth9) {
        TRY_LET(weth9_, ensure("WETH9", contracts::artifact("WETH9").creation_code,
                               contracts::weth9_address));
    }
    return {};
}

Deployment::Done Deployment::look_at_oracle() {
    const auto proposer = target_.sender();
    const Address anybody{};
    TRY_LET(timelock_, ensure("TimelockController",
                              contracts::timelock_creation_code(
                                  static_cast<std::uint64_t>(plan_.timelock_delay.count()),
                                  {&proposer, 1}, {&anybody, 1}, Address{})));
    TRY_LET(aggregator_, ensure("Aggregator", contracts::artifact("Aggregator").creation_code));
    TRY_LET(registry_, ensure("FeedRegistry", contracts::registry_creation_code(proposer)));
    if (registry_) {
        TRY_LET(manifest_.admin, admin_of(*registry_));
    }
    return {};
}

Deployment::Done Deployment::look_at_demonstration() {
    const auto owner = target_.sender();
    TRY_LET(
        const auto token,
        ensure("MintableToken", Arguments{}
                                    .text(token_name)
                                    .text(token_symbol)
                                    .integer(token_decimals)
                                    .address(owner)
                                    .creation(contracts::artifact("MintableToken").creation_code)));
    TRY_LET(const auto factory,
            ensure("SwapFactory", contracts::artifact("SwapFactory").creation_code));
    if (!factory || !weth9_) return {};
    TRY(ensure("SwapRouter", Arguments{}.address(*factory).creation(
                                 contracts::artifact("SwapRouter").creation_code)));
    if (!token) return {};

    const auto question = Arguments{}.address(*token).address(*weth9_).call(
        std::string_view{"getPair(address,address)"});
    TRY_LET(const auto answer, ask(*factory, question, "getPair"));
    const auto pair = Results{answer}.address();
    if (pair == Address{}) {
        works_.push_back(
            {.step = {.action = DeployAction::configured,
                      .subject = "SwapFactory",
                      .detail = fmt::format("create the pair {}/WETH", token_symbol),
                      .address = factory,
                      .transaction_hash = {},
                      .gas_used = 0},
             .call = {.to = *factory,
                      .data = Arguments{}.address(*token).address(*weth9_).call(
                          std::string_view{"createPair(address,address)"}),
                      .value = {}},
             .record = [this](const DeployReceipt& receipt) { pair_receipt_ = receipt; }});
        return {};
    }
    TRY_LET(const auto hash, code_hash(pair));
    if (hash) {
        present("SwapPair", "", pair);
        DeployedContract contract{.name = "SwapPair",
                                  .address = pair,
                                  .code_hash = *hash,
                                  .block = {},
                                  .transaction_hash = {}};
        if (pair_receipt_) {
            contract.block = pair_receipt_->block;
            contract.transaction_hash = pair_receipt_->transaction_hash;
        }
        remember(std::move(contract));
    }
    return {};
}

}  // namespace meta138::op
