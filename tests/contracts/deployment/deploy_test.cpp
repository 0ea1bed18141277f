// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/deploy.hpp"

#include "chain.hpp"
#include "feed_under_test.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/contracts/artifact.hpp"
#include "meta138/contracts/feed.hpp"
#include "meta138/contracts/predeploys.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/operator/genesis_alloc.hpp"
#include "meta138/types/transaction.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

namespace meta138::op {
namespace {

using contracts::Chain;
using contracts::Method;

constexpr Address deployer{{0xd0}};
constexpr Address publisher{{0x0b}};

/// The contracts' chain in memory as a deployment sees it. It can be told to break down after some
/// number of transactions, as if the program had been killed.
class MemoryTarget final : public DeployTarget {
public:
    MemoryTarget() { chain.fund(deployer, uint256{1'000'000'000'000'000'000}); }

    DeployAnswer<std::uint64_t> chain_id() override { return Chain::chain_id; }
    DeployAnswer<Hash32> genesis_hash() override { return Hash32{{0x93}}; }
    DeployAnswer<std::uint64_t> time() override { return chain.time(); }
    DeployAnswer<Bytes> code(const Address& address) override {
        return to_bytes(chain.state().code(address));
    }
    DeployAnswer<Hash32> storage(const Address& address, const Hash32& slot) override {
        return to_hash32(chain.state().storage(address, to_uint256(slot)));
    }
    DeployAnswer<uint256> balance(const Address& address) override {
        return chain.state().balance(address);
    }
    DeployAnswer<std::optional<Bytes>> call(const Address& to, const Bytes& data) override {
        const auto outcome = chain.call(to, data, deployer);
        if (!outcome.succeeded) return std::nullopt;
        return outcome.output;
    }

    [[nodiscard]] Address sender() const override { return deployer; }
    DeployAnswer<std::vector<DeployReceipt>> send(std::span<const DeployCall> calls) override {
        chain.pass(2);
        std::vector<DeployReceipt> receipts;
        for (const auto& call : calls) {
            if (sent == breakdown_after) return std::unexpected{DeployError{"killed"}};
            const auto outcome = chain.send(deployer, call.to, call.data, call.value);
            ++sent;
            receipts.push_back({.transaction_hash = to_hash32(uint256{sent}),
                                .block = chain.number(),
                                .gas_used = outcome.gas_used,
                                .succeeded = outcome.succeeded});
            EXPECT_TRUE(outcome.succeeded) << contracts::revert_reason(outcome);
        }
        return receipts;
    }
    DeployAnswer<DeployReceipt> send_raw(ByteView raw) override {
        if (sent == breakdown_after) return std::unexpected{DeployError{"killed"}};
        chain.pass(2);
        const auto transaction = decode_transaction(raw);
        EXPECT_TRUE(transaction);
        EXPECT_EQ(chain.state().nonce(contracts::create2_factory_deployment().sender), 0U);
        EXPECT_GE(chain.state().balance(contracts::create2_factory_deployment().sender),
                  transaction->max_fee_per_gas * transaction->gas_limit);
        const auto outcome = chain.send(contracts::create2_factory_deployment().sender,
                                        std::nullopt, transaction->data, 0, transaction->gas_limit);
        ++sent;
        return DeployReceipt{.transaction_hash = to_hash32(uint256{sent}),
                             .block = chain.number(),
                             .gas_used = outcome.gas_used,
                             .succeeded = outcome.succeeded};
    }
    DeployAnswer<void> settle() override { return {}; }
    DeployAnswer<void> wait(std::chrono::seconds time) override {
        chain.pass(static_cast<std::uint64_t>(time.count()));
        return {};
    }

    Chain chain;
    std::size_t sent = 0;
    std::size_t breakdown_after = SIZE_MAX;
};

class Deploy : public testing::Test {
protected:
    Deploy() {
        options.plan.demonstration = true;
        options.plan.timelock_delay = std::chrono::hours{1};
        for (const char* base : {"ETH", "BTC", "LINK"}) {
            FeedPlan feed;
            feed.base = base;
            feed.quote = "USD";
            feed.description = std::string{base} + " / USD";
            feed.transmitters = {publisher};
            options.plan.feeds.push_back(feed);
        }
    }

