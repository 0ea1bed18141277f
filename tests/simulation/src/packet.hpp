// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/messages.hpp"
#include "meta138/types/block.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace meta138::simulation {

using SharedBlock = std::shared_ptr<const Block>;

/// What goes over a connection: istanbul/100, and as much of eth as consensus leans on.
struct Packet {
    enum class Kind : std::uint8_t {
        consensus,   ///< code, payload
        status,      ///< number: the sender's head
        new_block,   ///< blocks: one
        ask_blocks,  ///< number: from there on
        blocks,      ///< blocks: in order; number: the sender's head
    };
    Kind kind{};
    qbft::MessageCode code{};
    std::shared_ptr<const Bytes> payload{};
    std::uint64_t number = 0;
    std::vector<SharedBlock> blocks{};
};

}  // namespace meta138::simulation
