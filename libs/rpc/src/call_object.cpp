// SPDX-License-Identifier: Apache-2.0
#include "call_object.hpp"

#include "meta138/base/hex.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace meta138::rpc {

namespace {

std::string_view without_prefix(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    return text;
}

std::optional<Bytes> parse_bytes(std::string_view text) {
    auto decoded = decode_hex_digits(without_prefix(text));
    if (!decoded) return std::nullopt;
    return *std::move(decoded);
}

/// A key or value of storage: at most 32 bytes.
std::optional<uint256> parse_word(std::string_view text) {
    const auto digits = without_prefix(text);
    if (digits.empty() || digits.size() > 64) return std::nullopt;
    const auto parsed = parse_hex_uint256("0x" + std::string{digits});
    if (!parsed) return std::nullopt;
    return *parsed;
}

/// Reads the members of an object into optionals, and remembers whether one was wrong.
class MemberReader {
public:
    explicit MemberReader(json::Value object) : object_{object} {}

    template <typename T, typename Parse>
    void read(std::string_view name, std::optional<T>& into, Parse parse) {
        const auto value = object_.find(name);
        if (value.is_missing()) return;
        if (auto parsed = parse(value))
            into = static_cast<T>(*std::move(parsed));
        else
            is_valid_ = false;
    }
    void read(std::string_view name, std::optional<uint256>& into) {
        read(name, into, [](json::Value value) { return uint256_of(value); });
    }
    void read(std::string_view name, std::optional<std::uint64_t>& into) {
        read(name, into, [](json::Value value) { return integer_of(value); });
    }
    void read(std::string_view name, std::optional<Address>& into) {
        read(name, into, [](json::Value value) -> std::optional<Address> {
            const auto text = value.string();
            return text ? lenient_address_of(*text) : std::nullopt;
        });
    }
    void read(std::string_view name, std::optional<Hash32>& into) {
        read(name, into, [](json::Value value) { return hash_of(value); });
    }
    void read(std::string_view name, std::optional<Bytes>& into) {
        read(name, into, [](json::Value value) { return lenient_bytes_of(value); });
    }
    void read(std::string_view name, std::optional<bool>& into) {
        read(name, into, [](json::Value value) { return value.boolean(); });
    }
    [[nodiscard]] bool is_valid() const noexcept { return is_valid_; }

private:
    json::Value object_;
    bool is_valid_ = true;
};

std::optional<AccessList> access_list_of(json::Value value) {
    if (!value.is_array()) return std::nullopt;
    AccessList list;
    for (const auto element : value.elements()) {
        const auto address = address_of(element.find("address"));
        const auto keys = element.find("storageKeys");
        if (!address || !(keys.is_array() || keys.is_missing())) return std::nullopt;
        auto& entry = list.emplace_back();
        entry.address = *address;
        for (const auto key : keys.elements()) {
            const auto text = key.string();
            const auto word = text ? parse_word(*text) : std::nullopt;
            if (!word) return std::nullopt;
            entry.storage_keys.push_back(to_hash32(*word));
        }
    }
    return list;
}

std::optional<std::vector<Hash32>> hashes_of(json::Value value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<Hash32> hashes;
    for (const auto element : value.elements()) {
        const auto hash = hash_of(element);
        if (!hash) return std::nullopt;
        hashes.push_back(*hash);
    }
    return hashes;
}

std::optional<Authorization> authorization_of(json::Value value) {
    const auto chain_id = uint256_of(value.find("chainId"));
    const auto address = address_of(value.find("address"));
    const auto nonce = integer_of(value.find("nonce"));
    const auto r = uint256_of(value.find("r"));
    const auto s = uint256_of(value.find("s"));
    auto parity = uint256_of(value.find("yParity"));
    if (!parity) parity = uint256_of(value.find("v"));
    if (!chain_id || !address || !nonce) return std::nullopt;
    if (const auto authority = value.find("authority"); !authority.is_missing()) {
        // Named, or by a signature: not both.
        if (!address_of(authority) || r || s || parity) return std::nullopt;
        // Besu's stand-in for the signature, which the transaction's hash covers.
        return Authorization{.chain_id = *chain_id,
                             .address = *address,
                             .nonce = *nonce,
                             .y_parity = 0,
                             .r = 1,
                             .s = 1};
    }
    if (!r || !s || !parity) return std::nullopt;
    return Authorization{.chain_id = *chain_id,
                         .address = *address,
                         .nonce = *nonce,
                         .y_parity = *parity,
                         .r = *r,
                         .s = *s};
}

std::optional<std::vector<Authorization>> authorizations_of(json::Value value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<Authorization> list;
    for (const auto element : value.elements()) {
        const auto authorization = authorization_of(element);
        if (!authorization) return std::nullopt;
        list.push_back(*authorization);
    }
    return list;
}

std::optional<std::map<uint256, uint256>> storage_of(json::Value value) {
    if (!value.is_object()) return std::nullopt;
    std::map<uint256, uint256> storage;
    for (const auto [name, word] : value.members()) {
        const auto key = parse_word(name);
        const auto text = word.string();
        const auto parsed = text ? parse_word(*text) : std::nullopt;
        if (!key || !parsed) return std::nullopt;
        storage[*key] = *parsed;
    }
    return storage;
}

std::optional<std::vector<Withdrawal>> withdrawals_of(json::Value value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<Withdrawal> list;
    for (const auto element : value.elements()) {
        const auto index = integer_of(element.find("index"));
        const auto validator = integer_of(element.find("validatorIndex"));
        const auto address = address_of(element.find("address"));
        const auto amount = integer_of(element.find("amount"));
        if (!index || !validator || !address || !amount) return std::nullopt;
        list.push_back({*index, *validator, *address, *amount});
    }
    return list;
}

std::optional<StateOverride> state_override_of(std::string_view name, json::Value value) {
    const auto address = lenient_address_of(name);
    if (!address || !value.is_object()) return std::nullopt;
    StateOverride result{.address = *address, .account = {}, .move_precompile_to = {}};
    auto& account = result.account;
    MemberReader members{value};
    members.read("nonce", account.nonce);
    members.read("balance", account.balance);
    members.read("code", account.code);
    members.read("state", account.storage, storage_of);
    std::optional<std::map<uint256, uint256>> difference;
    members.read("stateDiff", difference, storage_of);
    members.read("movePrecompileToAddress", result.move_precompile_to);
    if (!members.is_valid() || (account.storage && difference)) return std::nullopt;
    if (difference) {
        account.storage = std::move(difference);
        account.keeps_storage = true;
    }
    return result;
}

}  // namespace

