// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/signer/request_names.hpp"
#include "meta138/signer/transaction_request.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace meta138::signer {
namespace {

template <typename T>
using Result = std::expected<T, TransactionRequestError>;

std::unexpected<TransactionRequestError> fail(std::string_view where, std::string reason) {
    return std::unexpected{
        TransactionRequestError{.where = std::string{where}, .reason = std::move(reason)}};
}

Result<std::string_view> decode_string(json::Value value, std::string_view where) {
    const auto text = value.string();
    if (!text) return fail(where, "not a string");
    return *text;
}

Result<uint256> decode_quantity(json::Value value, std::string_view where) {
    TRY_LET(const auto text, decode_string(value, where));
    const auto number = parse_quantity(text);
    if (!number) return fail(where, fmt::format("not a quantity: {}", to_string(number.error())));
    return *number;
}

Result<std::uint64_t> decode_small_quantity(json::Value value, std::string_view where) {
    TRY_LET(const auto number, decode_quantity(value, where));
    if (!number.fits_uint64()) return fail(where, "above 2^64 - 1");
    return number.low64();
}

template <typename Fixed>
Result<Fixed> decode_fixed(json::Value value, std::string_view where) {
    TRY_LET(const auto text, decode_string(value, where));
    const auto fixed = decode_fixed_hex<Fixed>(text);
    if (!fixed)
        return fail(where, fmt::format("not 0x and {} digits: {}", 2 * Fixed{}.size(),
                                       to_string(fixed.error())));
    return *fixed;
}

// Absent and null are the same: several clients write null for what they leave out.
template <typename T>
Result<std::optional<T>> optional_member(json::Value object, std::string_view name,
                                         Result<T> (*decode)(json::Value, std::string_view)) {
    const auto value = object.find(name);
    if (value.is_missing()) return std::nullopt;
    TRY_LET(auto decoded, decode(value, name));
    return std::optional<T>{std::move(decoded)};
}

Result<std::optional<Address>> decode_to(json::Value object) {
    const auto value = object.find("to");
    // web3.js writes "0x" for a creation, Web3Signer's own tests an empty text.
    if (const auto text = value.string(); text == "" || text == "0x") return std::nullopt;
    return optional_member<Address>(object, "to", decode_fixed<Address>);
}

Result<Bytes> decode_bytes(json::Value value, std::string_view where) {
    TRY_LET(const auto text, decode_string(value, where));
    if (text.empty()) return Bytes{};
    if (text.size() > 2 + 2 * max_transaction_data_size)
        return fail(where, fmt::format("more than {} bytes", max_transaction_data_size));
    auto bytes = decode_hex(text);
    if (!bytes) return fail(where, std::string{to_string(bytes.error())});
    return *std::move(bytes);
}

Result<Bytes> decode_data(json::Value object) {
    TRY_LET(auto data, optional_member<Bytes>(object, "data", decode_bytes));
    TRY_LET(auto input, optional_member<Bytes>(object, "input", decode_bytes));
    // Web3Signer takes data and drops input. Which of two the caller means is not ours to guess.
    if (data && input && *data != *input) return fail("input", "differs from data");
    if (data) return *std::move(data);
    return std::move(input).value_or(Bytes{});
}

Result<AccessList> decode_access_list(json::Value value, std::string_view where) {
    if (!value.is_array()) return fail(where, "not an array");
    if (value.size() > max_access_list_entries)
        return fail(where, fmt::format("more than {} entries", max_access_list_entries));
    AccessList list;
    for (const auto entry : value.elements()) {
        if (!entry.is_object()) return fail(where, "an entry is not an object");
        AccessListEntry decoded;
        TRY_LET(decoded.address,
                decode_fixed<Address>(entry.find("address"), "accessList.address"));
        const auto keys = entry.find("storageKeys");
        if (!keys.is_missing() && !keys.is_array())
            return fail("accessList.storageKeys", "not an array");
        if (keys.size() > max_access_list_entries)
            return fail("accessList.storageKeys",
                        fmt::format("more than {} keys", max_access_list_entries));
        for (const auto key : keys.elements()) {
            TRY_LET(const auto slot, decode_fixed<Hash32>(key, "accessList.storageKeys"));
            decoded.storage_keys.push_back(slot);
        }
        list.push_back(std::move(decoded));
    }
    return list;
}

Result<Authorization> decode_authorization(json::Value entry) {
    if (!entry.is_object()) return fail("authorizationList", "an entry is not an object");
    Authorization decoded;
    TRY_LET(decoded.chain_id, decode_quantity(entry.find("chainId"), "authorizationList.chainId"));
    TRY_LET(decoded.address,
            decode_fixed<Address>(entry.find("address"), "authorizationList.address"));
    TRY_LET(decoded.nonce, decode_small_quantity(entry.find("nonce"), "authorizationList.nonce"));
    const auto parity =
        entry.find("yParity").is_missing() ? entry.find("v") : entry.find("yParity");
    TRY_LET(decoded.y_parity, decode_quantity(parity, "authorizationList.yParity"));
    if (decoded.y_parity > 1) return fail("authorizationList.yParity", "neither 0x0 nor 0x1");
    TRY_LET(decoded.r, decode_quantity(entry.find("r"), "authorizationList.r"));
    TRY_LET(decoded.s, decode_quantity(entry.find("s"), "authorizationList.s"));
    return decoded;
}

Result<std::vector<Authorization>> decode_authorization_list(json::Value value,
                                                             std::string_view where) {
    if (!value.is_array()) return fail(where, "not an array");
    if (value.size() > max_authorizations)
        return fail(where, fmt::format("more than {} entries", max_authorizations));
    std::vector<Authorization> list;
    for (const auto entry : value.elements()) {
        TRY_LET(auto decoded, decode_authorization(entry));
        list.push_back(std::move(decoded));
    }
    return list;
}

Result<TransactionType> decode_type(json::Value value, std::string_view where) {
    TRY_LET(const auto number, decode_small_quantity(value, where));
    switch (number) {
        case 0: return TransactionType::legacy;
        case 1: return TransactionType::access_list;
        case 2: return TransactionType::dynamic_fee;
        case 3:
            return fail(where, "blob transactions are not signed here: a blob needs its proofs");
        case 4: return TransactionType::set_code;
        default: return fail(where, fmt::format("no transaction type: {}", number));
    }
}

Result<std::string> decode_idempotency_key(json::Value value, std::string_view where) {
    const auto text = value.string();
    if (!text || text->empty() || text->size() > max_request_name_size)
        return fail(where, fmt::format("not a text of 1 to {} bytes", max_request_name_size));
    return std::string{*text};
}

struct Refused {
    std::string_view member;
    std::string_view reason;
};
constexpr std::string_view blobs = "blob transactions are not signed here: a blob needs its proofs";
constexpr std::string_view secret =
    "private transactions are not supported; signed without it, this would be public";
constexpr std::array refused_members{
    Refused{"maxFeePerBlobGas", blobs},
    Refused{"blobVersionedHashes", blobs},
    Refused{"blobs", blobs},
    Refused{"privateFor", secret},
    Refused{"privateFrom", secret},
    Refused{"privacyGroupId", secret},
    Refused{"restriction", secret},
};

Result<void> refuse_unsupported(json::Value object) {
    for (const auto& [member, reason] : refused_members) {
        if (!object.find(member).is_missing()) return fail(member, std::string{reason});
    }
    return {};
}

}  // namespace

