// SPDX-License-Identifier: Apache-2.0
#include "qbft/control.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/qbft/validators.hpp"

namespace meta138::node {

void QbftControl::propose_vote(const Address& recipient, bool is_add) {
    thread_.run([&] { driver_.validator().propose({.recipient = recipient, .is_add = is_add}); });
    if (!is_add) return;
    // A validator voted in that does not run can stop a small network (besu-eth/besu#8425).
    const auto validators = sets_.after_head(chain_);
    const auto connected = count_connected_();
    if (!validators || !connected) return;
    const auto needed = qbft::quorum(validators->size() + 1);
    if (needed > *connected + 1)
        log_.warn(
            "Once {} is a validator, {} must agree on a block; this node is connected with {}. Is "
            "the new one running, and reachable?",
            to_hex(recipient), needed, *connected);
}

}  // namespace meta138::node
