// SPDX-License-Identifier: Apache-2.0
#include "chain_spec.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"
#include "meta138/test/assembler.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::simulation {

namespace {

using namespace literals;

constexpr std::uint64_t chain_id = 138;
constexpr auto contract_address = "0x0000000000000000000000000000000000007777"_address;

Identity make_identity(std::uint64_t number) {
    const auto secret = crypto::keccak256(to_hash32(uint256{number}).bytes);
    auto key = crypto::SecretKey::from(secret.bytes);
    META138_ASSERT(key.has_value());
    const auto address = crypto::address_of(crypto::public_key(*key));
    return {.key = std::move(*key), .address = address};
}

std::vector<Identity> make_identities(std::uint64_t first, std::size_t count) {
    std::vector<Identity> identities;
    identities.reserve(count);
    for (std::size_t i = 0; i < count; ++i) identities.push_back(make_identity(first + i));
    std::ranges::sort(identities, {}, &Identity::address);
    return identities;
}

const Identity& sender_account(std::size_t index) {
    static const auto accounts = make_identities(1'000'000, senders);
    return accounts[index];
}

/// Slot 0 holds how many there are, slots 1.. who. Called with four bytes it answers with the list
/// (getValidators()), otherwise the data is pairs of a slot and what to put there.
Bytes contract_code() {
    return test::assemble(R"(
        CALLDATASIZE 0x04 EQ @get JUMPI
        0x00
        :set DUP1 CALLDATASIZE GT ISZERO @stop JUMPI
        DUP1 0x20 ADD CALLDATALOAD DUP2 CALLDATALOAD SSTORE
        0x40 ADD @set JUMP
        :stop STOP
        :get 0x20 0x00 MSTORE
        0x00 SLOAD DUP1 0x20 MSTORE
        0x01
        :next DUP2 DUP2 GT @done JUMPI
        DUP1 SLOAD DUP2 0x05 SHL 0x20 ADD MSTORE
        0x01 ADD @next JUMP
        :done POP 0x05 SHL 0x40 ADD 0x00 RETURN
    )");
}

std::string contract_account(std::span<const Address> validators) {
    auto storage = fmt::format(R"("0x00":"0x{:x}")", validators.size());
    for (std::size_t i = 0; i < validators.size(); ++i)
        storage += fmt::format(R"(,"0x{:02x}":"{}")", i + 1, to_hex(validators[i].bytes));
    return fmt::format(R"(,"{}":{{"balance":"0x0","code":"{}","storage":{{{}}}}})",
                       to_hex(contract_address.bytes), to_hex(contract_code()), storage);
}

std::string qbft_section(const Scenario& scenario) {
    auto text = fmt::format(R"("requesttimeoutseconds":{},"epochlength":{})",
                            scenario.request_timeout.count() / 1000, scenario.epoch_length);
    if (scenario.is_subsecond)
        text += fmt::format(R"(,"xblockperiodmilliseconds":{})", scenario.block_period.count());
    else
        text += fmt::format(R"(,"blockperiodseconds":{})", scenario.block_period.count() / 1000);
    if (scenario.empty_block_period.count() != 0)
        text += fmt::format(R"(,"emptyblockperiodseconds":{})",
                            scenario.empty_block_period.count() / 1000);
    if (scenario.by_contract)
        text += fmt::format(R"(,"validatorcontractaddress":"{}")", to_hex(contract_address.bytes));
    if (scenario.first_qbft_block != 0)
        text += fmt::format(R"(,"startblock":{})", scenario.first_qbft_block);
    return text;
}

// The section of the protocol before QBFT, with a comma behind it.
std::string ibft2_section(const Scenario& scenario) {
    if (scenario.first_qbft_block == 0) return {};
    return fmt::format(R"("ibft2":{{"blockperiodseconds":1,"epochlength":{}}},)",
                       scenario.epoch_length);
}

std::string list_of(std::span<const Address> addresses) {
    std::string text;
    for (const auto& address : addresses)
        text += fmt::format(R"({}"{}")", text.empty() ? "" : ",", to_hex(address.bytes));
    return text;
}

std::string transitions_of(const Scenario& scenario, std::vector<Address> validators) {
    const auto section = [](std::string_view entries) {
        return fmt::format(R"(,"transitions":{{"qbft":[{}]}})", entries);
    };
    switch (scenario.change) {
        case Change::nothing: return {};
        case Change::period:
            return section(
                R"({"block":5,"blockperiodseconds":3,"blockreward":"7"},)"
                R"({"block":12,"blockperiodseconds":1,"miningbeneficiary":"0x00000000000000000000000000000000000000aa"},)"
                R"({"block":20,"blockperiodseconds":2,"miningbeneficiary":""})");
        case Change::contract:
            return section(fmt::format(
                R"({{"block":8,"validatorselectionmode":"contract","validatorcontractaddress":"{}"}},)"
                R"({{"block":16,"validatorselectionmode":"blockheader","validators":[{}]}})",
                to_hex(contract_address.bytes), list_of(validators)));
        case Change::members: break;
    }
    // The first goes, a candidate comes; then another comes too.
    auto others = validators;
    others.front() = identity(scenario.validators).address;
    const auto first = list_of(others);
    others.push_back(identity(scenario.validators + 1).address);
    return section(
        fmt::format(R"({{"block":7,"validators":[{}]}},{{"block":15,"validators":[{}]}})", first,
                    list_of(others)));
}

Candidate candidate_of(Transaction transaction, const Identity& sender) {
    transaction.type = TransactionType::dynamic_fee;
    transaction.chain_id = chain_id;
    sign_transaction(transaction, sender.key);
    const auto hash = transaction_hash(transaction);
    return {.transaction = std::make_shared<const Transaction>(std::move(transaction)),
            .sender = sender.address,
            .hash = hash};
}

}  // namespace

