// SPDX-License-Identifier: Apache-2.0
#include "server/methods.hpp"

#include "server/proxy_headers.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/crypto/sha256.hpp"
#include "meta138/signer/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace meta138::signer {
namespace {

constexpr std::array<std::string_view, 8> local_methods{
    "eth_accounts",         "eth_sign",
    "eth_signTypedData",    "eth_signTypedData_v3",
    "eth_signTypedData_v4", "eth_signTransaction",
    "eth_sendTransaction",  "health_status"};

constexpr std::string_view no_account = "No unlocked account matches the Sender";

RpcAnswer invalid_params(std::string_view id, std::string_view what) {
    return error_answer(
        id,
        {rpc_code::invalid_params,
         what.empty() ? std::string{"Invalid params"} : fmt::format("Invalid params: {}", what),
         {}},
        400);
}

RpcAnswer denied(std::string_view id, const Denial& denial) {
    return error_answer(id, {rpc_code::denied,
                             fmt::format("Refused by policy ({}): {}", denial.rule, denial.reason),
                             {}});
}

std::string quoted_hex(ByteView bytes) {
    std::string text;
    json::Writer out{text};
    out.hex(bytes);
    return text;
}

AuditEntry digest_entry(std::string event, const Address& key, std::uint64_t chain_id,
                        const Caller& caller) {
    AuditEntry entry;
    entry.event = std::move(event);
    entry.client = caller.name();
    entry.remote = caller.remote;
    entry.key = key;
    entry.chain_id = chain_id;
    return entry;
}

/// The parameter: an array's only element, or the object itself.
json::Value only_param(json::Value params) {
    if (params.is_object()) return params;
    return params.size() == 1 ? params.at(0) : json::Value{};
}

/// The request's name, and of what it asks for what a repetition must not change.
RequestName name_of(const TransactionRequest& request) {
    Bytes content;
    const auto put = [&](ByteView bytes) {
        content.insert(content.end(), bytes.begin(), bytes.end());
    };
    content.push_back(request.to ? 1 : 0);
    if (request.to) put(request.to->bytes);
    put(to_hash32(request.value).bytes);
    content.push_back(request.nonce ? 1 : 0);
    if (request.nonce) put(to_hash32(uint256{*request.nonce}).bytes);
    put(request.data);
    return {.name = hash_of_request_name(request.idempotency_key),
            .content = crypto::sha256(content)};
}

/// What somebody who waits is told in the end.
struct OutcomeAnswer {
    std::string_view id;

    RpcAnswer operator()(const Answer::Accepted& outcome) const {
        return result_answer(id, quoted_hex(outcome.hash.bytes));
    }
    RpcAnswer operator()(const NodeError& error) const { return error_answer(id, error); }
    RpcAnswer operator()(const Answer::Unknown& outcome) const {
        const auto data =
            fmt::format(R"({{"transactionHash":"{}","reason":"signed, and sent again until the )"
                        R"(node has it: do not send it anew"}})",
                        to_hex(outcome.hash.bytes));
        return error_answer(
            id, {rpc_code::server_error, "Connection to downstream node timed out", data}, 504);
    }
    RpcAnswer operator()(const Answer::NothingSent& outcome) const {
        switch (outcome.why) {
            case NotSent::queue_full:
                return error_answer(id,
                                    {rpc_code::limit_exceeded,
                                     "Too many transactions of this account wait for a nonce",
                                     {}},
                                    503);
            case NotSent::timed_out: return unreachable_answer(id, true);
            case NotSent::not_signed: break;
        }
        return error_answer(
            id, {rpc_code::internal_error, fmt::format("Not signed: {}", outcome.reason), {}}, 500);
    }
};

}  // namespace

/// A transaction on its way to being signed.
struct Methods::Prepared {
    std::string id;
    MethodContext context;
    TransactionRequest request;
    bool is_send = false;
    std::optional<RequestName> name;
    Done done;
};

bool Methods::has(std::string_view method) noexcept {
    return std::ranges::find(local_methods, method) != local_methods.end();
}

void Methods::call(const RpcRequest& request, const MethodContext& context, Done done) {
    parts_.metrics.count_request(request.method);
    if (request.method == "health_status") return done(result_answer(request.id, R"("OK")"));
    if (request.method == "eth_accounts") return accounts(request, std::move(done));
    if (request.method == "eth_sign") return sign_message(request, context, std::move(done));
    if (request.method == "eth_signTransaction")
        return sign_transaction(request, context, std::move(done));
    if (request.method == "eth_sendTransaction")
        return send_transaction(request, context, std::move(done));
    sign_typed_data(request, context, std::move(done));
}

