// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/try.hpp"
#include "meta138/execution/validate_block.hpp"

namespace meta138::execution {

namespace {

using Verdict = std::expected<void, InvalidBlock>;

template <typename T>
Verdict compare(BlockRule rule, const T& got, const T& expected) {
    if (got == expected) return {};
    return std::unexpected{InvalidBlock{.rule = rule, .got = got, .expected = expected}};
}

}  // namespace

std::expected<void, InvalidBlock> validate_body(const Block& block, std::size_t encoded_size,
                                                const BlockRules& rules) {
    const auto& header = block.header;
    if (rules.fork >= Fork::osaka && rules.limits_block_size && encoded_size > MAX_RLP_BLOCK_SIZE)
        return std::unexpected{InvalidBlock{.rule = BlockRule::block_size,
                                            .got = std::uint64_t{encoded_size},
                                            .expected = std::uint64_t{MAX_RLP_BLOCK_SIZE}}};
    TRY(compare(BlockRule::transactions_root, transactions_root(block.transactions),
                header.transactions_root));
    TRY(compare(BlockRule::ommers_hash, ommers_hash(block.ommers), header.ommers_hash));
    if (!rules.validates_withdrawals) return {};
    if (block.withdrawals.has_value() != (rules.fork >= Fork::shanghai))
        return std::unexpected{InvalidBlock{.rule = BlockRule::withdrawals}};
    if (block.withdrawals)
        TRY(compare(BlockRule::withdrawals_root, withdrawals_root(*block.withdrawals),
                    header.withdrawals_root.value_or(Hash32{})));
    return {};
}

}  // namespace meta138::execution
