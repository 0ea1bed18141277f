// SPDX-License-Identifier: Apache-2.0
#include "serve_snap.hpp"

#include "meta138/codec/rlp/writer.hpp"
#include "meta138/storage/hashed_state.hpp"
#include "meta138/trie/hex_prefix.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace meta138::sync {

namespace {

namespace snap = p2p::snap;
using storage::HashedState;

/// The state with that root after one of the last blocks; null if there is none.
std::unique_ptr<const HashedState> find_state(const storage::Snapshot& chain, const Hash32& root) {
    const auto head = chain.head();
    if (!head) return nullptr;
    auto number = head->header.number;
    for (std::uint64_t i = 0; i < served_states; ++i, --number) {
        const auto header = chain.header(number);
        if (header && header->header.state_root == root) return chain.hashed_state_at(number);
        if (number == 0) break;
    }
    return nullptr;
}

std::size_t limit_of(std::uint64_t max_bytes) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(max_bytes, soft_snap_bytes));
}

/// The keys whose ways through the trie prove a range.
std::vector<Hash32> ends_of(const Hash32& origin, const std::vector<snap::Leaf>& leaves) {
    std::vector<Hash32> ends{origin};
    if (!leaves.empty()) ends.push_back(leaves.back().hash);
    return ends;
}

/// Collects the slots of one account after another into an answer.
class SlotCollector {
public:
    SlotCollector(const HashedState& state, const snap::GetStorageRanges& request)
        : state_{state},
          request_{request},
          soft_limit_{limit_of(request.max_bytes)},
          // caps/snap.md: better a little more than a range to be proven.
          hard_limit_{soft_limit_ + soft_limit_ / 10} {}

    snap::StorageRanges collect() {
        const auto count = std::min(request_.accounts.size(), max_served_accounts);
        for (std::size_t i = 0; i < count && !is_full(); ++i)
            if (!add(request_.accounts[i], i == 0)) break;
        return std::move(answer_);
    }

private:
    [[nodiscard]] bool is_full() const { return !answer_.slots.empty() && bytes_ >= soft_limit_; }

    /// False: the answer ends here.
    bool add(const Hash32& owner, bool is_first) {
        const auto account = state_.account(owner);
        if (!account) {
            answer_ = {.request_id = request_.request_id};
            return false;
        }
        const auto origin = is_first ? request_.origin : Hash32{};
        const auto limit = is_first ? request_.limit : snap::GetStorageRanges::highest;
        std::vector<snap::Leaf> slots;
        bool is_cut = false;
        const bool is_complete =
            account->storage_root == EMPTY_TRIE_ROOT ||
            state_.for_each_slot(owner, origin, [&](const storage::RangeSlot& slot) {
                is_cut = !slots.empty() && (bytes_ >= hard_limit_ || slots.back().hash >= limit);
                if (is_cut) return false;
                slots.push_back({slot.key_hash, rlp::encode_integer(slot.value)});
                bytes_ += Hash32::size() + slots.back().body.size();
                return true;
            });
        if (!is_complete && slots.empty()) return false;
        is_cut = is_cut || !is_complete;
        if (!is_cut && origin == Hash32{}) {
            answer_.slots.push_back(std::move(slots));
            return true;
        }
        answer_.proof = state_.prove_slots(owner, ends_of(origin, slots));
        if (!slots.empty()) answer_.slots.push_back(std::move(slots));
        return false;  // a proof is of the last range
    }

    const HashedState& state_;
    const snap::GetStorageRanges& request_;
    const std::size_t soft_limit_;
    const std::size_t hard_limit_;
    std::size_t bytes_ = 0;
    snap::StorageRanges answer_{.request_id = request_.request_id};
};

/// Looks up nodes until the answer is full.
class NodeCollector {
public:
    NodeCollector(const HashedState& state, const snap::GetTrieNodes& request)
        : state_{state}, request_{request}, limit_{limit_of(request.max_bytes)} {}