void Methods::accounts(const RpcRequest& request, Done done) const {
    const bool has_params =
        !request.params.is_missing() && !(request.params.is_array() && request.params.size() == 0);
    if (has_params) return done(invalid_params(request.id, {}));
    std::string text;
    json::Writer out{text};
    out.open_array();
    for (const auto& key : parts_.keys.keys()->keys()) out.hex(key.address.bytes);
    out.close_array();
    done(result_answer(request.id, text));
}

void Methods::sign_digest(const RpcRequest& request, const MethodContext& context,
                          PolicyRequest what, const Hash32& digest, std::string event, Done done) {
    const auto keys = parts_.keys.keys();
    const auto* key = keys->find(what.key);
    if (key == nullptr)
        return done(
            error_answer(request.id, {rpc_code::server_error, std::string{no_account}, {}}));
    what.client = context.caller.names;
    auto entry = digest_entry(std::move(event), what.key, context.chain->id, context.caller);
    if (const auto leave = parts_.gate.allow(what, entry); !leave)
        return done(denied(request.id, leave.error()));
    parts_.gate.sign(
        *key, digest, std::move(entry),
        [id = request.id,
         done = std::move(done)](std::expected<crypto::Signature, SignError> result) mutable {
            if (!result)
                return done(error_answer(
                    id, {rpc_code::internal_error, "Not signed: " + result.error().reason, {}},
                    500));
            done(result_answer(id, quoted_hex(encode_signature(*result).bytes)));
        });
}

void Methods::sign_message(const RpcRequest& request, const MethodContext& context, Done done) {
    const auto account = request.params.at(0).string();
    const auto text = request.params.at(1).string();
    if (request.params.size() != 2 || !account || !text)
        return done(invalid_params(request.id, "an address and a message expected"));
    const auto address = decode_fixed_hex<Address>(*account);
    if (!address) return done(invalid_params(request.id, "the first is no address"));
    const auto message = decode_message(*text);
    if (!message) return done(invalid_params(request.id, message.error()));
    sign_digest(request, context, {.key = *address, .client = {}, .what = PolicyRequest::Message{}},
                personal_message_hash(*message), "sign_message", std::move(done));
}

void Methods::sign_typed_data(const RpcRequest& request, const MethodContext& context, Done done) {
    const auto account = request.params.at(0).string();
    if (request.params.size() < 2 || !account)
        return done(invalid_params(request.id, "an address and typed data expected"));
    const auto address = decode_fixed_hex<Address>(*account);
    if (!address) return done(invalid_params(request.id, "the first is no address"));
    const auto hashes = hash_typed_data_parameter(request.params.at(1));
    if (!hashes) return done(invalid_params(request.id, to_string(hashes.error())));
    sign_digest(request, context,
                {.key = *address, .client = {}, .what = PolicyRequest::TypedData{}}, hashes->digest,
                "sign_typed_data", std::move(done));
}

void Methods::prepare(const RpcRequest& request, const MethodContext& context, bool is_send,
                      std::move_only_function<void(Prepared)> next, Done done) {
    auto decoded = decode_transaction_request(only_param(request.params));
    if (!decoded) return done(invalid_params(request.id, to_string(decoded.error())));
    if (!is_send && !decoded->nonce)
        return done(invalid_params(request.id,
                                   "nonce: required, nothing gives it to what is not "
                                   "sent from here"));
    if (decoded->chain_id && *decoded->chain_id != context.chain->id)
        return done(invalid_params(
            request.id, fmt::format("chainId: {} is asked for, and this is the path of chain {}",
                                    *decoded->chain_id, context.chain->id)));
    if (parts_.keys.keys()->find(decoded->from) == nullptr)
        return done(error_answer(request.id, {rpc_code::server_error, std::string{no_account}, {}},
                                 is_send ? 400 : 200));
    Prepared prepared{.id = request.id,
                      .context = context,
                      .request = *std::move(decoded),
                      .is_send = is_send,
                      .name = {},
                      .done = std::move(done)};
    if (!is_send || prepared.request.idempotency_key.empty())
        return fill(std::move(prepared), std::move(next));
    // Before anything is asked of the node: what a repetition asks for may not be possible twice.
    const NonceAccount account{.chain_id = context.chain->id, .address = prepared.request.from};
    prepared.name = name_of(prepared.request);
    const auto name = *prepared.name;
    // Whose it is shows in there: the answer of the one before, or ours.
    const auto answer = std::make_shared<Done>(std::move(prepared.done));
    parts_.sender.find(
        account, name,
        [id = prepared.id, answer](const TransactionSender::Outcome& outcome) {
            (*answer)(std::visit(OutcomeAnswer{id}, outcome));
        },
        [this, answer, prepared = std::move(prepared), next = std::move(next)]() mutable {
            prepared.done = std::move(*answer);
            fill(std::move(prepared), std::move(next));
        });
}

