// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_thread.hpp"
#include "qbft/driver.hpp"

#include "meta138/rpc/qbft_control.hpp"
#include "meta138/telemetry/logging.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

namespace meta138::node {

/// What qbft_ methods see and change of this node's validator: each call is a task of the chain's
/// thread.
class QbftControl final : public rpc::QbftControl {
public:
    /// How many validators this node is connected with directly; absent: there is no network.
    using CountConnected = std::function<std::optional<std::size_t>()>;

    /// All outlive it.
    QbftControl(QbftDriver& driver, ChainThread& thread, const blockchain::Chain& chain,
                const consensus::ValidatorSets& sets, CountConnected count_connected,
                telemetry::Logger log)
        : driver_{driver},
          thread_{thread},
          chain_{chain},
          sets_{sets},
          count_connected_{std::move(count_connected)},
          log_{std::move(log)} {}

    [[nodiscard]] const consensus::ValidatorSets& validator_sets() const override { return sets_; }
    void propose_vote(const Address& recipient, bool is_add) override;
    void discard_vote(const Address& recipient) override {
        thread_.run([&] { driver_.validator().discard(recipient); });
    }
    [[nodiscard]] std::map<Address, bool> proposed_votes() const override {
        return ask([this] { return driver_.validator().proposed_votes(); });
    }
    [[nodiscard]] consensus::Validator::Status status() const override {
        return ask([this] { return driver_.validator().status(); });
    }
    void reset_round_timer() override {
        thread_.run([&] { driver_.reset_round_timer(); });
    }

private:
    template <class Question>
    std::invoke_result_t<Question> ask(const Question& question) const {
        std::invoke_result_t<Question> answer;
        thread_.run([&] { answer = question(); });
        return answer;
    }

    QbftDriver& driver_;
    ChainThread& thread_;
    const blockchain::Chain& chain_;
    const consensus::ValidatorSets& sets_;
    const CountConnected count_connected_;
    const telemetry::Logger log_;
};

}  // namespace meta138::node
