// SPDX-License-Identifier: Apache-2.0
#include "old_network.hpp"

#include "pool.hpp"
#include "random.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/blockchain/block_builder.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"
#include "meta138/qbft/validators.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace meta138::simulation {

OldNetwork::OldNetwork(const Genesis& genesis, const qbft::Config& config,
                       std::span<const Identity> keys, Random& random,
                       std::optional<Address> newcomer)
    : config_{config},
      keys_{keys},
      random_{random},
      newcomer_{newcomer},
      rules_{consensus::make_qbft_consensus(genesis, config).value()},
      database_{storage::Database::open({.in_memory = true})},
      chain_{*database_, genesis, *rules_} {}

std::uint64_t OldNetwork::head() const {
    return chain_.view()->head().header.number;
}

Block OldNetwork::block(std::uint64_t number) const {
    return chain_.view()->blocks().block(number).value();
}

void OldNetwork::on_time(Time wall) {
    const auto& parent = chain_.view()->head().header;
    const auto number = parent.number + 1;
    const auto& config = config_.of_block(number);
    if (config.protocol != qbft::Protocol::ibft2) return;
    const auto now =
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(wall).count());
    const auto period = std::chrono::floor<std::chrono::seconds>(config.initial.block_period);
    if (now < parent.timestamp + static_cast<std::uint64_t>(period.count())) return;
    const auto imported = chain_.import(make_block(parent, now));
    META138_ASSERT(imported.has_value());
}

Block OldNetwork::make_block(const Header& parent, std::uint64_t timestamp) {
    const auto view = chain_.view();
    const auto validators = rules_->validator_sets().after(parent, *view).value();
    const auto& maker = validators[(parent.number + 1) % validators.size()];
    qbft::ExtraData extra;
    extra.vanity.resize(32);
    extra.validators = validators;
    extra.round = static_cast<std::uint32_t>(random_.below(3));
    if (newcomer_ && !std::ranges::binary_search(validators, *newcomer_))
        extra.vote = qbft::Vote{.recipient = *newcomer_, .is_add = true};

    blockchain::BlockAttributes attributes;
    attributes.timestamp = timestamp;
    attributes.coinbase = maker;
    attributes.extra_data = qbft::ibft2::encode_extra_data(extra);
    attributes.prev_randao = consensus::istanbul_mix_hash;
    const Pool nothing;
    PoolSource source{nothing};
    auto block = blockchain::build_block(chain_, attributes, source, {})->block;
    seal(block, validators);
    return block;
}

// By a quorum, or by some more.
void OldNetwork::seal(Block& block, const std::vector<Address>& validators) {
    auto& header = block.header;
    auto extra = qbft::ibft2::decode_extra_data(header.extra_data).value();
    const auto hash = qbft::ibft2::committed_seal_hash(header);
    const auto fewest = qbft::quorum(validators.size());
    const auto count = fewest + random_.below(validators.size() - fewest + 1);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& sealer = validators[(header.number + i) % validators.size()];
        const auto found = std::ranges::find(keys_, sealer, &Identity::address);
        META138_ASSERT(found != keys_.end());
        extra.seals.push_back(crypto::sign(hash, found->key));
    }
    header.extra_data = qbft::ibft2::encode_extra_data(extra);
}

}  // namespace meta138::simulation