void Methods::fill(Prepared prepared, std::move_only_function<void(Prepared)> next) {
    if (parts_.filling == TransactionFilling::web3signer)
        return authorize(std::move(prepared), std::move(next));
    auto& chain = *prepared.context.chain;
    const auto headers = prepared.context.headers;
    auto wanted = prepared.request;
    fill_transaction(
        std::move(wanted), *chain.downstream, *chain.fees, headers,
        [this, prepared = std::move(prepared),
         next = std::move(next)](std::expected<TransactionRequest, FillError> filled) mutable {
            if (filled) {
                prepared.request = *std::move(filled);
                // Not on the client's thread: a policy has its price, and a key may
                // be in a device.
                parts_.workers.post_always(
                    [this, prepared = std::move(prepared), next = std::move(next)]() mutable {
                        authorize(std::move(prepared), std::move(next));
                    });
                return;
            }
            const auto& error = filled.error();
            prepared.done(error.node ? error_answer(prepared.id, *error.node)
                                     : unreachable_answer(prepared.id, error.timed_out));
        });
}

void Methods::authorize(Prepared prepared, std::move_only_function<void(Prepared)> next) {
    const auto chain_id = prepared.context.chain->id;
    const auto transaction =
        build_transaction(prepared.request, chain_id, prepared.request.nonce.value_or(0));
    if (!transaction)
        return prepared.done(invalid_params(prepared.id, to_string(transaction.error())));
    const auto& key = prepared.request.from;
    const PolicyRequest what{
        .key = key,
        .client = prepared.context.caller.names,
        .what = PolicyRequest::Transact{.chain_id = chain_id, .transaction = &*transaction}};
    auto entry = audit_entry_of(*transaction, key, chain_id, prepared.context.caller);
    entry.nonce = prepared.request.nonce;
    if (const auto leave = parts_.gate.allow(what, entry); !leave)
        return prepared.done(denied(prepared.id, leave.error()));
    next(std::move(prepared));
}

void Methods::sign_transaction(const RpcRequest& request, const MethodContext& context, Done done) {
    prepare(
        request, context, false,
        [this](Prepared prepared) {
            const auto chain_id = prepared.context.chain->id;
            const auto keys = parts_.keys.keys();
            const auto* key = keys->find(prepared.request.from);
            auto transaction =
                build_transaction(prepared.request, chain_id, prepared.request.nonce.value_or(0));
            if (key == nullptr || !transaction)
                return prepared.done(error_answer(
                    prepared.id, {rpc_code::server_error, std::string{no_account}, {}}));
            auto entry =
                audit_entry_of(*transaction, key->address, chain_id, prepared.context.caller);
            parts_.gate.sign(
                *key, *std::move(transaction), std::move(entry),
                [id = prepared.id, answer = std::move(prepared.done)](
                    std::expected<SignedTransaction, SignError> result) mutable {
                    if (!result)
                        return answer(error_answer(
                            id,
                            {rpc_code::internal_error, "Not signed: " + result.error().reason, {}},
                            500));
                    answer(result_answer(id, quoted_hex(result->raw)));
                });
        },
        std::move(done));
}

void Methods::send_transaction(const RpcRequest& request, const MethodContext& context, Done done) {
    prepare(
        request, context, true,
        [this](Prepared prepared) {
            const NonceAccount account{.chain_id = prepared.context.chain->id,
                                       .address = prepared.request.from};
            parts_.sender.submit(account,
                                 {.request = std::move(prepared.request),
                                  .caller = std::move(prepared.context.caller),
                                  .headers = std::move(prepared.context.headers),
                                  .name = prepared.name},
                                 [id = prepared.id, answer = std::move(prepared.done)](
                                     const TransactionSender::Outcome& outcome) mutable {
                                     answer(std::visit(OutcomeAnswer{id}, outcome));
                                 });
        },
        std::move(done));
}

}  // namespace meta138::signer
