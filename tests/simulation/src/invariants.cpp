// SPDX-License-Identifier: Apache-2.0
#include "invariants.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/qbft/validators.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::simulation {

namespace {

/// What of a message is signed: of those with a list of proofs behind it the first item.
Hash32 signed_part(qbft::MessageCode code, ByteView payload) {
    if (code == qbft::MessageCode::prepare || code == qbft::MessageCode::commit)
        return crypto::keccak256(payload);
    auto message = rlp::Reader::list(payload);
    return crypto::keccak256(message.raw_item());
}

}  // namespace

std::optional<std::string> Invariants::on_committed(const Block& block,
                                                    const std::vector<Address>& validators) {
    const auto& header = block.header;
    const auto hash = qbft::on_chain_hash(header);
    const auto [at, is_new] = committed_.emplace(header.number, hash);
    if (!is_new && at->second != hash)
        return fmt::format("FORK: two blocks #{}: {} and {}", header.number,
                           to_hex(at->second.bytes), to_hex(hash.bytes));
    if (!checked_.insert(block_hash(header)).second) return std::nullopt;
    const auto extra = qbft::decode_extra_data(header.extra_data);
    if (!extra) return fmt::format("block #{} has extra data that is none", header.number);
    const auto sealed = qbft::committed_seal_hash(header);
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
    if (!is_new && at->second != what)
        return fmt::format("{} signed two different messages 0x{:x} for height {} round {}",
                           to_hex(author.bytes), static_cast<unsigned>(code), slot.number,
                           slot.round);
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
