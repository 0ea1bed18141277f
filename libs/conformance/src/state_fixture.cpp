// SPDX-License-Identifier: Apache-2.0
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/fork_schedule.hpp"
#include "meta138/types/transaction_error.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace meta138::conformance {

namespace {

Address decode_address_key(std::string_view key, const JsonNode& value) {
    Address address;
    const auto digits = key.starts_with("0x") ? key.substr(2) : key;
    const auto decoded = decode_hex_digits(digits);
    if (!decoded || decoded->size() != Address::size()) {
        value.fault(fmt::format("should have an address of 20 bytes for a name: \"{}\"", key));
        return {};
    }
    std::ranges::copy(*decoded, address.begin());
    return address;
}

// A blob price that cannot be paid: state tests without a blob schedule have no blobs.
constexpr std::uint64_t default_chain_id = 1;

// The numbers of a transaction as JSON may exceed what a transaction can hold; such a case has its
// bytes beside it, and is one of a transaction that is refused.
bool same_but_for_signature(Transaction fields, const Transaction& decoded) {
    fields.chain_id = decoded.chain_id;
    fields.y_parity = decoded.y_parity;
    fields.r = decoded.r;
    fields.s = decoded.s;
    return fields == decoded;
}

}  // namespace

void decode_accounts(const JsonNode& accounts, state::MapState& state, BareNumber bare_numbers) {
    const auto read = [&](const JsonNode& number) {
        if (!number.present()) return uint256{};
        if (bare_numbers == BareNumber::decimal || !number.is_string() ||
            number.text().starts_with("0x"))
            return number.any_quantity();
        const auto value = parse_hex_uint256(fmt::format("0x{}", number.text()));
        if (!value) number.fault("should be a number");
        return value.value_or(uint256{});
    };
    for (const auto& [key, account] : accounts.members()) {
        const auto address = decode_address_key(key, account);
        const auto nonce = read(account["nonce"]);
        const auto code = account["code"];
        if (!nonce.fits_uint64()) account["nonce"].fault("does not fit in 64 bits");
        state.set_account(address, nonce.low64(), read(account["balance"]),
                          code.present() ? code.bytes() : Bytes{});
        const auto storage = account["storage"];
        if (!storage.present()) continue;
        for (const auto& [slot, value] : storage.members()) {
            const auto number = parse_hex_uint256(slot);
            if (!number) value.fault(fmt::format("should have a slot for a name: \"{}\"", slot));
            state.set_storage(address, number.value_or(uint256{}), value.quantity());
        }
    }
}

BlobParameters decode_blob_parameters(const JsonNode& node) {
    BlobParameters parameters{
        .target = node["target"].any_integer(),
        .max = node["max"].any_integer(),
        .base_fee_update_fraction = node["baseFeeUpdateFraction"].any_integer()};
    if (parameters.base_fee_update_fraction == 0) {
        node["baseFeeUpdateFraction"].fault("is zero");
        parameters.base_fee_update_fraction = 1;
    }
    return parameters;
}

AccessList decode_access_list(const JsonNode& list) {
    AccessList result;
    for (const auto entry : list.items()) {
        AccessListEntry decoded{.address = entry["address"].address(), .storage_keys = {}};
        for (const auto key : entry["storageKeys"].items())
            decoded.storage_keys.push_back(key.word());
        result.push_back(std::move(decoded));
    }
    return result;
}

std::vector<Authorization> decode_authorization_list(const JsonNode& list) {
    std::vector<Authorization> result;
    for (const auto entry : list.items()) {
        const auto y_parity = entry["yParity"].present() ? entry["yParity"] : entry["v"];
        result.push_back({.chain_id = entry["chainId"].quantity(),
                          .address = entry["address"].address(),
                          .nonce = entry["nonce"].integer(),
                          .y_parity = y_parity.quantity(),
                          .r = entry["r"].quantity(),
                          .s = entry["s"].quantity()});
    }
    return result;
}

