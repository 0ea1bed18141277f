// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/types/block.hpp"
#include "meta138/types/genesis.hpp"

#include <string>
#include <vector>

namespace meta138::consensus {

/// What two genesis files say differently, in their QBFT sections, about the blocks of a chain up
/// to `head`: a transition in the past that is added, changed or taken away would change history.
/// Of `stored` only `config` matters.
[[nodiscard]] std::vector<std::string> compare_qbft_configs(const Genesis& stored,
                                                            const Genesis& given,
                                                            const Header& head);

}  // namespace meta138::consensus
