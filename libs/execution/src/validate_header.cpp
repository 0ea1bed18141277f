// SPDX-License-Identifier: Apache-2.0
#include "dao_fork.hpp"

#include "meta138/base/try.hpp"
#include "meta138/execution/validate_block.hpp"
#include "meta138/types/blob_gas.hpp"

#include <algorithm>
#include <limits>

namespace meta138::execution {

namespace {

using Verdict = std::expected<void, InvalidBlock>;

Verdict refuse(BlockRule rule, InvalidBlock::Value got, InvalidBlock::Value expected) {
    return std::unexpected{InvalidBlock{.rule = rule, .got = got, .expected = expected}};
}

Verdict validate_position(const Header& header, const Header& parent, const Hash32& parent_hash) {
    if (header.parent_hash != parent_hash)
        return refuse(BlockRule::parent_hash, header.parent_hash, parent_hash);
    if (header.number == 0 || header.number - 1 != parent.number)
        return refuse(BlockRule::number, header.number, parent.number + 1);
    return {};
}

// Differences first: a sum might wrap around.
Verdict validate_timestamp(const Header& header, const Header& parent, const BlockRules& rules) {
    if (!rules.min_seconds_after_parent) return {};
    const auto least = *rules.min_seconds_after_parent;
    if (header.timestamp < parent.timestamp || header.timestamp - parent.timestamp < least)
        return refuse(BlockRule::timestamp, header.timestamp, parent.timestamp + least);
    return {};
}

/// EIP-1559: the first block with a base fee may have twice the gas of its parent.
std::uint64_t gas_limit_to_adjust(const Header& parent, Fork fork) {
    const bool doubles = fork >= Fork::london && !parent.base_fee_per_gas;
    return doubles ? parent.gas_limit * ELASTICITY_MULTIPLIER : parent.gas_limit;
}

Verdict validate_gas(const Header& header, const Header& parent, Fork fork) {
    const auto parent_gas_limit = gas_limit_to_adjust(parent, fork);
    const auto difference =
        std::max(header.gas_limit, parent_gas_limit) - std::min(header.gas_limit, parent_gas_limit);
    if (difference >= parent_gas_limit / GAS_LIMIT_ADJUSTMENT_FACTOR ||
        header.gas_limit < GAS_LIMIT_MINIMUM ||
        header.gas_limit > std::numeric_limits<std::int64_t>::max())
        return refuse(BlockRule::gas_limit, header.gas_limit, parent_gas_limit);
    if (header.gas_used > header.gas_limit)
        return refuse(BlockRule::gas_used_above_limit, header.gas_used, header.gas_limit);
    return {};
}

Verdict validate_extra_data(const Header& header, const BlockRules& rules) {
    if (header.extra_data.size() > rules.max_extra_data_size)
        return refuse(BlockRule::extra_data_size, header.extra_data.size(),
                      rules.max_extra_data_size);
    const bool bears_dao_mark = rules.dao_fork_block && header.number >= *rules.dao_fork_block &&
                                header.number - *rules.dao_fork_block < DAO_EXTRA_RANGE;
    if (bears_dao_mark && !equal(header.extra_data, as_bytes(DAO_EXTRA_DATA)))
        return refuse(BlockRule::dao_extra_data, {}, {});
    return {};
}

Verdict validate_difficulty(const Header& header, const uint256& expected) {
    if (header.difficulty != expected)
        return refuse(BlockRule::difficulty, header.difficulty, expected);
    return {};
}

Verdict validate_no_ommers(const Header& header) {
    if (header.ommers_hash != EMPTY_OMMERS_HASH)
        return refuse(BlockRule::ommers_not_allowed, header.ommers_hash, EMPTY_OMMERS_HASH);
    return {};
}

Verdict validate_consensus_fields(const Header& header, const Header& parent,
                                  const BlockRules& rules) {
    switch (rules.consensus) {
        case Consensus::proof_of_work:
            return validate_difficulty(header, difficulty_after(parent, header.timestamp, rules));
        case Consensus::proof_of_stake:
            TRY(validate_difficulty(header, 0));
            if (header.nonce != BlockNonce{}) return refuse(BlockRule::nonce, {}, {});
            return validate_no_ommers(header);
        case Consensus::fixed_difficulty:
            TRY(validate_difficulty(header, rules.fixed_difficulty));
            return validate_no_ommers(header);
    }
    return {};
}

/// Whether exactly the optional fields are there that the fork has.
Verdict validate_fields(const Header& header, const BlockRules& rules) {
    const auto fork = rules.fork;
    const bool has_cancun = has_fields_of(Fork::cancun, rules);
    const bool fits = header.base_fee_per_gas.has_value() == (fork >= Fork::london) &&
                      header.withdrawals_root.has_value() == (fork >= Fork::shanghai) &&
                      header.blob_gas_used.has_value() == has_cancun &&
                      header.excess_blob_gas.has_value() == has_cancun &&
                      header.parent_beacon_block_root.has_value() == has_cancun &&
                      header.requests_hash.has_value() == has_fields_of(Fork::prague, rules);
    return fits ? Verdict{} : refuse(BlockRule::header_fields, {}, {});
}

Verdict validate_base_fee(const Header& header, const Header& parent, const BlockRules& rules) {
    if (rules.fork < Fork::london || !rules.validates_fee_fields) return {};
    const auto expected = base_fee_after(parent, rules);
    if (*header.base_fee_per_gas != expected)
        return refuse(BlockRule::base_fee_per_gas, *header.base_fee_per_gas, expected);
    return {};
}

Verdict validate_blob_gas(const Header& header, const Header& parent, const BlockRules& rules) {
    if (!has_fields_of(Fork::cancun, rules)) return {};
    const auto max_blob_gas = rules.blobs.max * GAS_PER_BLOB;
    if (*header.blob_gas_used > max_blob_gas || *header.blob_gas_used % GAS_PER_BLOB != 0)
        return refuse(BlockRule::blob_gas_limit, *header.blob_gas_used, max_blob_gas);
    if (!rules.validates_fee_fields) return {};
    const auto excess = calc_excess_blob_gas(parent, rules.fork, rules.blobs);
    if (*header.excess_blob_gas != excess)
        return refuse(BlockRule::excess_blob_gas, *header.excess_blob_gas, excess);
    return {};
}

}  // namespace

std::expected<void, InvalidBlock> validate_header(const Header& header, const Header& parent,
                                                  const BlockRules& rules) {
    return validate_header(header, parent, block_hash(parent), rules);
}

std::expected<void, InvalidBlock> validate_header(const Header& header, const Header& parent,
                                                  const Hash32& parent_hash,
                                                  const BlockRules& rules) {
    TRY(validate_position(header, parent, parent_hash));
    TRY(validate_timestamp(header, parent, rules));
    TRY(validate_fields(header, rules));
    TRY(validate_gas(header, parent, rules.fork));
    TRY(validate_extra_data(header, rules));
    TRY(validate_consensus_fields(header, parent, rules));
    TRY(validate_base_fee(header, parent, rules));
    return validate_blob_gas(header, parent, rules);
}

uint256 base_fee_after(const Header& parent, const BlockRules& rules) {
    if (rules.zero_base_fee) return 0;
    if (rules.fixed_base_fee) return *rules.fixed_base_fee;
    if (!parent.base_fee_per_gas) return rules.initial_base_fee;
    const auto& base_fee = *parent.base_fee_per_gas;
    const auto target = parent.gas_limit / ELASTICITY_MULTIPLIER;
    const auto change = [&](std::uint64_t gas) {
        return base_fee * gas / target / BASE_FEE_MAX_CHANGE_DENOMINATOR;
    };
    if (parent.gas_used > target)
        return base_fee + std::max(change(parent.gas_used - target), uint256{1});
    return base_fee - change(target - parent.gas_used);
}

}  // namespace meta138::execution
