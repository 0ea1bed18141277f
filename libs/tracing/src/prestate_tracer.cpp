// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/prestate_tracer.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/opcodes.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <utility>

namespace meta138::tracing {

namespace {

void write(json::Writer& json, const PrestateAccount& account) {
    json.open_object();
    if (account.balance) json.key("balance").quantity(*account.balance);
    if (account.code) json.key("code").hex(*account.code);
    if (account.code_hash) json.key("codeHash").hex(account.code_hash->bytes);
    if (account.nonce != 0) json.key("nonce").number(account.nonce);
    if (!account.storage.empty()) {
        json.key("storage").open_object();
        for (const auto& [key, value] : account.storage)
            json.key(to_hex(to_hash32(key).bytes)).hex(to_hash32(value).bytes);
        json.close_object();
    }
    json.close_object();
}

void write(json::Writer& json, const PrestateAccounts& accounts) {
    json.open_object();
    for (const auto& [address, account] : accounts) write(json.key(to_hex(address.bytes)), account);
    json.close_object();
}

/// What stops an instruction before it has looked at anything.
bool is_refusal(evm::Status status) {
    return status == evm::Status::out_of_gas || status == evm::Status::stack_underflow ||
           status == evm::Status::stack_overflow || status == evm::Status::initcode_size_exceeded;
}

}  // namespace

std::string to_json(const Prestate& prestate) {
    std::string text;
    json::Writer json{text};
    if (!prestate.post) {
        write(json, prestate.pre);
        return text;
    }
    json.open_object();
    write(json.key("post"), *prestate.post);
    write(json.key("pre"), prestate.pre);
    json.close_object();
    return text;
}

PrestateTracer::PrestateTracer(state::State& state, Fork fork, PrestateOptions options)
    : state_{state}, fork_{fork}, options_{options} {}

void PrestateTracer::begin(const Transaction& transaction, const Address& sender,
                           const Address& coinbase) {
    look_up(sender);
    if (transaction.to) {
        look_up_called(*transaction.to);
    } else {
        const auto address = evm::create_address(sender, state_.nonce(sender));
        look_up(address);
        created_.insert(address);
    }
    look_up(coinbase);
    for (const auto& authorization : transaction.authorization_list) {
        if (const auto authority = recover_authority(authorization)) look_up(*authority);
    }
}

Prestate PrestateTracer::finish() {
    Prestate result;
    if (options_.diff_mode) result.post = take_changes();
    for (auto& [address, entry] : entries_) {
        if (entry.was_empty && !options_.include_empty) continue;
        result.pre.emplace(address, std::move(entry.account));
    }
    entries_.clear();
    return result;
}

void PrestateTracer::on_frame_begin(const evm::Message& message, ByteView /*code*/) {
    if (!is_create(message.kind) || message.depth == 0) return;
    look_up(message.recipient);
    created_.insert(message.recipient);
}

void PrestateTracer::on_step(const evm::Step& step) {
    added_accounts_.clear();
    added_slot_ = std::nullopt;
    selfdestructing_ = std::nullopt;
    const auto size = step.stack.size();
    if (size < evm::info_of(step.opcode).pops) return;
    switch (step.opcode) {
        case evm::OP_SLOAD:
        case evm::OP_SSTORE: return look_up_slot(step.message->recipient, step.stack[size - 1]);
        case evm::OP_SELFDESTRUCT: selfdestructing_ = step.message->recipient; [[fallthrough]];
        case evm::OP_BALANCE:
        case evm::OP_EXTCODESIZE:
        case evm::OP_EXTCODECOPY:
        case evm::OP_EXTCODEHASH: look_up(to_address(step.stack[size - 1])); return;
        case evm::OP_CALL:
        case evm::OP_CALLCODE:
        case evm::OP_DELEGATECALL:
        case evm::OP_STATICCALL: return look_up_called(to_address(step.stack[size - 2]));
        default: return;
    }
}

void PrestateTracer::on_step_charged(std::int64_t /*gas_cost*/, evm::Status status) {
    if (is_refusal(status)) {
        if (added_slot_) entries_.at(added_slot_->address).account.storage.erase(added_slot_->key);
        for (const auto& address : added_accounts_) entries_.erase(address);
        return;
    }
    // EIP-6780: only what was created in the same transaction goes away.
    if (selfdestructing_ && (fork_ < Fork::cancun || created_.contains(*selfdestructing_)))
        deleted_.insert(*selfdestructing_);
}

/// Keeps what the account holds, unless it is known already.
PrestateTracer::Entry& PrestateTracer::look_up(const Address& address) {
    const auto [found, is_new] = entries_.try_emplace(address);
    auto& entry = found->second;
    if (!is_new) return entry;
    added_accounts_.push_back(address);
    auto& account = entry.account;
    const auto code = state_.code(address);
    account.balance = state_.balance(address);
    account.nonce = state_.nonce(address);
    if (!code.empty()) {
        account.code_hash = state_.code_hash(address);
        if (!options_.disable_code) account.code = to_bytes(code);
    }
    entry.was_empty = code.empty() && account.nonce == 0 && account.balance->is_zero();
    return entry;
}

/// With the account that has its code, if it delegates (EIP-7702).
void PrestateTracer::look_up_called(const Address& address) {
    look_up(address);
    if (const auto delegate = state_.delegate(address)) look_up(*delegate);
}

void PrestateTracer::look_up_slot(const Address& address, const uint256& key) {
    if (options_.disable_storage) return;
    auto& storage = look_up(address).account.storage;
    if (storage.contains(key)) return;
    storage.emplace(key, state_.storage(address, key));
    added_slot_ = Slot{.address = address, .key = key};
}

/// What became of the accounts; leaves of them only those that have changed.
PrestateAccounts PrestateTracer::take_changes() {
    PrestateAccounts post;
    for (auto at = entries_.begin(); at != entries_.end();) {
        auto& [address, entry] = *at;
        if (deleted_.contains(address)) {  // stays, as it was
            ++at;
            continue;
        }
        auto change = take_change(address, entry.account);
        if (change) post.emplace(address, std::move(*change));
        at = change ? std::next(at) : entries_.erase(at);
    }
    return post;
}

std::optional<PrestateAccount> PrestateTracer::take_change(const Address& address,
                                                           PrestateAccount& before) {
    PrestateAccount after;
    bool has_changed = false;
    if (const auto balance = state_.balance(address); balance != before.balance) {
        has_changed = true;
        after.balance = balance;
    }
    if (const auto nonce = state_.nonce(address); nonce != before.nonce) {
        has_changed = true;
        after.nonce = nonce;
    }
    const auto code_hash = state_.code_hash(address);
    if (code_hash != before.code_hash.value_or(EMPTY_CODE_HASH)) {
        has_changed = true;
        after.code_hash = code_hash;
        if (!options_.disable_code) after.code = to_bytes(state_.code(address));
    }
    if (take_storage_changes(address, before, after)) has_changed = true;
    return has_changed ? std::optional{std::move(after)} : std::nullopt;
}

/// Leaves of the storage only what has changed; slots that were or are zero are not shown.
bool PrestateTracer::take_storage_changes(const Address& address, PrestateAccount& before,
                                          PrestateAccount& after) {
    bool has_changed = false;
    for (auto at = before.storage.begin(); at != before.storage.end();) {
        const auto& [key, value] = *at;
        const auto now = state_.storage(address, key);
        const bool is_same = now == value;
        if (!is_same) has_changed = true;
        if (!is_same && !now.is_zero()) after.storage.emplace(key, now);
        at = is_same || value.is_zero() ? before.storage.erase(at) : std::next(at);
    }
    return has_changed;
}

}  // namespace meta138::tracing