    DeployOutcome run() {
        auto outcome = deploy_to(target, options, {});
        if (!outcome) ADD_FAILURE() << outcome.error().reason;
        return outcome.value_or(DeployOutcome{});
    }
    std::string refusal() {
        const auto outcome = deploy_to(target, options, {});
        return outcome ? "it was done" : outcome.error().reason;
    }
    Address address(const DeployOutcome& outcome, std::string_view name) {
        const auto* contract = outcome.manifest.find_contract(name);
        EXPECT_NE(contract, nullptr) << name;
        return contract == nullptr ? Address{} : contract->address;
    }
    static std::map<std::string, Address> addresses(const Manifest& manifest) {
        std::map<std::string, Address> found;
        for (const auto& contract : manifest.contracts) found[contract.name] = contract.address;
        for (const auto& feed : manifest.feeds) found[feed.description] = feed.address;
        return found;
    }
    Address admin_of(const Address& contract) {
        return target.chain.call(contract, contracts::feed::admin()).address();
    }

    MemoryTarget target;
    DeployOptions options;
};

TEST_F(Deploy, installs_the_factory_by_its_keyless_transaction_where_it_is_missing) {
    const auto outcome = run();
    EXPECT_EQ(address(outcome, "CREATE2 factory"), contracts::create2_factory_address);
    EXPECT_TRUE(equal(target.chain.state().code(contracts::create2_factory_address),
                      contracts::create2_factory_code()));
    EXPECT_EQ(outcome.manifest.contracts.front().block, 3U);
}

TEST_F(Deploy, takes_the_standard_contracts_where_a_genesis_block_has_them) {
    for (const auto& [place, account] : genesis_alloc()) target.chain.place(place, account.code);
    const auto outcome = run();
    EXPECT_EQ(address(outcome, "WETH9"), contracts::weth9_address);
    EXPECT_EQ(address(outcome, "Multicall3"), contracts::multicall3_address);
    EXPECT_FALSE(outcome.manifest.find_contract("WETH9")->block);
}

TEST_F(Deploy, makes_contracts_where_the_factory_says) {
    const auto outcome = run();
    EXPECT_EQ(address(outcome, "WETH9"),
              contracts::create2_address({}, contracts::artifact("WETH9").creation_code));
}

TEST_F(Deploy, feeds_work_for_those_who_were_named) {
    const auto outcome = run();
    ASSERT_EQ(outcome.manifest.feeds.size(), 3U);
    for (const auto& feed : outcome.manifest.feeds) {
        const auto transmit = contracts::feed::transmit(1, 5'000, target.chain.time());
        EXPECT_FALSE(target.chain.send(deployer, feed.address, transmit).succeeded);
        EXPECT_TRUE(target.chain.send(publisher, feed.address, transmit).succeeded);
        EXPECT_EQ(target.chain.call(feed.address, contracts::feed::latest_answer()).word(),
                  uint256{5'000});
        const auto found =
            target.chain.call(address(outcome, "FeedRegistry"),
                              Method{"getFeed(address,address)"}(contracts::asset_id(feed.base),
                                                                 contracts::asset_id(feed.quote)));
        EXPECT_EQ(found.address(), feed.address);
    }
}

TEST_F(Deploy, does_nothing_the_second_time) {
    const auto first = run();
    const auto sent = target.sent;
    const auto second = run();
    EXPECT_EQ(target.sent, sent);
    EXPECT_TRUE(second.changed_nothing());
    EXPECT_EQ(addresses(second.manifest), addresses(first.manifest));
}

TEST_F(Deploy, goes_on_wherever_it_was_killed) {
    const auto whole = addresses(run().manifest);
    const auto count = target.sent;
    ASSERT_GT(count, 12U);
    for (std::size_t killed_after = 0; killed_after < count; ++killed_after) {
        MemoryTarget other;
        other.breakdown_after = killed_after;
        EXPECT_EQ(deploy_to(other, options, {}).error().reason, "killed");
        other.breakdown_after = SIZE_MAX;
        const auto outcome = deploy_to(other, options, {});
        ASSERT_TRUE(outcome) << "killed after " << killed_after << ": " << outcome.error().reason;
        EXPECT_EQ(addresses(outcome->manifest), whole) << "killed after " << killed_after;
        EXPECT_EQ(other.sent, count) << "killed after " << killed_after;
    }
}

TEST_F(Deploy, sends_all_that_is_independent_together) {
    run();
    // The factory's funds and the factory; then contracts, feeds and what depends on contracts, the
    // registry's entries.
    EXPECT_LE(target.chain.number(), 1U + 2U + 4U);
}

TEST_F(Deploy, brings_a_feed_to_its_plan) {
    const auto before = addresses(run().manifest);
    auto& feed = options.plan.feeds[1];
    feed.deviation_bps = 200;
    feed.history = 64;
    feed.transmitters = {Address{{0x0c}}, publisher, Address{{0x0d}}};
    options.plan.guardian = Address{{0x9a}};
    const auto outcome = run();
    EXPECT_EQ(addresses(outcome.manifest), before);
    EXPECT_EQ(outcome.manifest.feeds[1].deviation_bps, 200U);
    EXPECT_EQ(outcome.manifest.feeds[1].transmitters.size(), 3U);
    feed.transmitters = {Address{{0x0d}}};
    EXPECT_EQ(run().manifest.feeds[1].transmitters, feed.transmitters);
    EXPECT_TRUE(run().changed_nothing());
}

TEST_F(Deploy, does_not_touch_transmitters_that_the_plan_does_not_name) {
    run();
    for (auto& feed : options.plan.feeds) feed.transmitters.clear();
    const auto outcome = run();
    EXPECT_TRUE(outcome.changed_nothing());
    EXPECT_EQ(outcome.manifest.feeds[0].transmitters, std::vector{publisher});
}

TEST_F(Deploy, refuses_other_decimals_for_a_feed_that_is_there) {
    run();
    options.plan.feeds[0].decimals = 18;
    EXPECT_NE(refusal().find("has 8 decimals, the plan says 18"), std::string::npos) << refusal();
}

TEST_F(Deploy, hands_over_to_the_timelock_when_that_allows_it) {
    options.plan.hand_over = true;
    const auto first = run();
    const auto timelock = address(first, "TimelockController");
    const auto registry = address(first, "FeedRegistry");
    EXPECT_EQ(admin_of(first.manifest.feeds[0].address), timelock);
    EXPECT_EQ(admin_of(registry), deployer);
    ASSERT_EQ(first.steps.back().action, DeployAction::waiting);

    // Nothing more can be done before the delay is over.
    EXPECT_TRUE(run().changed_nothing());
    target.chain.pass(3'600);
    const auto last = run();
    EXPECT_EQ(admin_of(registry), timelock);
    EXPECT_EQ(last.manifest.admin, timelock);
    EXPECT_TRUE(run().changed_nothing());
}

TEST_F(Deploy, waits_for_the_timelock_as_long_as_it_is_told) {
    options.plan.hand_over = true;
    options.timelock_patience = std::chrono::hours{2};
    const auto outcome = run();
    EXPECT_EQ(outcome.manifest.admin, address(outcome, "TimelockController"));
}

TEST_F(Deploy, changes_what_belongs_to_the_timelock_through_it) {
    options.plan.hand_over = true;
    options.timelock_patience = std::chrono::hours{2};
    run();
    for (const std::uint32_t deviation : {100U, 50U, 100U}) {  // the same change twice
        options.plan.feeds[2].deviation_bps = deviation;
        EXPECT_EQ(run().manifest.feeds[2].deviation_bps, deviation);
    }
    FeedPlan feed;
    feed.base = "EUR";
    feed.quote = "USD";
    feed.description = "EUR / USD";
    options.plan.feeds.push_back(feed);
    const auto outcome = run();
    EXPECT_NE(outcome.manifest.find_feed("EUR", "USD"), nullptr);
    EXPECT_TRUE(run().changed_nothing());
}

TEST_F(Deploy, upgrades_feeds_when_asked_to) {
    const auto first = run();
    const auto& feed = first.manifest.feeds[0];
    const auto other =
        target.chain.deploy(deployer, contracts::artifact("Aggregator").creation_code);
    ASSERT_TRUE(target.chain.send(deployer, feed.address, contracts::feed::upgrade(other, Bytes{}))
                    .succeeded);
    EXPECT_TRUE(run().changed_nothing());
    options.plan.upgrade = true;
    EXPECT_EQ(run().manifest.feeds[0].implementation, address(first, "Aggregator"));
    EXPECT_TRUE(run().changed_nothing());
}

TEST_F(Deploy, tells_what_another_admin_has_to_do) {
    const auto first = run();
    const Address owner{{0x77}};
    const auto feed = first.manifest.feeds[0].address;
    ASSERT_TRUE(
        target.chain.send(deployer, feed, contracts::feed::transfer_admin(owner)).succeeded);
    ASSERT_TRUE(target.chain.send(owner, feed, contracts::feed::accept_admin()).succeeded);
    options.plan.feeds[0].deviation_bps = 300;
    const auto outcome = run();
    EXPECT_TRUE(outcome.changed_nothing());
    ASSERT_EQ(outcome.steps.back().action, DeployAction::waiting);
    EXPECT_NE(outcome.steps.back().detail.find(to_hex(owner.bytes)), std::string::npos);
}

TEST_F(Deploy, plans_everything_in_a_dry_run_and_sends_nothing) {
    options.dry_run = true;
    const auto outcome = run();
    EXPECT_EQ(target.sent, 0U);
    std::size_t planned = 0;
    for (const auto& step : outcome.steps) planned += step.action == DeployAction::planned ? 1 : 0;
    EXPECT_GE(planned, 10U);
    for (const auto& step : outcome.steps) EXPECT_NE(step.address, Address{}) << step.subject;
    EXPECT_TRUE(outcome.changed_nothing());
}

TEST_F(Deploy, accepts_that_somebody_else_made_the_same_contract_first) {
    const auto weth9 = contracts::artifact("WETH9");
    run();
    MemoryTarget other;
    other.chain.place(contracts::create2_factory_address, contracts::create2_factory_code());
    ASSERT_TRUE(other.chain
                    .send(publisher, contracts::create2_factory_address,
                          contracts::create2_factory_call({}, weth9.creation_code))
                    .succeeded);
    const auto outcome = deploy_to(other, options, {});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->manifest.find_contract("WETH9")->block, std::nullopt);
}

TEST_F(Deploy, refuses_a_factory_that_is_none) {
    target.chain.place(contracts::create2_factory_address, Bytes{0x00});
    EXPECT_NE(refusal().find("is not the CREATE2 factory's"), std::string::npos);
}

TEST_F(Deploy, writes_a_manifest_that_reads_as_what_it_returns) {
    options.manifest = std::filesystem::temp_directory_path() /
                       ("meta138-deploy-test-" + std::to_string(::getpid()) + ".json");
    std::filesystem::remove(options.manifest);
    const auto outcome = run();
    EXPECT_EQ(read_manifest(options.manifest), outcome.manifest);
    for (const auto& contract : outcome.manifest.contracts)
        EXPECT_EQ(contract.code_hash,
                  crypto::keccak256(target.chain.state().code(contract.address)))
            << contract.name;
    for (const auto& feed : outcome.manifest.feeds) {
        EXPECT_EQ(feed.code_hash, crypto::keccak256(target.chain.state().code(feed.address)));
        EXPECT_TRUE(feed.block);
    }
    std::filesystem::remove(options.manifest);
}

}  // namespace
}  // namespace meta138::op
