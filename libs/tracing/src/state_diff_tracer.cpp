// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/state_diff_tracer.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/evm/opcodes.hpp"
#include "meta138/types/transaction_signature.hpp"

namespace meta138::tracing {

namespace {

enum class Change : std::uint8_t { changed, made, removed };

Change change_of(bool existed, bool exists) {
    if (!existed) return Change::made;
    return exists ? Change::changed : Change::removed;
}

/// `write` writes one of the values.
template <typename T, typename Write>
void write_difference(json::Writer& json, Change change, const T& from, const T& to, Write write) {
    if (change == Change::changed && from == to) return json.string("=");
    json.open_object();
    switch (change) {
        case Change::changed:
            json.key("*").open_object();
            write(json.key("from"), from);
            write(json.key("to"), to);
            json.close_object();
            break;
        case Change::made: write(json.key("+"), to); break;
        case Change::removed: write(json.key("-"), from); break;
    }
    json.close_object();
}

void write_quantity(json::Writer& json, const uint256& value) {
    json.quantity(value);
}

void write_word(json::Writer& json, const uint256& value) {
    json.hex(to_hash32(value).bytes);
}

struct CodeWithHash {
    Hash32 hash;
    ByteView code;

    friend bool operator==(const CodeWithHash& a, const CodeWithHash& b) {
        return a.hash == b.hash;
    }
};

void write_code(json::Writer& json, const CodeWithHash& code) {
    json.hex(code.code);
}

}  // namespace

void StateDiffTracer::begin(const Transaction& transaction, const Address& sender,
                            const Address& coinbase) {
    look_up(sender);
    look_up(coinbase);
    if (transaction.to) look_up(*transaction.to);
    for (const auto& authorization : transaction.authorization_list) {
        if (const auto authority = recover_authority(authorization)) look_up(*authority);
    }
}

void StateDiffTracer::on_frame_begin(const evm::Message& message, ByteView /*code*/) {
    look_up(message.recipient);
}

void StateDiffTracer::on_step(const evm::Step& step) {
    if (step.opcode == evm::OP_SELFDESTRUCT && !step.stack.empty())
        look_up(to_address(step.stack.back()));
    if (step.opcode != evm::OP_SSTORE || step.stack.size() < 2) return;
    const auto& address = step.message->recipient;
    const auto& key = step.stack.back();
    auto& storage = look_up(address).storage;
    if (!storage.contains(key)) storage.emplace(key, state_.storage(address, key));
}

/// Keeps what the account holds, unless it is known already.
StateDiffTracer::Before& StateDiffTracer::look_up(const Address& address) {
    const auto [found, is_new] = accounts_.try_emplace(address);
    auto& before = found->second;
    if (!is_new) return before;
    before.exists = state_.exists(address);
    before.nonce = state_.nonce(address);
    before.balance = state_.balance(address);
    before.code_hash = state_.code_hash(address);
    before.code = state_.code(address);
    return before;
}

void StateDiffTracer::write(json::Writer& json) {
    json.open_object();
    for (const auto& [address, before] : accounts_) {
        if (has_changed(address, before)) write_account(json, address, before);
    }
    json.close_object();
    accounts_.clear();
}

bool StateDiffTracer::has_changed(const Address& address, const Before& before) {
    if (state_.exists(address) != before.exists) return true;
    if (state_.nonce(address) != before.nonce || state_.balance(address) != before.balance ||
        state_.code_hash(address) != before.code_hash)
        return true;
    for (const auto& [key, value] : before.storage) {
        if (state_.storage(address, key) != value) return true;
    }
    return false;
}

void StateDiffTracer::write_account(json::Writer& json, const Address& address,
                                    const Before& before) {
    const auto change = change_of(before.exists, state_.exists(address));
    json.key(to_hex(address.bytes)).open_object();
    write_difference(json.key("balance"), change, before.balance, state_.balance(address),
                     write_quantity);
    const CodeWithHash code_before{before.code_hash, before.code};
    const CodeWithHash code_now{state_.code_hash(address), state_.code(address)};
    write_difference(json.key("code"), change, code_before, code_now, write_code);
    write_difference(json.key("nonce"), change, uint256{before.nonce},
                     uint256{state_.nonce(address)}, write_quantity);
    json.key("storage").open_object();
    if (change != Change::removed) write_storage(json, address, before);
    json.close_object();
    json.close_object();
}

void StateDiffTracer::write_storage(json::Writer& json, const Address& address,
                                    const Before& before) {
    for (const auto& [key, value] : before.storage) {
        const auto now = state_.storage(address, key);
        if (now == value) continue;
        json.key(to_hex(to_hash32(key).bytes));
        write_difference(json, before.exists ? Change::changed : Change::made, value, now,
                         write_word);
    }
}

}  // namespace meta138::tracing