    snap::Blobs collect() {
        for (const auto& set : request_.paths) {
            if (is_full()) break;
            if (set.size() == 1)
                add(set[0], [this](trie::NibbleView path) { return state_.account_node(path); });
            else
                add_slot_nodes(set);
        }
        return std::move(answer_);
    }

private:
    [[nodiscard]] bool is_full() const { return bytes_ > limit_ || lookups_ >= max_served_nodes; }

    void add_slot_nodes(const snap::GetTrieNodes::PathSet& set) {
        ++lookups_;
        if (set[0].size() != Hash32::size()) return;
        const auto owner = Hash32::from(ByteView{set[0]}.first<Hash32::size()>());
        if (!state_.account(owner)) return;
        for (std::size_t i = 1; i < set.size() && !is_full(); ++i)
            add(set[i], [&](trie::NibbleView path) { return state_.slot_node(owner, path); });
    }

    template <typename FindNode>
    void add(ByteView path, FindNode&& find_node) {
        ++lookups_;
        std::optional<Bytes> node;
        // No bytes at all name the root too, as geth and Besu read them.
        if (path.empty())
            node = find_node(trie::NibbleView{});
        else if (const auto decoded = trie::decode_hex_prefix(path); decoded && !decoded->is_leaf)
            node = find_node(trie::NibbleView{decoded->nibbles});
        answer_.items.push_back(std::move(node).value_or(Bytes{}));
        bytes_ += answer_.items.back().size();
    }

    const HashedState& state_;
    const snap::GetTrieNodes& request_;
    const std::size_t limit_;
    std::size_t bytes_ = 0;
    std::size_t lookups_ = 0;
    snap::Blobs answer_{.request_id = request_.request_id};
};

}  // namespace

Bytes serve_account_range(const storage::Snapshot& chain, const snap::GetAccountRange& request) {
    snap::AccountRange answer{.request_id = request.request_id};
    const auto state = find_state(chain, request.root);
    if (!state) return snap::encode_account_range(answer);
    const auto limit = limit_of(request.max_bytes);
    std::size_t bytes = 0;
    const bool is_complete =
        state->for_each_account(request.origin, [&](const storage::RangeAccount& account) {
            answer.accounts.push_back(
                {account.address_hash,
                 snap::encode_slim_account(
                     {.account = account.account, .storage_root = account.storage_root})});
            bytes += Hash32::size() + answer.accounts.back().body.size();
            return account.address_hash < request.limit && bytes <= limit;
        });
    // Without an account to end at there is nothing that could be proven: as if it had no state.
    if (is_complete || !answer.accounts.empty())
        answer.proof = state->prove_accounts(ends_of(request.origin, answer.accounts));
    return snap::encode_account_range(answer);
}

Bytes serve_storage_ranges(const storage::Snapshot& chain, const snap::GetStorageRanges& request) {
    const auto state = find_state(chain, request.root);
    if (!state) return snap::encode_storage_ranges({.request_id = request.request_id});
    return snap::encode_storage_ranges(SlotCollector{*state, request}.collect());
}

Bytes serve_byte_codes(const storage::Snapshot& chain, const snap::GetByteCodes& request) {
    snap::Blobs answer{.request_id = request.request_id};
    const auto limit = limit_of(request.max_bytes);
    const auto count = std::min(request.hashes.size(), max_served_codes);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count && bytes <= limit; ++i) {
        auto code = chain.find_code(request.hashes[i]);
        if (!code) continue;
        bytes += code->size();
        answer.items.push_back(*std::move(code));
    }
    return snap::encode_blobs(answer);
}

Bytes serve_trie_nodes(const storage::Snapshot& chain, const snap::GetTrieNodes& request) {
    const auto state = find_state(chain, request.root);
    if (!state) return snap::encode_blobs({.request_id = request.request_id});
    return snap::encode_blobs(NodeCollector{*state, request}.collect());
}

}  // namespace meta138::sync
