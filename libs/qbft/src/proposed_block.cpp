// SPDX-License-Identifier: Apache-2.0
#include "proposed_block.hpp"

#include "meta138/qbft/extra_data.hpp"

#include <utility>

namespace meta138::qbft {

std::optional<std::uint32_t> header_round(const Header& header) {
    const auto extra_data = decode_extra_data(header.extra_data);
    if (!extra_data) return std::nullopt;
    return extra_data->round;
}

ProposedBlock proposed_block(std::shared_ptr<const Block> block, std::uint32_t round) {
    ProposedBlock proposed;
    const auto& header = block->header;
    proposed.hash = on_chain_hash(header);
    proposed.digest = committed_seal_hash(header);
    proposed.has_its_round = header_round(header) == round;
    proposed.sealed = proposed.has_its_round ? proposed.digest : committed_seal_hash(header, round);
    proposed.block = std::move(block);
    return proposed;
}

std::shared_ptr<const Block> with_round(const std::shared_ptr<const Block>& block,
                                        std::uint32_t round) {
    const auto extra_data = decode_extra_data(block->header.extra_data);
    if (extra_data && extra_data->round == round && extra_data->seals.empty()) return block;
    auto changed = std::make_shared<Block>(*block);
    changed->header = with_round(block->header, round);
    return changed;
}

}  // namespace meta138::qbft
