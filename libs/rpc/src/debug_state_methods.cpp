// SPDX-License-Identifier: Apache-2.0
#include "call_object.hpp"
#include "debug_methods.hpp"
#include "find_block.hpp"
#include "trace_replay.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace meta138::rpc {

namespace {

/// Elements in one answer, at most; nextKey leads on.
constexpr std::uint64_t max_range = 10'000;

/// A key where a range begins: hexadecimal, with or without 0x, of at most 32 bytes.
std::optional<Hash32> range_start_of(json::Value value) {
    auto text = value.string();
    if (!text) return std::nullopt;
    if (text->starts_with("0x")) text->remove_prefix(2);
    if (text->size() > 64) return std::nullopt;
    const auto key = text->empty() ? std::expected<uint256, ParseError>{uint256{}}
                                   : parse_hex_uint256("0x" + std::string{*text});
    if (!key) return std::nullopt;
    return to_hash32(*key);
}

/// The state as the transaction at `index` of a block left it; past the last one, the block's.
struct StateAfterTransaction {
    std::uint64_t number = 0;
    std::optional<ReplayBlock> block;
    std::unique_ptr<Replayer> replayer;  ///< Null: the state after the block.
};

RpcResult<std::optional<StateAfterTransaction>> replay_until(const Request& request,
                                                             const BlockParameter& where,
                                                             std::uint64_t index) {
    TRY_LET(const auto number, find_block(request, where));
    if (!number) return std::nullopt;
    std::optional<StateAfterTransaction> result{std::in_place};
    result->number = *number;
    const auto header = request.view->blocks().header(*number);
    if (*number == 0 || !header || index >= header->transaction_count) return result;
    TRY_LET(auto block, load_replay_block(request, *number));
    if (!block) return fail(error::block_not_found);
    result->block.emplace(*std::move(block));
    return result;
}

RpcResult<void> account_at(const Request& request, BlockParameter where, TransactionIndex index,
                           Address address, json::Writer& out) {
    TRY_LET(const auto number, find_block(request, where));
    if (!number) {
        out.null();
        return {};
    }
    if (*number == 0) return fail(error::invalid_transaction_params);
    TRY_LET(const auto block, load_replay_block(request, *number));
    if (!block) return fail(error::block_not_found);
    if (index.value >= block->block.transactions.size())
        return fail(error::invalid_transaction_params);
    Replayer replayer{request, *block};
    TRY(replayer.skip_to(index.value + 1));
    auto& state = replayer.state();
    if (!state.exists(address)) return fail(error::account_not_found);
    out.open_object();
    const auto code = state.code(address);
    if (code.empty())
        out.key("code").string("0x0");
    else
        out.key("code").hex(code);
    out.key("nonce").quantity(state.nonce(address));
    out.key("balance").quantity(state.balance(address));
    out.key("codehash").hex(state.code_hash(address).bytes);
    out.close_object();
    return {};
}

/// Besu takes an index and makes nothing of it.
RpcResult<void> account_range(const Request& request, BlockParameter where, json::Value /*index*/,
                              json::Value start, std::uint64_t count, json::Writer& out) {
    const auto first = range_start_of(start);
    if (!first) return fail(error::invalid_address_hash_params);
    TRY_LET(const auto number, find_block(request, where));
    const auto wanted = std::min(count, max_range);
    std::vector<storage::RangeAccount> accounts;
    if (number) {
        accounts = request.view->blocks().accounts(*number, *first, wanted + 1);
    }
    out.open_object();
    out.key("addressMap").open_object();
    for (std::size_t i = 0; i < std::min<std::size_t>(accounts.size(), wanted); ++i)
        out.key(to_hex(accounts[i].address_hash.bytes)).hex(accounts[i].address.bytes);
    out.close_object();
    const auto next = accounts.size() > wanted ? accounts[wanted].address_hash : Hash32{};
    out.key("nextKey").hex(next.bytes);
    out.close_object();
    return {};
}

using Slots = std::map<Hash32, storage::RangeSlot>;  // by the hashes of their keys

/// The first `count` slots from `first` on, as a transaction in the middle of a block left them:
/// those before the block, and on top of them what the block has changed so far.
Slots slots_after(const storage::Snapshot& blocks, std::uint64_t parent,
                  const state::StateDiff& diff, const Address& address, const Hash32& first,
                  std::size_t count) {
    const auto changed = std::ranges::find(diff.accounts, address, &state::AccountDiff::address);
    const auto changes = changed == diff.accounts.end() ? 0 : changed->storage.size();
    const bool is_cleared =
        changed != diff.accounts.end() && (!changed->account || changed->storage_cleared);
    Slots slots;
    if (!is_cleared) {
        for (const auto& slot : blocks.slots(parent, address, first, count + changes))
            slots.emplace(slot.key_hash, slot);
    }
    if (changed == diff.accounts.end()) return slots;
    for (const auto& [key, value] : changed->storage) {
        const auto hash = crypto::keccak256(to_hash32(key).bytes);
        if (hash < first) continue;
        if (value.is_zero())
            slots.erase(hash);
        else
            slots.insert_or_assign(
                hash, storage::RangeSlot{.key_hash = hash, .key = key, .value = value});
    }
    return slots;
}

void write_slots(json::Writer& out, const Slots& slots, std::size_t count) {
    out.open_object();
    out.key("storage").open_object();
    std::size_t written = 0;
    auto at = slots.begin();
    for (; at != slots.end() && written < count; ++at, ++written) {
        out.key(to_hex(at->first.bytes)).open_object();
        out.key("key").hex(to_hash32(at->second.key).bytes);
        out.key("value").hex(to_hash32(at->second.value).bytes);
        out.close_object();
    }
    out.close_object();
    if (at != slots.end()) out.key("nextKey").hex(at->first.bytes);
    out.key("complete").boolean(at == slots.end());
    out.close_object();
}

RpcResult<void> storage_range_at(const Request& request, BlockParameter where,
                                 TransactionIndex index, Address address, json::Value start,
                                 std::uint64_t count, json::Writer& out) {
    const auto first = range_start_of(start);
    if (!first) return fail(error::invalid_data_hash_params);
    TRY_LET(const auto until, replay_until(request, where, index.value));
    if (!until) {
        out.null();
        return {};
    }
    const auto wanted = std::min(count, max_range);
    const auto& blocks = request.view->blocks();
    if (!until->block) {
        Slots slots;
        for (const auto& slot : blocks.slots(until->number, address, *first, wanted + 1))
            slots.emplace(slot.key_hash, slot);
        write_slots(out, slots, wanted);
        return {};
    }
    Replayer replayer{request, *until->block};
    TRY(replayer.skip_to(index.value + 1));
    write_slots(out,
                slots_after(blocks, until->number - 1, replayer.state().diff(), address, *first,
                            wanted + 1),
                wanted);
    return {};
}

}  // namespace

void add_debug_state_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::debug, Cost::heavy, cancellable(function));
    };
    add("debug_accountAt", account_at);
    add("debug_accountRange", account_range);
    add("debug_storageRangeAt", storage_range_at);
}

}  // namespace meta138::rpc