std::optional<Bytes> lenient_bytes_of(json::Value value) {
    const auto text = value.string();
    return text ? parse_bytes(*text) : std::nullopt;
}

std::optional<Address> lenient_address_of(std::string_view text) {
    const auto bytes = parse_bytes(text);
    if (!bytes || bytes->size() != 20) return std::nullopt;
    Address address;
    std::ranges::copy(*bytes, address.bytes.begin());
    return address;
}

RpcResult<CallObject> Parameter<CallObject>::decode(json::Value value) {
    if (!value.is_object()) return fail(error::invalid_call_params);
    CallObject call;
    MemberReader members{value};
    members.read("from", call.from);
    members.read("to", call.to);
    members.read("gas", call.gas);
    members.read("gasPrice", call.gas_price);
    members.read("maxFeePerGas", call.max_fee_per_gas);
    members.read("maxPriorityFeePerGas", call.max_priority_fee_per_gas);
    members.read("maxFeePerBlobGas", call.max_fee_per_blob_gas);
    members.read("value", call.value);
    members.read("nonce", call.nonce);
    members.read("chainId", call.chain_id);
    members.read("strict", call.strict);
    members.read("accessList", call.access_list, access_list_of);
    members.read("blobVersionedHashes", call.blob_versioned_hashes, hashes_of);
    std::optional<std::vector<Authorization>> authorizations;
    members.read("authorizationList", authorizations, authorizations_of);
    if (authorizations) {
        call.authorization_list = *std::move(authorizations);
        for (const auto element : value.find("authorizationList").elements())
            call.authorities.push_back(address_of(element.find("authority")));
    }
    std::optional<Bytes> input;
    std::optional<Bytes> data;
    members.read("input", input);
    members.read("data", data);
    if (!members.is_valid() || (input && data && *input != *data))
        return fail(error::invalid_call_params);
    if (input)
        call.data = *std::move(input);
    else if (data)
        call.data = *std::move(data);
    return call;
}

