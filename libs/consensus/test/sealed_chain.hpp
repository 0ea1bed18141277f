// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/hex.hpp"
#include "meta138/blockchain/block_builder.hpp"
#include "meta138/consensus/qbft_consensus.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"
#include "meta138/storage/database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace meta138::consensus::test {

inline constexpr std::uint64_t chain_start = 1'700'000'000;

/// The keys 1, 2, 3 ... in the order of their addresses.
inline std::vector<crypto::SecretKey> sorted_keys(std::size_t count) {
    std::vector<crypto::SecretKey> keys;
    for (std::size_t i = 1; i <= count; ++i)
        keys.push_back(*crypto::SecretKey::from(to_hash32(uint256{i}).bytes));
    std::ranges::sort(keys, {},
                      [](const auto& key) { return crypto::address_of(crypto::public_key(key)); });
    return keys;
}

/// A genesis file; `config` are members of that section besides the chain id.
struct GenesisText {
    std::string config = R"("berlinBlock": 0, "qbft": {})";
    Bytes extra_data{};
    std::string alloc{};  ///< Members.
    std::string other{};  ///< Members of the root, with a comma behind each.

    [[nodiscard]] std::string text() const {
        return fmt::format(R"({{"config": {{"chainId": 138, {}}}, {} "alloc": {{{}}},
            "difficulty": "0x1", "gasLimit": "0x1c9c380", "timestamp": "{}", "extraData": "{}",
            "mixHash": "{}"}})",
                           config, other, alloc, chain_start, to_hex(extra_data),
                           to_hex(istanbul_mix_hash.bytes));
    }
};

/// What a test wants of a block.
struct BlockWish {
    std::optional<std::size_t> builder{};  ///< By index of the keys; absent: in turn.
    std::optional<std::uint64_t> timestamp{};
    std::optional<qbft::Vote> vote{};
    std::optional<std::vector<Address>> validators{};  ///< Absent: the right ones.
    std::uint32_t round = 0;
};

/// A chain in memory whose blocks the keys seal.
class SealedChain {
public:
    explicit SealedChain(GenesisText genesis, std::size_t keys = 4, QbftOptions options = {})
        : keys_{sorted_keys(keys)}, genesis{parse(std::move(genesis), addresses())} {
        options.now = [this] { return now; };
        rules = make_qbft_consensus(this->genesis, config, std::move(options)).value();
        chain.emplace(*database, this->genesis, *rules);
    }

    [[nodiscard]] Address address(std::size_t index) const {
        return crypto::address_of(crypto::public_key(keys_.at(index)));
    }
    [[nodiscard]] std::vector<Address> addresses() const {
        std::vector<Address> all;
        for (std::size_t i = 0; i < keys_.size(); ++i) all.push_back(address(i));
        return all;
    }
    [[nodiscard]] const ValidatorSets& sets() const { return rules->validator_sets(); }
    [[nodiscard]] Header head() const { return chain->view()->head().header; }
    [[nodiscard]] std::vector<Address> validators() const {
        const auto found = sets().after_head(*chain);
        EXPECT_TRUE(found) << found.error();
        return found.value_or(std::vector<Address>{});
    }

    /// A valid block on the head, but for its seals.
    [[nodiscard]] Block build(const BlockWish& wish = {}) {
        const auto number = head().number + 1;
        const auto timestamp = wish.timestamp.value_or(head().timestamp + 1);
        qbft::ExtraData extra_data;
        extra_data.vanity.resize(32);
        extra_data.round = wish.round;
        extra_data.vote = wish.vote;
        if (wish.validators)
            extra_data.validators = *wish.validators;
        else if (!sets().uses_contract_after(head()))
            extra_data.validators = validators();

        blockchain::BlockAttributes attributes;
        attributes.timestamp = timestamp;
        attributes.coinbase = address(wish.builder.value_or(number % keys_.size()));
        attributes.extra_data = config.of_block(number).protocol == qbft::Protocol::ibft2
                                    ? qbft::ibft2::encode_extra_data(extra_data)
                                    : qbft::encode_extra_data(extra_data);
        attributes.prev_randao = istanbul_mix_hash;
        NoCandidates nothing;
        return blockchain::build_block(*chain, attributes, nothing, {})->block;
    }
    /// With seals of those keys, by index.
    [[nodiscard]] Block seal(Block block, const std::vector<std::size_t>& by) const {
        auto& header = block.header;
        const bool is_ibft2 = config.of_block(header.number).protocol == qbft::Protocol::ibft2;
        auto extra_data = is_ibft2 ? qbft::ibft2::decode_extra_data(header.extra_data).value()
                                   : qbft::decode_extra_data(header.extra_data).value();
        const auto hash =
            is_ibft2 ? qbft::ibft2::committed_seal_hash(header) : qbft::committed_seal_hash(header);
        extra_data.seals.clear();
        for (const auto index : by) extra_data.seals.push_back(crypto::sign(hash, keys_.at(index)));
        header.extra_data = is_ibft2 ? qbft::ibft2::encode_extra_data(extra_data)
                                     : qbft::encode_extra_data(extra_data);
        return block;
    }
    [[nodiscard]] Block seal(Block block) const {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (std::ranges::binary_search(validators(), address(i))) members.push_back(i);
        }
        return seal(std::move(block), members);
    }
    /// Why the chain refuses the block; empty: it took it.
    std::string refusal(const Block& block) {
        const auto imported = chain->import(block);
        return imported ? "" : to_string(imported.error());
    }
    void extend(const BlockWish& wish = {}) { EXPECT_EQ(refusal(seal(build(wish))), ""); }
    void extend_to(std::uint64_t number) {
        while (head().number < number) extend();
    }

private:
    class NoCandidates final : public blockchain::TransactionSource {
    public:
        std::optional<Candidate> next() override { return std::nullopt; }
        void report(blockchain::Selection, std::optional<TransactionError>) override {}
    };

    // A text without extra data gets all keys for validators.
    Genesis parse(GenesisText text, std::vector<Address> all) {
        const auto parse_text = [](const std::string& json) {
            auto parsed = parse_genesis(json);
            if (!parsed) throw std::runtime_error{to_string(parsed.error())};
            return *std::move(parsed);
        };
        auto parsed = parse_text(text.text());
        auto found = qbft::parse_config(parsed);
        if (!found) throw std::runtime_error{to_string(found.error())};
        config = found->value();
        if (!parsed.extra_data.empty()) return parsed;
        const qbft::ExtraData extra_data{.vanity = Bytes(32), .validators = std::move(all)};
        parsed.extra_data = config.of_block(0).protocol == qbft::Protocol::ibft2
                                ? qbft::ibft2::encode_extra_data(extra_data)
                                : qbft::encode_extra_data(extra_data);
        return parsed;
    }

    std::vector<crypto::SecretKey> keys_;

public:
    qbft::Config config;
    Genesis genesis;
    std::chrono::seconds now{chain_start + 1'000'000};
    std::unique_ptr<QbftConsensus> rules;
    std::unique_ptr<storage::Database> database = storage::Database::open({.in_memory = true});
    std::optional<blockchain::Chain> chain;
};

}  // namespace meta138::consensus::test
