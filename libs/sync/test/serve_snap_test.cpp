// SPDX-License-Identifier: Apache-2.0
#include "serve_snap.hpp"

#include "test_node.hpp"

#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/storage/hashed_state.hpp"
#include "meta138/trie/hex_prefix.hpp"
#include "meta138/trie/proof.hpp"
#include "meta138/trie/trie.hpp"

#include <gtest/gtest.h>

#include <set>

namespace meta138::sync::test {
namespace {

namespace snap = p2p::snap;

constexpr std::uint64_t no_limit = UINT64_MAX;
const Hash32 highest = snap::GetStorageRanges::highest;

Hash32 next_after(Hash32 hash) {
    for (std::size_t i = Hash32::size(); i-- > 0;)
        if (++hash[i] != 0) break;
    return hash;
}

/// What the state trie has, of what the answer has.
Bytes full_account(const snap::SlimAccount& slim) {
    return rlp::encode_list(slim.account.nonce, slim.account.balance, slim.storage_root,
                            slim.account.code_hash);
}

/// Entries of a range, and what their values point into.
struct Range {
    std::vector<Bytes> values;
    std::vector<trie::RangeEntry> entries;
};
Range accounts_of(const std::vector<snap::Leaf>& leaves) {
    Range range;
    for (const auto& leaf : leaves)
        range.values.push_back(full_account(snap::decode_slim_account(leaf.body).value()));
    for (std::size_t i = 0; i < leaves.size(); ++i)
        range.entries.push_back({leaves[i].hash, range.values[i]});
    return range;
}
Range slots_of(const std::vector<snap::Leaf>& leaves) {
    Range range;
    for (const auto& leaf : leaves) range.entries.push_back({leaf.hash, leaf.body});
    return range;
}

/// A chain of 140 blocks that make and change accounts, tokens and pools.
class ServeSnap : public testing::Test {
protected:
    static TestNode& node() {
        static FakeNetwork network;
        static TestNode node{network};
        static const bool is_built = [] {
            for (int i = 0; i < 140; ++i)
                node.chain.append(
                    node.generator.build(node.chain, meta138::test::Workload::mixed, 12));
            return true;
        }();
        (void)is_built;
        return node;
    }

    [[nodiscard]] Hash32 root_at(std::uint64_t number) const {
        return chain.header(number)->header.state_root;
    }
    [[nodiscard]] snap::AccountRange accounts(const snap::GetAccountRange& request) const {
        const auto answer = snap::decode_account_range(serve_account_range(chain, request)).value();
        EXPECT_EQ(answer.request_id, request.request_id);
        return answer;
    }
    [[nodiscard]] snap::StorageRanges slots(const snap::GetStorageRanges& request) const {
        const auto answer =
            snap::decode_storage_ranges(serve_storage_ranges(chain, request)).value();
        EXPECT_EQ(answer.request_id, request.request_id);
        return answer;
    }
    [[nodiscard]] snap::Blobs codes(const snap::GetByteCodes& request) const {
        return snap::decode_blobs(serve_byte_codes(chain, request)).value();
    }
    [[nodiscard]] snap::Blobs nodes(const snap::GetTrieNodes& request) const {
        return snap::decode_blobs(serve_trie_nodes(chain, request)).value();
    }
    /// All accounts of a state, by requests for so many bytes, each answer proven.
    [[nodiscard]] std::vector<snap::Leaf> all_accounts(const Hash32& root,
                                                       std::uint64_t bytes) const {
        std::vector<snap::Leaf> all;
        Hash32 origin;
        for (bool has_more = true; has_more;) {
            const auto answer = accounts({.request_id = 1,
                                          .root = root,
                                          .origin = origin,
                                          .limit = highest,
                                          .max_bytes = bytes});
            const auto range = accounts_of(answer.accounts);
            const auto verified =
                trie::verify_range_proof(root, origin, range.entries, answer.proof);
            EXPECT_TRUE(verified) << (verified ? "" : to_string(verified.error()));
            if (!verified || answer.accounts.empty()) break;
            all.insert(all.end(), answer.accounts.begin(), answer.accounts.end());
            has_more = verified->has_more;
            origin = next_after(all.back().hash);
        }
        return all;
    }
    /// The accounts with storage, from the one with the most slots on.
    [[nodiscard]] std::vector<snap::Leaf> contracts() const {
        std::vector<std::pair<std::size_t, snap::Leaf>> found;
        for (auto& leaf : all_accounts(head_root, no_limit)) {
            if (root_of(leaf) == EMPTY_TRIE_ROOT) continue;
            const auto range =
                slots({.root = head_root, .accounts = {leaf.hash}, .max_bytes = no_limit});
            found.emplace_back(range.slots.at(0).size(), std::move(leaf));
        }
        std::ranges::sort(found, std::greater{}, &std::pair<std::size_t, snap::Leaf>::first);
        std::vector<snap::Leaf> result;
        for (auto& [size, leaf] : found) result.push_back(std::move(leaf));
        return result;
    }
    static Hash32 root_of(const snap::Leaf& account) {
        return snap::decode_slim_account(account.body).value().storage_root;
    }

