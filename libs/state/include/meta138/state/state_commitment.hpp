// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/state/state_diff.hpp"

namespace meta138::state {

/// The Merkle side of a state: what its root would be after changes. Changes nothing that others
/// see.
class StateCommitment {
public:
    virtual ~StateCommitment() = default;

    /// Header.state_root of the state with `diff` applied.
    [[nodiscard]] virtual Hash32 root_after(const StateDiff& diff) = 0;
};

}  // namespace meta138::state
