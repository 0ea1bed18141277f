// SPDX-License-Identifier: Apache-2.0
#include "peer_status.hpp"

#include "test_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::sync::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;

/// A view of a genesis block with these forks.
class ForkedChain {
public:
    explicit ForkedChain(const std::function<void(ForkSchedule&)>& change, int blocks = 0) {
        genesis_ = generator_.genesis();
        change(genesis_.schedule);
        consensus_ = std::make_unique<SealedConsensus>(genesis_);
        database_ = storage::Database::open({.in_memory = true});
        chain_ = std::make_unique<blockchain::Chain>(*database_, genesis_, *consensus_);
        for (int i = 0; i < blocks; ++i)
            chain_->append(generator_.build(*chain_, meta138::test::Workload::transfers, 0));
    }
    [[nodiscard]] std::shared_ptr<const blockchain::ChainView> view() const {
        return chain_->view();
    }
    [[nodiscard]] p2p::eth::Status status() const {
        return PeerStatus{138, *view()}.local(69, *view());
    }

private:
    meta138::test::ChainGenerator generator_{chain_options()};
    Genesis genesis_;
    std::unique_ptr<SealedConsensus> consensus_;
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<blockchain::Chain> chain_;
};

class PeerStatusTest : public testing::Test {
protected:
    ForkedChain ours{[](auto& schedule) {
        schedule.activate(Fork::shanghai, 1'700'000'000);
        schedule.activate(Fork::cancun, 1'800'000'000);
    }};
    PeerStatus status{138, *ours.view()};

    std::optional<std::string> check(const p2p::eth::Status& remote) {
        return status.find_mismatch(remote, *ours.view());
    }
};

TEST_F(PeerStatusTest, accepts_its_own) {
    for (const std::uint64_t version : {68U, 69U})
        EXPECT_EQ(check(status.local(version, *ours.view())), std::nullopt);
}

TEST_F(PeerStatusTest, says_which_shape_knows_what) {
    const auto local = status.local(68, *ours.view());
    EXPECT_EQ(local.total_difficulty, uint256{1});
    EXPECT_EQ(local.head_hash, ours.view()->head().hash);
    EXPECT_EQ(status.local(69, *ours.view()).range.latest_hash, local.head_hash);
}

TEST_F(PeerStatusTest, names_the_network_ids) {
    auto remote = ours.status();
    remote.network_id = 1;
    EXPECT_THAT(check(remote), Optional(AllOf(HasSubstr("network id is 1"), HasSubstr("138"))));
}

TEST_F(PeerStatusTest, names_the_genesis_blocks) {
    auto remote = ours.status();
    remote.genesis_hash = {};
    EXPECT_THAT(check(remote), Optional(HasSubstr("genesis block is 0x0000")));
}

TEST_F(PeerStatusTest, names_the_key_that_a_peer_has_at_another_time) {  // Besu #7036
    const ForkedChain here{[](auto& schedule) { schedule.activate(Fork::cancun, 4); }, 5};
    const ForkedChain there{[](auto& schedule) { schedule.activate(Fork::cancun, 1000); }, 5};
    EXPECT_THAT(PeerStatus(138, *here.view()).find_mismatch(there.status(), *here.view()),
                Optional(AllOf(HasSubstr("does not know a fork that has passed here"),
                               HasSubstr("cancunTime at 1000, which is 4 here"))));
}

TEST_F(PeerStatusTest, names_the_key_that_a_peer_lacks) {
    // A peer that has passed Cancun, but knows no Shanghai.
    const ForkedChain theirs{[](auto& schedule) {
        schedule.activations[std::to_underlying(Fork::shanghai)].reset();
        schedule.activate(Fork::cancun, 1'800'000'000);
    }};
    auto remote = theirs.status();
    const ForkFilter filter{theirs.view()->genesis_hash(), 0, theirs.view()->genesis().schedule};
    remote.fork_id = filter.fork_id(100, 1'900'000'000);
    EXPECT_THAT(check(remote), Optional(HasSubstr("lack shanghaiTime")));
}

TEST_F(PeerStatusTest, says_so_when_no_single_key_explains_it) {
    auto remote = ours.status();
    remote.fork_id = {.hash = {{1, 2, 3, 4}}, .next = 0};
    EXPECT_THAT(check(remote),
                Optional(AllOf(HasSubstr("0x01020304"), HasSubstr("compare the genesis files"))));
}

TEST_F(PeerStatusTest, accepts_any_fork_id_when_all_forks_are_at_genesis) {  // as Besu
    const ForkedChain plain{[](auto&) {}};
    const PeerStatus local{138, *plain.view()};
    auto remote = plain.status();
    remote.fork_id = {.hash = {{1, 2, 3, 4}}, .next = 77};
    EXPECT_EQ(local.find_mismatch(remote, *plain.view()), std::nullopt);
}

}  // namespace
}  // namespace meta138::sync::test
