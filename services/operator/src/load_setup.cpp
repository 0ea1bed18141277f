// SPDX-License-Identifier: Apache-2.0
#include "load_setup.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/client/calls.hpp"
#include "meta138/contracts/abi.hpp"
#include "meta138/contracts/artifact.hpp"
#include "meta138/crypto/keccak.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <string_view>
#include <thread>

namespace meta138::op {
namespace {

using contracts::abi::Arguments;

constexpr std::size_t batch_size = 100;
constexpr std::chrono::milliseconds poll_interval{100};
constexpr std::chrono::seconds resend_after{3};
constexpr std::chrono::seconds patience{60};
constexpr std::uint64_t creation_gas_limit = 8'000'000;
constexpr std::uint64_t mint_gas_limit = 100'000;

/// Prices may rise while blocks are full.
constexpr std::uint64_t fee_margin = 10;

LoadFees find_fees(client::Chain& chain) {
    LoadFees fees{.chain_id = must_ask(chain, client::chain_id())};
    const auto price = must_ask(chain, client::gas_price());
    const auto head = must_ask(chain, client::head());
    const auto base = head ? head->base_fee_per_gas.value_or(uint256{}) : uint256{};
    fees.is_dynamic = !base.is_zero();
    fees.tip = price > base ? price - base : uint256{};
    fees.max_fee = fees.is_dynamic ? base * fee_margin + fees.tip : price;
    return fees;
}

template <class Item, class Visit>
void in_batches(const std::vector<Item>& items, Visit visit) {
    for (std::size_t at = 0; at < items.size(); at += batch_size)
        visit(std::span{items}.subspan(at, std::min(batch_size, items.size() - at)));
}

template <class T>
client::BatchCall batch_call(const client::Call<T>& call) {
    return {.method = call.method, .params = call.params};
}

std::vector<client::BatchResult> must_ask(client::Chain& chain,
                                          const std::vector<client::BatchCall>& calls) {
    auto answers = chain.ask_batch(calls);
    if (!answers) throw LoadError{client::to_string(answers.error())};
    return *std::move(answers);
}

uint256 quantity(const client::BatchResult& result) {
    if (!result) throw LoadError{client::to_string(result.error())};
    const auto text = std::string_view{*result};
    const auto value = text.size() > 2 ? parse_quantity(text.substr(1, text.size() - 2))
                                       : std::unexpected{ParseError::empty};
    if (!value) throw LoadError{"not a quantity: " + *result};
    return *value;
}

}  // namespace

LoadSetup::LoadSetup(client::Chain& chain, crypto::SecretKey funder, std::ostream& progress)
    : chain_{chain},
      progress_{progress},
      funder_{account_of(std::move(funder))},
      fees_{find_fees(chain)} {
    funder_.nonce =
        must_ask(chain_, client::transaction_count(funder_.address, client::BlockId::pending()));
}

Bytes LoadSetup::sign(LoadAction action) {
    return sign_action(funder_, fees_, std::move(action));
}

void LoadSetup::refresh_nonces(std::vector<LoadAccount>& accounts) {
    std::size_t at = 0;
    in_batches(accounts, [&](std::span<const LoadAccount> some) {
        std::vector<client::BatchCall> calls;
        for (const auto& account : some)
            calls.push_back(
                batch_call(client::transaction_count(account.address, client::BlockId::pending())));
        for (const auto& result : must_ask(chain_, calls))
            accounts[at++].nonce = quantity(result).low64();
    });
}

void LoadSetup::fund(std::vector<LoadAccount>& accounts, std::size_t transactions,
                     std::uint64_t gas_limit) {
    const auto needed = (fees_.max_fee * gas_limit + 1) * transactions;
    std::vector<Bytes> transfers;
    in_batches(accounts, [&](std::span<const LoadAccount> some) {
        std::vector<client::BatchCall> calls;
        for (const auto& account : some)
            calls.push_back(batch_call(client::balance(account.address)));
        const auto balances = must_ask(chain_, calls);
        for (std::size_t i = 0; i < some.size(); ++i)
            if (quantity(balances[i]) < needed)
                transfers.push_back(sign({.to = some[i].address, .value = needed * 2}));
    });
    if (!transfers.empty()) {
        fmt::print(progress_, "funding {} accounts from {}\n", transfers.size(),
                   to_hex(funder_.address.bytes));
        const auto balance = must_ask(chain_, client::balance(funder_.address));
        if (balance < needed * 2 * transfers.size())
            throw LoadError{fmt::format(
                "{} has {} wei, and {} accounts need {}: name another key, fewer accounts or a "
                "shorter run",
                to_hex(funder_.address.bytes), to_string(balance), transfers.size(),
                to_string(needed * 2 * transfers.size()))};
        include(transfers);
    }
    refresh_nonces(accounts);
}

Address LoadSetup::create(Bytes creation_code) {
    const auto raw = sign({.data = std::move(creation_code), .gas_limit = creation_gas_limit});
    include({raw});
    const auto receipt = must_ask(chain_, client::transaction_receipt(crypto::keccak256(raw)));
    if (!receipt || !receipt->contract_address) throw LoadError{"a contract was not created"};
    return *receipt->contract_address;
}

Address LoadSetup::make_token(const std::vector<LoadAccount>& accounts) {
    const auto token = create(Arguments{}
                                  .text("Load")
                                  .text("LOAD")
                                  .integer(18)
                                  .address(funder_.address)
                                  .creation(contracts::artifact("MintableToken").creation_code));
    std::vector<Bytes> mints;
    for (const auto& account : accounts)
        mints.push_back(sign({.to = token,
                              .data = Arguments{}
                                          .address(account.address)
                                          .integer(uint256{1} << 80)
                                          .call("mint(address,uint256)"),
                              .gas_limit = mint_gas_limit}));
    include(mints);
    return token;
}

void LoadSetup::make_pair(LoadContracts& contracts, std::vector<LoadAccount>& accounts) {
    contracts.other_token = make_token(accounts);
    const auto factory = create(to_bytes(contracts::artifact("SwapFactory").creation_code));
    contracts.router = create(
        Arguments{}.address(factory).creation(contracts::artifact("SwapRouter").creation_code));
    include({sign({.to = factory,
                   .data = Arguments{}
                               .address(contracts.token)
                               .address(contracts.other_token)
                               .call("createPair(address,address)"),
                   .gas_limit = creation_gas_limit})});
    const auto answer =
        must_ask(chain_, client::call(factory, Arguments{}
                                                   .address(contracts.token)
                                                   .address(contracts.other_token)
                                                   .call("getPair(address,address)")));
    const auto pair = contracts::abi::Results{answer}.address();
    std::vector<Bytes> liquidity;
    for (const auto& token : {contracts.token, contracts.other_token})
        liquidity.push_back(sign(
            {.to = token,
             .data =
                 Arguments{}.address(pair).integer(uint256{1} << 80).call("mint(address,uint256)"),
             .gas_limit = mint_gas_limit}));
    liquidity.push_back(sign({.to = pair,
                              .data = Arguments{}.address(funder_.address).call("mint(address)"),
                              .gas_limit = 4 * mint_gas_limit}));
    include(liquidity);
    std::vector<Bytes> approvals;
    for (auto& account : accounts)
        for (const auto& token : {contracts.token, contracts.other_token})
            approvals.push_back(sign_action(account, fees_,
                                            {.to = token,
                                             .data = Arguments{}
                                                         .address(contracts.router)
                                                         .integer(uint256::max())
                                                         .call("approve(address,uint256)"),
                                             .gas_limit = mint_gas_limit}));
    include(approvals);
}

LoadContracts LoadSetup::deploy(Scenario scenario, std::vector<LoadAccount>& accounts) {
    LoadContracts contracts;
    if (!needs_token(scenario)) return contracts;
    fmt::print(progress_, "deploying contracts, and handing out tokens\n");
    contracts.token = make_token(accounts);
    if (needs_swaps(scenario)) make_pair(contracts, accounts);
    return contracts;
}

std::vector<Hash32> LoadSetup::find_missing(const std::vector<Hash32>& hashes) {
    std::vector<Hash32> missing;
    in_batches(hashes, [&](std::span<const Hash32> some) {
        std::vector<client::BatchCall> calls;
        for (const auto& hash : some)
            calls.push_back(batch_call(client::transaction_receipt(hash)));
        const auto receipts = must_ask(chain_, calls);
        for (std::size_t i = 0; i < some.size(); ++i) {
            if (!receipts[i]) throw LoadError{client::to_string(receipts[i].error())};
            if (*receipts[i] == "null")
                missing.push_back(some[i]);
            else if (!receipts[i]->contains(R"("status":"0x1")"))
                throw LoadError{fmt::format("transaction {} of the preparations failed",
                                            to_hex(some[i].bytes))};
        }
    });
    return missing;
}

void LoadSetup::include(const std::vector<Bytes>& transactions) {
    using Clock = std::chrono::steady_clock;
    std::vector<Hash32> missing;
    for (const auto& raw : transactions) missing.push_back(crypto::keccak256(raw));
    std::string last_refusal = "no node refused anything";
    Clock::time_point sent_at;
    auto progress_at = Clock::now();
    while (!missing.empty()) {
        if (Clock::now() - sent_at > resend_after) {
            in_batches(transactions, [&](std::span<const Bytes> some) {
                std::vector<client::BatchCall> calls;
                for (const auto& raw : some)
                    calls.push_back(batch_call(client::send_raw_transaction(raw)));
                for (const auto& result : must_ask(chain_, calls))
                    if (!result) last_refusal = client::to_string(result.error());
            });
            sent_at = Clock::now();
        }
        std::this_thread::sleep_for(poll_interval);
        const auto before = missing.size();
        missing = find_missing(missing);
        if (missing.size() < before) progress_at = Clock::now();
        if (Clock::now() - progress_at > patience)
            throw LoadError{fmt::format(
                "{} transactions of the preparations are in no block after {} s; are blocks being "
                "made? Last refusal: {}",
                missing.size(), patience.count(), last_refusal)};
    }
}

}  // namespace meta138::op