std::span<const Identity> identities() {
    static const auto all = make_identities(1, max_identities);
    return all;
}

const Identity& identity(std::size_t index) {
    const auto all = identities();
    META138_ASSERT(index < all.size());
    return all[index];
}

std::string genesis_text(const Scenario& scenario) {
    std::vector<Address> validators;
    validators.reserve(scenario.validators);
    for (std::size_t i = 0; i < scenario.validators; ++i) validators.push_back(identity(i).address);
    const qbft::ExtraData content{
        .vanity = Bytes(32, 0),
        .validators = scenario.by_contract ? std::vector<Address>{} : validators,
        .vote = {},
        .round = 0,
        .seals = {}};
    const auto extra = scenario.first_qbft_block == 0 ? qbft::encode_extra_data(content)
                                                      : qbft::ibft2::encode_extra_data(content);
    std::string alloc;
    for (std::size_t i = 0; i < senders; ++i)
        alloc += fmt::format(R"({}"{}":{{"balance":"0xffffffffffffffffffffffff"}})",
                             i == 0 ? "" : ",", to_hex(sender_account(i).address.bytes));
    if (scenario.by_contract || scenario.change == Change::contract)
        alloc += contract_account(validators);
    return fmt::format(
        R"({{"config":{{"chainId":{},"berlinBlock":0,"londonBlock":0,"zeroBaseFee":true,"shanghaiTime":0,{}"qbft":{{{}}}{}}},)"
        R"("difficulty":"0x1","gasLimit":"0x1c9c380","baseFeePerGas":"0x0","timestamp":"0x{:x}","extraData":"{}",)"
        R"("mixHash":"0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365","alloc":{{{}}}}})",
        chain_id, ibft2_section(scenario), qbft_section(scenario),
        transitions_of(scenario, validators),
        std::chrono::floor<std::chrono::seconds>(start_of_time).count(), to_hex(extra), alloc);
}

Candidate make_transfer(std::size_t sender, std::uint64_t nonce) {
    Transaction transaction;
    transaction.nonce = nonce;
    transaction.gas_limit = 21'000;
    transaction.to = sender_account((sender + 1) % senders).address;
    transaction.value = 1;
    return candidate_of(std::move(transaction), sender_account(sender));
}

Candidate make_contract_change(std::uint64_t nonce, std::span<const Address> validators) {
    Transaction transaction;
    transaction.nonce = nonce;
    transaction.gas_limit = 5'000'000;
    transaction.to = contract_address;
    const auto put = [&](const Hash32& word) {
        transaction.data.insert(transaction.data.end(), word.bytes.begin(), word.bytes.end());
    };
    put(to_hash32(uint256{0}));
    put(to_hash32(uint256{validators.size()}));
    for (std::size_t i = 0; i < validators.size(); ++i) {
        put(to_hash32(uint256{i + 1}));
        put(to_hash32(to_uint256(validators[i])));
    }
    return candidate_of(std::move(transaction), sender_account(contract_owner));
}

}  // namespace meta138::simulation
