// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/consensus/validator.hpp"
#include "meta138/consensus/validator_sets.hpp"

#include <map>

namespace meta138::rpc {

/// This node's part in QBFT. Any thread but the chain's; what concerns the validator waits for the
/// chain's thread.
class QbftControl {
public:
    virtual ~QbftControl() = default;
    /// Who validates, and the chain's configuration.
    [[nodiscard]] virtual const consensus::ValidatorSets& validator_sets() const = 0;
    /// A vote for this node's blocks, until it is discarded or the node ends; replaces one about
    /// the same address.
    virtual void propose_vote(const Address& recipient, bool is_add) = 0;
    virtual void discard_vote(const Address& recipient) = 0;
    /// What was proposed, by recipient: whether to add.
    [[nodiscard]] virtual std::map<Address, bool> proposed_votes() const = 0;
    [[nodiscard]] virtual consensus::Validator::Status status() const = 0;
    /// Starts the current round's timer anew at its first length, and repeats the last RoundChange.
    virtual void reset_round_timer() = 0;
};

}  // namespace meta138::rpc