Hash32 FixtureBlockHashes::block_hash(std::uint64_t number) const {
    return crypto::keccak256(as_bytes(fmt::format("{}", number)));
}

StateFixture::StateFixture(const JsonNode& test) : test_{test}, fields_{test["transaction"]} {
    decode_accounts(test["pre"], pre_);
    data_.resize(fields_["data"].size());
}

execution::BlockRules StateFixture::rules(Fork fork, std::string_view fork_name) const {
    auto rules = execution::mainnet_rules(fork);
    const auto config = test_["config"];
    rules.chain_id =
        config["chainid"].present() ? config["chainid"].any_integer() : default_chain_id;
    const auto blobs = config["blobSchedule"][fork_name];
    if (blobs.present()) rules.blobs = decode_blob_parameters(blobs);
    rules.block_reward.reset();
    return rules;
}

execution::BlockEnvironment StateFixture::environment(const execution::BlockRules& rules) const {
    const auto env = test_["env"];
    execution::BlockEnvironment result;
    auto& context = result.context;
    context.coinbase = env["currentCoinbase"].address();
    context.number = env["currentNumber"].integer();
    context.timestamp = env["currentTimestamp"].integer();
    context.gas_limit = env["currentGasLimit"].integer();
    context.chain_id = rules.chain_id;
    context.prev_randao = rules.fork >= Fork::paris && env["currentRandom"].present()
                              ? env["currentRandom"].quantity()
                              : env["currentDifficulty"].quantity();
    if (rules.fork >= Fork::london) context.base_fee_per_gas = env["currentBaseFee"].quantity();
    if (rules.fork >= Fork::cancun) {
        const auto excess = env["currentExcessBlobGas"];
        context.blob_base_fee = blob_base_fee(excess.present() ? excess.integer() : 0, rules.blobs);
    }
    return result;
}

std::string StateFixture::indexes_name(const JsonNode& post_entry) {
    const auto indexes = post_entry["indexes"];
    return fmt::format("d{}g{}v{}", indexes["data"].integer(), indexes["gas"].integer(),
                       indexes["value"].integer());
}

const Bytes& StateFixture::data_at(std::size_t index) {
    static const Bytes none;
    if (index >= data_.size()) {
        fields_["data"].fault(fmt::format("has no element {}", index));
        return none;
    }
    if (!data_[index]) data_[index] = fields_["data"].at(index).bytes();
    return *data_[index];
}

Transaction StateFixture::unsigned_transaction(const JsonNode& indexes) {
    const auto data_index = indexes["data"].integer();
    Transaction transaction;
    transaction.nonce = fields_["nonce"].integer();
    transaction.gas_limit = fields_["gasLimit"].at(indexes["gas"].integer()).integer();
    transaction.value = fields_["value"].at(indexes["value"].integer()).quantity();
    transaction.data = data_at(data_index);
    if (!fields_["to"].text().empty()) transaction.to = fields_["to"].address();

    const auto access_lists = fields_["accessLists"];
    const auto access_list = access_lists.present() ? access_lists.at(data_index) : JsonNode{};
    if (!access_list.empty()) {
        transaction.type = TransactionType::access_list;
        transaction.access_list = decode_access_list(access_list);
    }
    if (fields_["gasPrice"].present()) {
        transaction.max_fee_per_gas = fields_["gasPrice"].quantity();
        transaction.max_priority_fee_per_gas = transaction.max_fee_per_gas;
    } else {
        transaction.type = TransactionType::dynamic_fee;
        transaction.max_fee_per_gas = fields_["maxFeePerGas"].quantity();
        transaction.max_priority_fee_per_gas = fields_["maxPriorityFeePerGas"].quantity();
    }
    if (fields_["maxFeePerBlobGas"].present() || fields_["blobVersionedHashes"].present()) {
        transaction.type = TransactionType::blob;
        transaction.max_fee_per_blob_gas = fields_["maxFeePerBlobGas"].quantity();
        for (const auto hash : fields_["blobVersionedHashes"].items())
            transaction.blob_versioned_hashes.push_back(hash.hash());
    }
    if (fields_["authorizationList"].present()) {
        transaction.type = TransactionType::set_code;
        transaction.authorization_list = decode_authorization_list(fields_["authorizationList"]);
    }
    if (transaction.type != TransactionType::legacy) transaction.chain_id = default_chain_id;
    return transaction;
}