    const std::shared_ptr<const blockchain::ChainView> view = node().chain.view();
    const storage::Snapshot& chain = view->blocks();
    const std::uint64_t head = view->head().header.number;
    const Hash32 head_root = view->head().header.state_root;
};

TEST_F(ServeSnap, a_state_can_be_put_together_from_proven_ranges) {
    for (const auto number : {head, head - 1, head - 127}) {
        const auto root = root_at(number);
        trie::Trie state;
        std::size_t slot_count = 0;
        for (const auto& leaf : all_accounts(root, 3000)) {
            const auto slim = snap::decode_slim_account(leaf.body).value();
            state.insert(leaf.hash.bytes, full_account(slim));
            if (slim.storage_root == EMPTY_TRIE_ROOT) continue;
            trie::Trie storage;
            Hash32 origin;
            for (bool has_more = true; has_more;) {
                const auto answer = slots({.request_id = 2,
                                           .root = root,
                                           .accounts = {leaf.hash},
                                           .origin = origin,
                                           .max_bytes = 1000});
                ASSERT_EQ(answer.slots.size(), 1U);
                const auto range = slots_of(answer.slots[0]);
                const auto verified = trie::verify_range_proof(slim.storage_root, origin,
                                                               range.entries, answer.proof);
                ASSERT_TRUE(verified) << to_string(verified.error());
                for (const auto& slot : answer.slots[0]) storage.insert(slot.hash.bytes, slot.body);
                slot_count += answer.slots[0].size();
                has_more = verified->has_more;
                origin = next_after(answer.slots[0].back().hash);
            }
            EXPECT_EQ(storage.root(), slim.storage_root);
        }
        EXPECT_EQ(state.root(), root) << number;
        EXPECT_GT(slot_count, 50U);
    }
}

TEST_F(ServeSnap, the_last_128_states_and_no_others) {
    const snap::GetAccountRange request{
        .request_id = 3, .root = {}, .origin = {}, .limit = highest, .max_bytes = 1000};
    const auto with_root = [&](const Hash32& root) {
        auto changed = request;
        changed.root = root;
        return accounts(changed);
    };
    EXPECT_FALSE(with_root(root_at(head - 127)).accounts.empty());
    const snap::AccountRange none{.request_id = 3};
    EXPECT_EQ(with_root(root_at(head - 128)), none);
    EXPECT_EQ(with_root(root_at(0)), none);
    EXPECT_EQ(with_root(Hash32{}), none);
    EXPECT_EQ(with_root(root_of(contracts().front())), none);
    EXPECT_EQ(slots({.request_id = 3, .root = root_at(0), .accounts = {Hash32{}}, .max_bytes = 1}),
              snap::StorageRanges{.request_id = 3});
    EXPECT_EQ(nodes({.request_id = 3, .root = root_at(0), .paths = {{{0x00}}}, .max_bytes = 1}),
              snap::Blobs{.request_id = 3});
}

TEST_F(ServeSnap, accounts_up_to_a_limit_of_bytes_and_at_least_one) {
    const auto all = all_accounts(head_root, no_limit);
    snap::GetAccountRange request{
        .request_id = 1, .root = head_root, .origin = {}, .limit = highest, .max_bytes = 0};
    EXPECT_EQ(accounts(request).accounts.size(), 1U);
    // The answer ends with the account that goes beyond.
    std::size_t bytes = 0;
    std::size_t count = 0;
    while (bytes <= 1000) bytes += Hash32::size() + all[count++].body.size();
    request.max_bytes = 1000;
    EXPECT_EQ(accounts(request).accounts.size(), count);
}

TEST_F(ServeSnap, accounts_up_to_the_first_at_or_after_the_limit) {
    const auto all = all_accounts(head_root, no_limit);
    const auto range = [&](const Hash32& origin, const Hash32& limit) {
        const auto answer = accounts({.request_id = 1,
                                      .root = head_root,
                                      .origin = origin,
                                      .limit = limit,
                                      .max_bytes = no_limit});
        const auto entries = accounts_of(answer.accounts);
        EXPECT_TRUE(trie::verify_range_proof(head_root, origin, entries.entries, answer.proof));
        std::vector<Hash32> hashes;
        for (const auto& leaf : answer.accounts) hashes.push_back(leaf.hash);
        return hashes;
    };
    using Hashes = std::vector<Hash32>;
    EXPECT_EQ(range(all[3].hash, all[5].hash), (Hashes{all[3].hash, all[4].hash, all[5].hash}));
    EXPECT_EQ(range(all[3].hash, next_after(all[3].hash)), (Hashes{all[3].hash, all[4].hash}));
    // Limits before the origin: the first account at or after the origin.
    EXPECT_EQ(range(all[3].hash, Hash32{}), Hashes{all[3].hash});
    EXPECT_EQ(range(Hash32{}, Hash32{}), Hashes{all[0].hash});
    EXPECT_EQ(range(next_after(all.back().hash), highest), Hashes{});
}

TEST_F(ServeSnap, storage_of_several_accounts_whole_and_without_a_proof) {
    auto owners = contracts();
    ASSERT_GE(owners.size(), 2U);
    snap::GetStorageRanges request{.request_id = 5, .root = head_root, .max_bytes = no_limit};
    for (const auto& owner : owners) request.accounts.push_back(owner.hash);
    const auto answer = slots(request);
    EXPECT_TRUE(answer.proof.empty());
    ASSERT_EQ(answer.slots.size(), owners.size());
    for (std::size_t i = 0; i < owners.size(); ++i)
        EXPECT_TRUE(trie::verify_range_proof(root_of(owners[i]), Hash32{},
                                             slots_of(answer.slots[i]).entries, {}));
}

TEST_F(ServeSnap, storage_up_to_a_limit_of_bytes_the_last_range_proven) {
    const auto owners = contracts();
    const snap::GetStorageRanges request{
        .request_id = 5,
        .root = head_root,
        .accounts = {owners[1].hash, owners[0].hash, owners[1].hash},
        .max_bytes = 0};
    auto answer = slots(request);
    ASSERT_EQ(answer.slots.size(), 1U);
    EXPECT_EQ(answer.slots[0].size(), 1U);
    EXPECT_TRUE(trie::verify_range_proof(root_of(owners[1]), Hash32{},
                                         slots_of(answer.slots[0]).entries, answer.proof));
    // Enough for all of the first account, and a part of the second.
    const auto whole =
        slots({.root = head_root, .accounts = {owners[1].hash}, .max_bytes = no_limit});
    auto more = request;
    for (const auto& slot : whole.slots[0]) more.max_bytes += Hash32::size() + slot.body.size();
    more.max_bytes += 100;
    answer = slots(more);
    ASSERT_EQ(answer.slots.size(), 2U);
    EXPECT_EQ(answer.slots[0], whole.slots[0]);
    EXPECT_FALSE(answer.proof.empty());
    const auto verified = trie::verify_range_proof(root_of(owners[0]), Hash32{},
                                                   slots_of(answer.slots[1]).entries, answer.proof);
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->has_more);
}

TEST_F(ServeSnap, storage_between_two_hashes_of_the_first_account) {
    const auto owner = contracts().front();
    const auto all =
        slots({.root = head_root, .accounts = {owner.hash}, .max_bytes = no_limit}).slots.at(0);
    ASSERT_GT(all.size(), 5U);
    const auto range = [&](const Hash32& origin, const Hash32& limit) {
        return slots({.request_id = 1,
                      .root = head_root,
                      .accounts = {owner.hash},
                      .origin = origin,
                      .limit = limit,
                      .max_bytes = no_limit});
    };
    const auto middle = range(all[1].hash, next_after(all[2].hash));
    ASSERT_EQ(middle.slots.size(), 1U);
    EXPECT_EQ(middle.slots[0], (std::vector{all[1], all[2], all[3]}));
    EXPECT_TRUE(trie::verify_range_proof(root_of(owner), all[1].hash,
                                         slots_of(middle.slots[0]).entries, middle.proof));
    // After the last slot there is nothing, which is proven.
    const auto after = range(next_after(all.back().hash), highest);
    EXPECT_TRUE(after.slots.empty());
    EXPECT_TRUE(
        trie::verify_range_proof(root_of(owner), next_after(all.back().hash), {}, after.proof));
}

TEST_F(ServeSnap, no_storage_if_one_of_the_accounts_does_not_exist) {
    const auto owner = contracts().front();
    EXPECT_EQ(slots({.request_id = 4,
                     .root = head_root,
                     .accounts = {owner.hash, Hash32{}},
                     .max_bytes = no_limit}),
              snap::StorageRanges{.request_id = 4});
}

TEST_F(ServeSnap, an_empty_range_of_an_account_without_storage) {
    for (const auto& leaf : all_accounts(head_root, no_limit)) {
        if (root_of(leaf) != EMPTY_TRIE_ROOT) continue;
        EXPECT_EQ(slots({.request_id = 4,
                         .root = head_root,
                         .accounts = {leaf.hash},
                         .max_bytes = no_limit}),
                  (snap::StorageRanges{.request_id = 4, .slots = {{}}}));
        return;
    }
    FAIL() << "no account without storage";
}

TEST_F(ServeSnap, codes_in_the_order_of_the_request_without_unknown_ones) {
    std::vector<Hash32> hashes;
    for (const auto& leaf : contracts()) {
        const auto hash = snap::decode_slim_account(leaf.body).value().account.code_hash;
        if (hash != EMPTY_CODE_HASH && std::ranges::find(hashes, hash) == hashes.end())
            hashes.push_back(hash);
    }
    ASSERT_GE(hashes.size(), 2U);
    snap::GetByteCodes request{
        .request_id = 1,
        .hashes = {Hash32{}, hashes[1], head_root, EMPTY_CODE_HASH, hashes[0]},
        .max_bytes = no_limit};
    const auto answer = codes(request);
    ASSERT_EQ(answer.items.size(), 3U);
    EXPECT_EQ(crypto::keccak256(answer.items[0]), hashes[1]);
    EXPECT_EQ(answer.items[1], Bytes{});
    EXPECT_EQ(crypto::keccak256(answer.items[2]), hashes[0]);
    request.max_bytes = 0;
    EXPECT_EQ(codes(request).items.size(), 1U);
}

TEST_F(ServeSnap, at_most_1024_codes) {
    const snap::GetByteCodes request{.request_id = 1,
                                     .hashes = std::vector<Hash32>(2000, EMPTY_CODE_HASH),
                                     .max_bytes = no_limit};
    EXPECT_EQ(codes(request).items.size(), max_served_codes);
}

TEST_F(ServeSnap, nodes_of_tries_and_empty_bytes_where_there_is_none) {
    const auto owner = contracts().front();
    const auto account_path = trie::encode_hex_prefix(trie::to_nibbles(owner.hash.bytes), false);
    const auto answer = nodes({.request_id = 1,
                               .root = head_root,
                               .paths = {{{0x00}},
                                         {{}},
                                         {account_path},
                                         {{0x20}},           // a leaf's path
                                         {Bytes(50, 0x00)},  // too long
                                         {to_bytes(owner.hash.bytes), {0x00}},
                                         {to_bytes(Hash32{}.bytes), {0x00}},  // no such account
                                         {{0x01}, {0x00}}},                   // no account's hash
                               .max_bytes = no_limit});
    ASSERT_EQ(answer.items.size(), 6U);
    EXPECT_EQ(crypto::keccak256(answer.items[0]), head_root);
    EXPECT_EQ(answer.items[1], answer.items[0]);
    EXPECT_EQ(answer.items[2], Bytes{});
    EXPECT_EQ(answer.items[3], Bytes{});
    EXPECT_EQ(answer.items[4], Bytes{});
    EXPECT_EQ(crypto::keccak256(answer.items[5]), root_of(owner));
}

TEST_F(ServeSnap, nodes_up_to_limits_of_bytes_and_number) {
    snap::GetTrieNodes request{.request_id = 1, .root = head_root, .max_bytes = 0};
    request.paths.resize(3000, {{0x00}});
    EXPECT_EQ(nodes(request).items.size(), 1U);
    request.max_bytes = no_limit;
    const auto size = nodes({.root = head_root, .paths = {{{0x00}}}}).items.at(0).size();
    EXPECT_EQ(nodes(request).items.size(), std::min(max_served_nodes, soft_snap_bytes / size + 1));
    request.paths.assign(3000, {Bytes(50, 0x00)});
    EXPECT_EQ(nodes(request).items.size(), max_served_nodes);
}

}  // namespace
}  // namespace meta138::sync::test
