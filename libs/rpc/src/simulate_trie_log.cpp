// SPDX-License-Identifier: Apache-2.0
#include "simulate_trie_log.hpp"

#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/evm/opcodes.hpp"
#include "meta138/types/account.hpp"

#include <algorithm>
#include <optional>

namespace meta138::rpc {

namespace {

void write_account(rlp::Writer& out, const std::optional<Account>& account,
                   const Hash32& storage_root) {
    if (!account) {
        out.string({});
        return;
    }
    out.list([&] {
        out.integer(account->nonce).integer(account->balance);
        out.fixed(storage_root).fixed(account->code_hash);
    });
}

/// [before, after, cleared]
void write_account_change(rlp::Writer& out, const std::optional<Account>& before,
                          const std::optional<Account>& after, const Hash32& root_before,
                          const Hash32& root_after) {
    out.list([&] {
        write_account(out, before, root_before);
        write_account(out, after, root_after);
        out.string({});
    });
}

void write_code_change(rlp::Writer& out, const std::optional<Account>& before,
                       const std::optional<Account>& after, const SimulatedStates& states,
                       const Address& address) {
    const auto hash_of = [](const std::optional<Account>& account) {
        return account ? account->code_hash : EMPTY_CODE_HASH;
    };
    if (hash_of(before) == hash_of(after)) {
        out.string({});
        return;
    }
    out.list([&] {
        out.string(before && before->code_hash != EMPTY_CODE_HASH
                       ? ByteView{states.before.code(before->code_hash)->bytes}
                       : ByteView{});
        out.string(states.after.code(address));
        out.string({});
    });
}

/// [[hash of the key, before, after, cleared], …] by the hashes.
void write_storage_changes(rlp::Writer& out, const SimulatedStates& states, const Address& address,
                           const std::set<uint256>& keys) {
    if (keys.empty()) {
        out.string({});
        return;
    }
    std::map<Hash32, uint256> by_hash;
    for (const auto& key : keys) by_hash.emplace(crypto::keccak256(to_hash32(key).bytes), key);
    out.list([&] {
        for (const auto& [hash, key] : by_hash) {
            out.list([&] {
                out.fixed(hash);
                out.integer(states.before.storage(address, key));
                out.integer(states.after.storage(address, key));
                out.string({});
            });
        }
    });
}

}  // namespace

void TouchedAccounts::on_frame_begin(const evm::Message& message, ByteView /*code*/) {
    if (message.kind == evm::CallKind::call || is_create(message.kind)) touch(message.recipient);
}

void TouchedAccounts::on_step(const evm::Step& step) {
    if (step.opcode == evm::OP_SSTORE && !step.stack.empty())
        accounts_[step.message->recipient].insert(step.stack.back());
}

void TouchedAccounts::on_selfdestruct(const Address& address, const Address& beneficiary,
                                      const uint256& /*balance*/) {
    touch(address);
    touch(beneficiary);
}

Bytes encode_trie_log(const Hash32& block_hash, const TouchedAccounts& touched,
                      const SimulatedStates& states) {
    const auto diff = states.after.diff();
    rlp::Writer out;
    out.list([&] {
        out.fixed(block_hash);
        for (const auto& [address, keys] : touched.accounts()) {
            const auto before = states.before.account(address);
            std::optional<Account> after;
            if (states.after.exists(address))
                after = Account{.nonce = states.after.nonce(address),
                                .balance = states.after.balance(address),
                                .code_hash = states.after.code_hash(address)};
            if (!before && !after) continue;
            const auto root_before = states.blocks.storage_root_after(
                states.base, state::AccountDiff{address, std::nullopt, false, {}});
            const auto changed =
                std::ranges::find(diff.accounts, address, &state::AccountDiff::address);
            const auto root_after = changed == diff.accounts.end()
                                        ? root_before
                                        : states.blocks.storage_root_after(states.base, *changed);
            out.list([&] {
                out.fixed(address);
                write_account_change(out, before, after, root_before.value_or(EMPTY_TRIE_ROOT),
                                     root_after.value_or(EMPTY_TRIE_ROOT));
                write_code_change(out, before, after, states, address);
                write_storage_changes(out, states, address, keys);
            });
        }
    });
    return out.take();
}

}  // namespace meta138::rpc