RpcResult<StateOverrides> Parameter<StateOverrides>::decode(json::Value value) {
    if (!value.is_object() || value.size() > max_accounts) return fail(error::invalid_call_params);
    StateOverrides overrides;
    std::size_t slots = 0;
    for (const auto [name, member] : value.members()) {
        auto account = state_override_of(name, member);
        if (!account) return fail(error::invalid_call_params);
        if (account->account.storage) slots += account->account.storage->size();
        if (slots > max_slots) return fail(error::invalid_call_params);
        overrides.accounts.push_back(*std::move(account));
    }
    return overrides;
}

RpcResult<BlockOverrides> Parameter<BlockOverrides>::decode(json::Value value) {
    if (!value.is_object()) return fail(error::invalid_params);
    BlockOverrides block;
    MemberReader members{value};
    members.read("number", block.number);
    members.read("time", block.time);
    members.read("timestamp", block.time);
    members.read("gasLimit", block.gas_limit);
    members.read("coinbase", block.fee_recipient);
    members.read("feeRecipient", block.fee_recipient);
    members.read("random", block.prev_randao);
    members.read("mixHash", block.prev_randao);
    members.read("prevRandao", block.prev_randao);
    members.read("baseFee", block.base_fee_per_gas);
    members.read("baseFeePerGas", block.base_fee_per_gas);
    members.read("blobBaseFee", block.blob_base_fee);
    members.read("difficulty", block.difficulty);
    members.read("hash", block.hash);
    members.read("stateRoot", block.state_root);
    members.read("extraData", block.extra_data);
    members.read("parentBeaconBlockRoot", block.parent_beacon_block_root);
    members.read("beaconRoot", block.parent_beacon_block_root);
    members.read("withdrawals", block.withdrawals, withdrawals_of);
    if (!members.is_valid()) return fail(error::invalid_params);
    return block;
}

Transaction to_transaction(const CallObject& call, const CallPrices& prices, bool has_base_fee,
                           std::uint64_t chain_id) {
    Transaction transaction;
    transaction.chain_id = call.chain_id;
    transaction.nonce = call.nonce.value_or(0);
    transaction.gas_limit = call.gas.value_or(0);
    transaction.to = call.to;
    transaction.value = call.value.value_or(0);
    transaction.data = call.data;
    if (call.access_list) transaction.access_list = *call.access_list;
    if (call.blob_versioned_hashes) transaction.blob_versioned_hashes = *call.blob_versioned_hashes;
    transaction.authorization_list = call.authorization_list;

    const bool has_market_prices = call.max_fee_per_gas || call.max_priority_fee_per_gas;
    const bool is_dynamic =
        has_base_fee && (has_market_prices || !call.has_price() || call.blob_versioned_hashes);
    if (!call.authorization_list.empty())
        transaction.type = TransactionType::set_code;
    else if (call.blob_versioned_hashes)
        transaction.type = TransactionType::blob;
    else if (is_dynamic)
        transaction.type = TransactionType::dynamic_fee;
    else if (call.access_list)
        transaction.type = TransactionType::access_list;
    const bool has_tip = transaction.type >= TransactionType::dynamic_fee;
    transaction.max_fee_per_gas = has_tip ? prices.max_fee_per_gas : prices.gas_price;
    transaction.max_priority_fee_per_gas =
        has_tip ? prices.max_priority_fee_per_gas : prices.gas_price;
    if (transaction.type == TransactionType::blob)
        transaction.max_fee_per_blob_gas = prices.max_fee_per_blob_gas;
    if (transaction.type != TransactionType::legacy && !transaction.chain_id)
        transaction.chain_id = chain_id;
    return transaction;
}

}  // namespace meta138::rpc
