// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "open_chain.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace meta138::node {

/// What of a stored chain does not fit together.
struct Verification {
    std::uint64_t blocks = 0;         ///< Looked at.
    std::vector<std::string> faults;  ///< One sentence each; of many the first.
    bool is_state_right = true;       ///< The head's state has the root that its header says.
};

/// Compares blocks, receipts and the head's state with their roots and hashes. Reads everything
/// that is retained; a row that cannot be read is a fault.
[[nodiscard]] Verification verify(OpenChain& chain);

}  // namespace meta138::node
