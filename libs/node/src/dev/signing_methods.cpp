// SPDX-License-Identifier: Apache-2.0
#include "dev/accounts.hpp"
#include "dev/methods.hpp"
#include "dev/transaction_request.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/eip712.hpp"
#include "meta138/types/pooled_transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::node {
namespace {

using rpc::Cost;
using rpc::Group;
using rpc::Request;
using rpc::RpcError;
using rpc::RpcResult;

std::optional<crypto::SecretKey> find_key(const DevContext& context, const Address& address) {
    const auto accounts = dev_accounts().first(context.options.accounts);
    const auto found = std::ranges::find(accounts, address, &DevAccount::address);
    if (found == accounts.end()) return std::nullopt;
    return crypto::SecretKey::from(found->secret_key.bytes);
}

RpcError unknown_account(const Address& address) {
    return {-32000, fmt::format("unknown account {}: neither a funded account of this development "
                                "chain nor impersonated",
                                to_hex(address))};
}

Bytes signature_bytes(const crypto::Signature& signature) {
    constexpr std::uint8_t electrum_offset = 27;
    Bytes bytes{signature.r.bytes.begin(), signature.r.bytes.end()};
    bytes.insert(bytes.end(), signature.s.bytes.begin(), signature.s.bytes.end());
    bytes.push_back(static_cast<std::uint8_t>(signature.y_parity + electrum_offset));
    return bytes;
}

RpcResult<Bytes> sign_hash(const DevContext& context, const Address& address, const Hash32& hash) {
    const auto key = find_key(context, address);
    if (!key) return std::unexpected{unknown_account(address)};
    return signature_bytes(crypto::sign(hash, *key));
}

/// EIP-191, version 0x45: what personal_sign and eth_sign sign.
Hash32 personal_message_hash(ByteView message) {
    const auto prefix = fmt::format(
        "\x19"
        "Ethereum Signed Message:\n{}",
        message.size());
    return crypto::Keccak256{}
        .update({reinterpret_cast<const std::uint8_t*>(prefix.data()), prefix.size()})
        .update(message)
        .finish();
}

/// Hex, or else the text itself.
Bytes message_of(std::string_view text) {
    if (auto bytes = decode_hex(text)) return *std::move(bytes);
    return {text.begin(), text.end()};
}

/// Not a signature of anybody: tells impersonated transactions apart by their sender.
void put_sender_in_signature(Transaction& transaction, const Address& sender) {
    transaction.r = uint256{1};
    for (const auto byte : sender.bytes) transaction.r = (transaction.r << 8) | uint256{byte};
    transaction.s = uint256{1};
}

RpcResult<Hash32> send(const DevContext& context, Transaction transaction, const Address& sender) {
    if (const auto key = find_key(context, sender))
        sign_transaction(transaction, *key);
    else if (context.dev.is_impersonated(sender))
        put_sender_in_signature(transaction, sender);
    else
        return std::unexpected{unknown_account(sender)};
    const auto added = context.pool.add({std::move(transaction), std::nullopt}, sender, true);
    if (!added) return std::unexpected{RpcError{-32000, std::string{to_string(added.error())}}};
    context.thread.run([&] { context.dev.settle(); });
    return (*added)->hash;
}

void write_value(json::Writer& out, json::Value value) {
    switch (value.type()) {
        case json::Type::absent:
        case json::Type::null: out.null(); return;
        case json::Type::boolean: out.boolean(*value.boolean()); return;
        case json::Type::integer:
            if (const auto number = value.unsigned_integer())
                out.number(*number);
            else
                out.number(value.signed_integer().value_or(0));
            return;
        case json::Type::number: out.number(*value.number()); return;
        case json::Type::string: out.string(*value.string()); return;
        case json::Type::array:
            out.open_array();
            for (const auto element : value.elements()) write_value(out, element);
            out.close_array();
            return;
        case json::Type::object:
            out.open_object();
            for (const auto [name, member] : value.members()) {
                out.key(name);
                write_value(out, member);
            }
            out.close_object();
            return;
    }
}

RpcResult<Bytes> sign_typed_data(const DevContext& context, const Address& address,
                                 json::Value data) {
    std::string text;
    if (const auto given = data.string()) {
        text = *given;
    } else {
        json::Writer out{text};
        write_value(out, data);
    }
    const auto hashes = hash_typed_data(text);
    if (!hashes) return rpc::fail(rpc::error::invalid_params, to_string(hashes.error()));
    return sign_hash(context, address, hashes->digest);
}

void add_signatures(rpc::MethodTable& table, const DevContext& context) {
    table.add("eth_sign", Group::eth, Cost::cheap,
              [context](const Request&, Address address, std::string_view message) {
                  return sign_hash(context, address, personal_message_hash(message_of(message)));
              });
    table.add("personal_sign", Group::eth, Cost::cheap,
              [context](const Request&, std::string_view message, Address address) {
                  return sign_hash(context, address, personal_message_hash(message_of(message)));
              });
    for (const auto name : {"eth_signTypedData", "eth_signTypedData_v4"})
        table.add(name, Group::eth, Cost::cheap,
                  [context](const Request&, Address address, json::Value data) {
                      return sign_typed_data(context, address, data);
                  });
}

/// A raw transaction is answered once an automining chain has sealed it, so that what is asked next
/// sees it.
void settle_after(rpc::MethodTable& table, const DevContext& context, std::string_view name) {
    const auto* method = table.find(name);
    if (method == nullptr || !method->call) return;
    table.add_any(name, Group::eth, Cost::heavy,
                  [context, call = method->call](const Request& request, json::Value parameters,
                                                 json::Writer& out) -> RpcResult<void> {
                      TRY(call(request, parameters, out));
                      context.thread.run([&] { context.dev.settle(); });
                      return {};
                  });
}

}  // namespace

void add_signing_methods(rpc::MethodTable& table, const DevContext& context) {
    table.add("eth_accounts", Group::eth, Cost::cheap,
              [context](const Request&) -> RpcResult<std::vector<Address>> {
                  std::vector<Address> addresses;
                  for (const auto& account : dev_accounts().first(context.options.accounts))
                      addresses.push_back(account.address);
                  return addresses;
              });
    add_signatures(table, context);

    const auto fill = std::make_shared<TransactionFiller>(table);
    table.add("eth_sendTransaction", Group::eth, Cost::heavy,
              [context, fill](const Request& request, json::Value call) -> RpcResult<Hash32> {
                  TRY_LET(auto filled, fill->fill(request, call));
                  return send(context, std::move(filled.transaction), filled.sender);
              });
    table.add("eth_signTransaction", Group::eth, Cost::heavy,
              [context, fill](const Request& request, json::Value call) -> RpcResult<Bytes> {
                  TRY_LET(auto filled, fill->fill(request, call));
                  const auto key = find_key(context, filled.sender);
                  if (!key) return std::unexpected{unknown_account(filled.sender)};
                  sign_transaction(filled.transaction, *key);
                  return encode_transaction(filled.transaction);
              });
    settle_after(table, context, "eth_sendRawTransaction");
}

}  // namespace meta138::node