std::string to_string(const TransactionRequestError& error) {
    return error.where.empty() ? error.reason : error.where + ": " + error.reason;
}

std::expected<TransactionRequest, TransactionRequestError> decode_transaction_request(
    json::Value object) {
    if (!object.is_object()) return fail("", "the transaction is not an object");
    TRY(refuse_unsupported(object));
    TransactionRequest request;
    TRY_LET(request.from, decode_fixed<Address>(object.find("from"), "from"));
    TRY_LET(request.to, decode_to(object));
    TRY_LET(request.nonce, optional_member<std::uint64_t>(object, "nonce", decode_small_quantity));
    TRY_LET(request.chain_id,
            optional_member<std::uint64_t>(object, "chainId", decode_small_quantity));
    TRY_LET(request.gas, optional_member<std::uint64_t>(object, "gas", decode_small_quantity));
    TRY_LET(const auto gas_limit,
            optional_member<std::uint64_t>(object, "gasLimit", decode_small_quantity));
    if (request.gas && gas_limit && *request.gas != *gas_limit)
        return fail("gasLimit", "differs from gas");
    if (gas_limit) request.gas = gas_limit;
    TRY_LET(request.gas_price, optional_member<uint256>(object, "gasPrice", decode_quantity));
    TRY_LET(request.max_fee_per_gas,
            optional_member<uint256>(object, "maxFeePerGas", decode_quantity));
    TRY_LET(request.max_priority_fee_per_gas,
            optional_member<uint256>(object, "maxPriorityFeePerGas", decode_quantity));
    TRY_LET(const auto value, optional_member<uint256>(object, "value", decode_quantity));
    request.value = value.value_or(uint256{});
    TRY_LET(request.data, decode_data(object));
    TRY_LET(request.access_list,
            optional_member<AccessList>(object, "accessList", decode_access_list));
    TRY_LET(request.authorization_list,
            optional_member<std::vector<Authorization>>(object, "authorizationList",
                                                        decode_authorization_list));
    TRY_LET(request.type, optional_member<TransactionType>(object, "type", decode_type));
    TRY_LET(auto key,
            optional_member<std::string>(object, "idempotencyKey", decode_idempotency_key));
    if (key) request.idempotency_key = *std::move(key);
    return request;
}

}  // namespace meta138::signer
