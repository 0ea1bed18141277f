// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/contracts/feed.hpp"
#include "meta138/operator/deploy.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// A deployment under way. It goes in passes: look at the whole chain, send everything that is
/// missing and can be sent now, look again; until a pass finds nothing to send. So what a
/// transaction needs to be there is simply there in a later pass, and an interrupted run needs no
/// memory of its own.
class Deployment {
public:
    /// All references outlive it.
    Deployment(DeployTarget& target, const DeployOptions& options, const DeployProgress& progress);

    [[nodiscard]] std::expected<DeployOutcome, DeployError> run();

private:
    using Done = std::expected<void, DeployError>;
    template <typename T>
    using Answer = DeployAnswer<T>;

    /// A transaction of the present pass.
    struct Work {
        DeployStep step;  // with the action it will have been
        DeployCall call;
        std::function<void(const DeployReceipt&)> record;  // into the manifest; may be empty
    };

    // deploy_run.cpp
    Done identify();
    Done ensure_factory();
    Done look();
    Done perform();
    Done save();
    Answer<bool> may_wait();
    void report(DeployStep step);
    void present(std::string_view subject, std::string_view detail, const Address& address);
    void waiting(std::string_view subject, std::string detail, const Address& address);

    // deploy_contracts.cpp
    Done look_at_standard_contracts();
    Done look_at_oracle();
    Done look_at_demonstration();
    /// Where the contract is; absent when it has yet to be made, which becomes work.
    Answer<std::optional<Address>> ensure(const std::string& name, ByteView creation_code,
                                          std::optional<Address> canonical = std::nullopt);
    Answer<std::optional<Hash32>> code_hash(const Address& address);
    void remember(DeployedContract contract);
    void create(DeployStep step, const Hash32& salt, ByteView creation_code,
                std::function<void(const DeployReceipt&)> record);

    // deploy_feeds.cpp
    struct FeedOnChain;
    Done look_at_feed(const FeedPlan& plan);
    Answer<std::optional<Address>> find_feed(const FeedPlan& plan, const Address& predicted);
    void create_feed(const FeedPlan& plan, const Address& address);
    Answer<FeedOnChain> read_feed(const Address& address);
    Done reconcile(const FeedPlan& plan, const FeedOnChain& feed);
    Done reconcile_transmitters(const FeedPlan& plan, const FeedOnChain& feed);
    Done register_feed(const FeedPlan& plan, const FeedOnChain& feed);
    void remember(DeployedFeed feed);
    [[nodiscard]] contracts::FeedParameters parameters(const FeedPlan& plan) const;

    // deploy_admin.cpp
    /// A call that only the contract's admin may make: ours, or through the timelock if that is it.
    struct AdminCall {
        std::string subject;
        std::string detail;
        Address contract;
        Address admin;
        Bytes data;
    };
    Done request(const AdminCall& call);
    Done request_of_timelock(const AdminCall& call);
    Done hand_over(const std::string& subject, const Address& contract);
    Answer<Address> admin_of(const Address& contract);

    /// The output of a call that has to succeed: `what` is asked of `address`.
    Answer<Bytes> ask(const Address& address, const Bytes& data, std::string_view what);

    DeployTarget& target_;
    const DeployOptions& options_;
    const DeployPlan& plan_;
    const DeployProgress& progress_;

    Manifest manifest_;
    std::optional<Manifest> saved_;
    DeployOutcome outcome_;

    // Of the present pass.
    bool is_first_pass_ = true;
    std::vector<Work> works_;
    std::vector<DeployStep> waiting_;
    std::optional<std::uint64_t>
        next_ready_;  // the earliest time at which one of waiting_ may go on
    std::uint64_t now_ = 0;
    std::optional<Address> registry_;
    std::optional<Address> timelock_;
    std::optional<Address> aggregator_;
    std::optional<Address> weth9_;
    // The factory makes the pair: where it stands, only a later pass sees.
    std::optional<DeployReceipt> pair_receipt_;
};

}  // namespace meta138::op
