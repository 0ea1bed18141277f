// SPDX-License-Identifier: Apache-2.0
#include "engine_store.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace meta138::rpc {
namespace {

Hash32 hash_of(std::uint64_t number) {
    Hash32 hash;
    for (std::size_t i = 0; i < 8; ++i)
        hash.bytes[31 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return hash;
}

EngineStore::Executed block(std::uint64_t number, std::uint64_t hash, std::uint64_t parent) {
    blockchain::ExecutedBlock executed;
    executed.hash = hash_of(hash);
    executed.block.header.number = number;
    executed.block.header.parent_hash = hash_of(parent);
    return std::make_shared<const blockchain::ExecutedBlock>(std::move(executed));
}

TEST(EngineStore, knows_the_way_to_a_payload) {
    EngineStore store;
    store.remember(block(1, 11, 10));
    store.remember(block(2, 12, 11));
    store.remember(block(2, 22, 11));
    const auto branch = store.branch_to(hash_of(12));
    ASSERT_EQ(branch.size(), 2U);
    EXPECT_EQ(branch[0]->hash, hash_of(11));
    EXPECT_EQ(branch[1]->hash, hash_of(12));
    EXPECT_TRUE(store.branch_to(hash_of(99)).empty());
}

TEST(EngineStore, drops_the_lowest_payload_when_there_are_too_many) {
    EngineStore store;
    for (std::uint64_t number = 1; number <= 1000; ++number)
        store.remember(block(number, number, number - 1));
    EXPECT_FALSE(store.find(hash_of(1)));
    EXPECT_TRUE(store.find(hash_of(1000)));
}

TEST(EngineStore, remembers_a_bounded_number_of_invalid_blocks) {
    EngineStore store;
    for (std::uint64_t number = 1; number <= 2000; ++number)
        store.mark_invalid(hash_of(number), hash_of(0));
    EXPECT_EQ(store.latest_valid_of_invalid(hash_of(1)), std::nullopt);
    EXPECT_EQ(store.latest_valid_of_invalid(hash_of(2000)), hash_of(0));
}

TEST(EngineStore, remembers_a_bounded_number_of_payloads_in_the_making) {
    EngineStore store;
    const auto id_of = [](std::uint8_t last) {
        PayloadId id;
        id.bytes.back() = last;
        return id;
    };
    for (std::uint8_t i = 1; i <= 100; ++i) store.add_job(id_of(i), {});
    EXPECT_EQ(store.find_job(id_of(1)), nullptr);
    EXPECT_NE(store.find_job(id_of(100)), nullptr);
}

TEST(PayloadIdOf, follows_every_attribute) {
    const PayloadAttributes plain{};
    const auto changed = [](auto change) {
        PayloadAttributes attributes;
        change(attributes);
        return payload_id({}, attributes);
    };
    std::vector ids{payload_id({}, plain), payload_id(hash_of(1), plain)};
    ids.push_back(changed([](auto& it) { it.timestamp = 1; }));
    ids.push_back(changed([](auto& it) { it.prev_randao = hash_of(1); }));
    ids.push_back(changed([](auto& it) { it.suggested_fee_recipient.bytes[0] = 1; }));
    ids.push_back(changed([](auto& it) { it.withdrawals.emplace(); }));
    ids.push_back(changed([](auto& it) { it.parent_beacon_block_root.emplace(hash_of(1)); }));
    auto distinct = ids;
    std::ranges::sort(distinct);
    EXPECT_EQ(std::ranges::unique(distinct).begin(), distinct.end());
    EXPECT_EQ(payload_id({}, plain), ids.front());
}

}  // namespace
}  // namespace meta138::rpc
