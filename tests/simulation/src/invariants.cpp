// SPDX-License-Identifier: Apache-2.0
#include "invariants.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"
#include "meta138/qbft/validators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>

namespace meta138::simulation {

namespace {

/// What of a message is signed: of those with a list of proofs behind it the first item.
Hash32 signed_part(qbft::MessageCode code, ByteView payload) {
    if (code == qbft::MessageCode::prepare || code == qbft::MessageCode::commit)
        return crypto::keccak256(payload);
    auto message = rlp::Reader::list(payload);
    return crypto::keccak256(message.raw_item());
}

bool is_ibft2(const Header& header, const qbft::Config& config) {
    return config.of_block(header.number).protocol == qbft::Protocol::ibft2;
}

}  // namespace

std::optional<std::string> Invariants::on_committed(const Block& block,
                                                    const std::vector<Address>& validators) {
    const auto& header = block.header;
    const auto hash = is_ibft2(header, config_) ? qbft::ibft2::on_chain_hash(header)
                                                : qbft::on_chain_hash(header);
    const auto [at, is_new] =
        committed_.emplace(header.number, Committed{.hash = hash, .timestamp = header.timestamp});
    if (!is_new && at->second.hash != hash)
        return fmt::format("FORK: two blocks #{}: {} and {}", header.number,
                           to_hex(at->second.hash.bytes), to_hex(hash.bytes));
    if (!checked_.insert(block_hash(header)).second) return std::nullopt;
    if (auto broken = check_place(header, validators)) return broken;
    return check_seals(header, validators);
}

std::optional<std::string> Invariants::check_place(const Header& header,
                                                   const std::vector<Address>& validators) const {
    const auto number = header.number;
    if (!std::ranges::binary_search(validators, header.coinbase))
        return fmt::format("block #{} was made by {}, no validator", number,
                           to_hex(header.coinbase.bytes));
    if (number == 1) return std::nullopt;
    const auto parent = committed_.find(number - 1);
    if (parent == committed_.end() || parent->second.hash != header.parent_hash)
        return fmt::format("block #{} does not stand on the block before it", number);
    const auto period = std::chrono::floor<std::chrono::seconds>(
        config_.of_block(number).rules_at(number, header.timestamp).block_period);
    if (header.timestamp < parent->second.timestamp + static_cast<std::uint64_t>(period.count()))
        return fmt::format("block #{} came before the period of {} s was over", number,
                           period.count());
    return std::nullopt;
}

std::optional<std::string> Invariants::check_seals(const Header& header,
                                                   const std::vector<Address>& validators) const {
    const bool is_old = is_ibft2(header, config_);
    const auto extra = is_old ? qbft::ibft2::decode_extra_data(header.extra_data)
                              : qbft::decode_extra_data(header.extra_data);
    if (!extra) return fmt::format("block #{} has extra data that is none", header.number);
    const auto sealed =
        is_old ? qbft::ibft2::committed_seal_hash(header) : qbft::committed_seal_hash(header);
    std::set<Address> sealers;
    for (const auto& seal : extra->seals) {
        const auto sealer = crypto::recover_address(sealed, seal);
        if (!sealer || !std::ranges::binary_search(validators, *sealer))
            return fmt::format("block #{} has a seal of a stranger", header.number);
        if (!sealers.insert(*sealer).second)
            return fmt::format("block #{} has two seals of one validator", header.number);
    }
    if (sealers.size() < qbft::quorum(validators.size()))
        return fmt::format("block #{} has {} seals of {} validators", header.number, sealers.size(),
                           validators.size());
    return std::nullopt;
}

std::optional<std::string> Invariants::on_signed(const Address& author, qbft::MessageCode code,
                                                 ByteView payload) {
    const auto view = qbft::peek(code, payload);
    if (!view) return "an honest validator sent what is no message";
    const Slot slot{.author = author, .number = view->sequence, .round = view->round, .code = code};
    const auto what = signed_part(code, payload);
    const auto [at, is_new] = signed_.emplace(slot, what);
    if (is_new) return check_rounds(slot, payload);
    if (at->second != what)
        return fmt::format("{} signed two different messages 0x{:x} for height {} round {}",
                           to_hex(author.bytes), static_cast<unsigned>(code), slot.number,
                           slot.round);
    return std::nullopt;
}

// Safety over rounds: what a validator may have helped to decide it shows in every later round, and
// it helps with nothing that its RoundChange did not show.
std::optional<std::string> Invariants::check_rounds(const Slot& slot, ByteView payload) {
    auto& word = words_[{slot.author, slot.number}];
    const auto broken = [&](std::string_view how) {
        return fmt::format("{} at height {} round {} {}", to_hex(slot.author.bytes), slot.number,
                           slot.round, how);
    };
    switch (slot.code) {
        case qbft::MessageCode::proposal: return std::nullopt;
        case qbft::MessageCode::prepare:
            if (slot.round < word.round) return broken("prepares in a round that it has left");
            return std::nullopt;
        case qbft::MessageCode::commit:
            if (slot.round < word.round) return broken("commits in a round that it has left");
            word.committed = std::max(word.committed.value_or(0), slot.round);
            return std::nullopt;
        case qbft::MessageCode::round_change: break;
    }
    word.round = std::max(word.round, slot.round);
    const auto message = qbft::decode_round_change(payload);
    if (!message) return broken("sent a RoundChange that cannot be decoded");
    const auto& prepared = message->round_change.payload.prepared;
    if (word.committed && *word.committed < slot.round &&
        (!prepared || prepared->prepared_round < *word.committed))
        return broken("hides in its RoundChange what it committed to");
    return std::nullopt;
}

std::optional<std::string> Invariants::check_memory(const qbft::Core::Status& status,
                                                    std::size_t future_messages_limit) {
    if (status.future_messages > future_messages_limit)
        return fmt::format("a core keeps {} future messages", status.future_messages);
    if (status.future_bytes > std::size_t{64} << 20)
        return fmt::format("a core keeps {} bytes of future messages", status.future_bytes);
    return std::nullopt;
}

}  // namespace meta138::simulation
