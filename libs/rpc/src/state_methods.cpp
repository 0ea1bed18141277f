// SPDX-License-Identifier: Apache-2.0
#include "find_block.hpp"
#include "methods.hpp"

namespace meta138::rpc {

namespace {

/// Besu wants a block here; like execution-apis we take its absence for the latest.
using OptionalBlock = std::optional<BlockParameter>;

RpcResult<std::unique_ptr<state::StateView>> state_of(const Request& request,
                                                      const OptionalBlock& block) {
    return find_state(request, block.value_or(BlockParameter{}));
}

RpcResult<std::optional<Quantity>> get_balance(const Request& request, Address address,
                                               OptionalBlock block) {
    TRY_LET(const auto state, state_of(request, block));
    if (!state) return std::nullopt;
    const auto account = state->account(address);
    return Quantity{account ? account->balance : uint256{}};
}

RpcResult<std::optional<Bytes>> get_code(const Request& request, Address address,
                                         OptionalBlock block) {
    TRY_LET(const auto state, state_of(request, block));
    if (!state) return std::nullopt;
    const auto account = state->account(address);
    if (!account || account->code_hash == EMPTY_CODE_HASH) return Bytes{};
    return state->code(account->code_hash)->bytes;
}

RpcResult<std::optional<Hash32>> get_storage_at(const Request& request, Address address,
                                                StorageKey key, OptionalBlock block) {
    TRY_LET(const auto state, state_of(request, block));
    if (!state) return std::nullopt;
    return to_hash32(state->storage(address, key.value));
}

/// {address: [key, ...], ...}: many slots at once (execution-apis).
RpcResult<void> get_storage_values(const Request& request, json::Value wanted, OptionalBlock block,
                                   json::Writer& out) {
    if (!wanted.is_object()) return fail(error::invalid_params);
    if (wanted.size() == 0) return std::unexpected{RpcError{-32602, "empty request"}};
    TRY_LET(const auto state, state_of(request, block));
    if (!state) {
        out.null();
        return {};
    }
    std::size_t slots = 0;
    out.open_object();
    for (const auto [name, keys] : wanted.members()) {
        const auto address = decode_fixed_hex<Address>(name);
        if (!address) return fail(error::invalid_address_params);
        TRY_LET(const auto decoded, Parameter<std::vector<StorageKey>>::decode(keys));
        slots += decoded.size();
        if (slots > request.settings.max_storage_keys)
            return fail(error::invalid_storage_keys_params, "too many slots");
        out.key(to_hex(address->bytes)).open_array();
        for (const auto& key : decoded)
            out.hex(to_hash32(state->storage(*address, key.value)).bytes);
        out.close_array();
    }
    out.close_object();
    return {};
}

RpcResult<std::optional<Quantity>> get_transaction_count(const Request& request, Address address,
                                                         OptionalBlock block) {
    if (block && block->value == decltype(block->value){BlockTag::pending} &&
        request.backend.pool != nullptr) {
        if (const auto nonce = request.backend.pool->pending_nonce(address))
            return Quantity{*nonce};
    }
    TRY_LET(const auto state, state_of(request, block));
    if (!state) return std::nullopt;
    const auto account = state->account(address);
    return Quantity{account ? account->nonce : 0};
}

void write_nodes(json::Writer& out, const std::vector<Bytes>& nodes) {
    out.open_array();
    for (const auto& node : nodes) out.hex(node);
    out.close_array();
}

/// A proof's key as Besu writes it: whole bytes without leading zero bytes, but "0x0".
void write_proof_key(json::Writer& out, const uint256& key) {
    if (key.is_zero()) {
        out.quantity(key);
    } else {
        out.hex(to_minimal_be(key));
    }
}

void write_proof(json::Writer& out, const Address& address, const storage::AccountProof& proof) {
    const auto account = proof.account.value_or(Account{});
    out.open_object();
    out.key("accountProof");
    write_nodes(out, proof.account_proof);
    out.key("address").hex(address.bytes);
    out.key("balance").quantity(account.balance);
    out.key("codeHash").hex(proof.account ? account.code_hash.bytes : EMPTY_CODE_HASH.bytes);
    out.key("nonce").quantity(account.nonce);
    out.key("storageHash").hex(proof.account ? proof.storage_root.bytes : EMPTY_TRIE_ROOT.bytes);
    out.key("storageProof").open_array();
    for (const auto& slot : proof.storage) {
        out.open_object();
        out.key("key");
        write_proof_key(out, slot.key);
        out.key("value").quantity(slot.value);
        out.key("proof");
        write_nodes(out, slot.proof);
        out.close_object();
    }
    out.close_array();
    out.close_object();
}

RpcResult<void> get_proof(const Request& request, Address address, json::Value keys,
                          OptionalBlock block, json::Writer& out) {
    if (!keys.is_array() || keys.size() > request.settings.max_storage_keys)
        return fail(error::invalid_storage_keys_params);
    std::vector<uint256> slots;
    for (const auto key : keys.elements()) {
        const auto decoded = Parameter<StorageKey>::decode(key);
        if (!decoded) return fail(error::invalid_storage_keys_params);
        slots.push_back(decoded->value);
    }
    TRY_LET(const auto number, find_block(request, block.value_or(BlockParameter{})));
    if (!number) {
        out.null();
        return {};
    }
    const auto proof = request.view->blocks().prove(*number, address, slots);
    if (!proof) return fail(error::world_state_unavailable);
    write_proof(out, address, *proof);
    return {};
}

}  // namespace

void add_state_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, Cost cost, auto function) {
        table.add(name, Group::eth, cost, function);
    };
    add("eth_getBalance", Cost::cheap, get_balance);
    add("eth_getCode", Cost::cheap, get_code);
    add("eth_getStorageAt", Cost::cheap, get_storage_at);
    add("eth_getStorageValues", Cost::heavy, get_storage_values);
    add("eth_getTransactionCount", Cost::cheap, get_transaction_count);
    add("eth_getProof", Cost::heavy, get_proof);
}

}  // namespace meta138::rpc