std::expected<StateFixture::Signed, std::string> StateFixture::transaction(
    const JsonNode& post_entry, Fork fork) {
    Signed result;
    const auto indexes = post_entry["indexes"];
    const auto encoded = post_entry["txbytes"];
    if (encoded.present()) {
        const auto bytes = encoded.bytes();
        auto decoded = decode_transaction(bytes);
        if (!decoded) return std::unexpected{to_string(decoded.error())};
        if (!post_entry["expectException"].present() &&
            !same_but_for_signature(unsigned_transaction(indexes), *decoded))
            return std::unexpected{std::string{"txbytes hold another transaction than the fields"}};
        result.transaction = *std::move(decoded);
    } else {
        result.transaction = unsigned_transaction(indexes);
        const auto secret = crypto::SecretKey::from(fields_["secretKey"].hash().bytes);
        if (!secret) {
            fields_["secretKey"].fault("should be a secret key");
            return result;
        }
        sign_transaction(result.transaction, *secret);
    }
    const auto sender = recover_sender(result.transaction, fork);
    if (!sender) return std::unexpected{std::string{to_string(sender.error())}};
    result.sender = *sender;
    if (fields_["sender"].present() && fields_["sender"].address() != result.sender)
        return std::unexpected{fmt::format("the signature is that of {}", to_hex(sender->bytes))};
    return result;
}

std::string describe_difference(const state::MapState& expected, const state::MapState& got) {
    std::vector<Address> addresses;
    for (const auto& [address, entry] : expected.accounts()) addresses.push_back(address);
    for (const auto& [address, entry] : got.accounts()) addresses.push_back(address);
    std::ranges::sort(addresses);
    const auto same = std::ranges::unique(addresses);
    addresses.erase(same.begin(), same.end());
    std::string text;
    std::size_t count = 0;
    const auto add = [&](const Address& address, std::string_view member, const auto& wanted,
                         const auto& had) {
        if (++count <= 8)
            text += fmt::format("; {} {}: expected {}, got {}", to_hex(address.bytes), member,
                                wanted, had);
    };
    for (const auto& address : addresses) {
        const auto a = expected.accounts().find(address);
        const auto b = got.accounts().find(address);
        if (a == expected.accounts().end() || b == got.accounts().end()) {
            const bool is_extra = a == expected.accounts().end();
            add(address, "account", is_extra ? "none" : "one", is_extra ? "one" : "none");
            continue;
        }
        const auto& x = a->second.account;
        const auto& y = b->second.account;
        if (x.nonce != y.nonce) add(address, "nonce", x.nonce, y.nonce);
        if (x.balance != y.balance)
            add(address, "balance", to_quantity(x.balance), to_quantity(y.balance));
        if (x.code_hash != y.code_hash)
            add(address, "code hash", to_hex(x.code_hash.bytes), to_hex(y.code_hash.bytes));
        for (const auto& [slot, value] : a->second.storage) {
            const auto other = got.storage(address, slot);
            if (value != other)
                add(address, "storage " + to_quantity(slot), to_quantity(value),
                    to_quantity(other));
        }
        for (const auto& [slot, value] : b->second.storage) {
            if (!a->second.storage.contains(slot))
                add(address, "storage " + to_quantity(slot), "0x0", to_quantity(value));
        }
    }
    if (count > 8) text += fmt::format("; and {} more differences", count - 8);
    return text;
}

}  // namespace meta138::conformance
