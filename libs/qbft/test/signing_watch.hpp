// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/keccak.hpp"
#include "meta138/qbft/core.hpp"
#include "meta138/qbft/extra_data.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace meta138::qbft::test {

/// Watches what one validator sends of its own: it never signs against itself, over all restarts,
/// and what it sends is on its disk.
class SigningWatch {
public:
    /// Empty: all is well.
    std::string check(const Send& message, const std::optional<SafetyRecord>& disk) {
        const ByteView payload{*message.payload};
        switch (message.code) {
            case MessageCode::proposal: {
                const auto it = decode_proposal(payload)->proposal.payload;
                return check(message.code, it, committed_seal_hash(it.block->header), disk);
            }
            case MessageCode::prepare: {
                const auto it = decode_prepare(payload)->payload;
                return check(message.code, it, it.digest, disk);
            }
            case MessageCode::commit: {
                const auto it = decode_commit(payload)->payload;
                return check(message.code, it, it.digest, disk);
            }
            case MessageCode::round_change:
                return check(message.code, decode_round_change(payload)->round_change.payload,
                             crypto::keccak256(payload), disk);
        }
        return "sent a message of no kind";
    }

private:
    template <typename Payload>
    std::string check(MessageCode code, const Payload& payload, const Hash32& digest,
                      const std::optional<SafetyRecord>& disk) {
        const auto where = " (code " + std::to_string(static_cast<int>(code)) + ") at " +
                           std::to_string(payload.sequence) + "/" + std::to_string(payload.round);
        const auto [it, is_new] =
            signed_.try_emplace({code, payload.sequence, payload.round}, digest);
        if (it->second != digest) return "signed two different messages" + where;
        auto& highest = highest_[payload.sequence];
        if (is_new && payload.round < highest) return "signed for a round it had left" + where;
        highest = std::max(highest, payload.round);
        if (!is_on(disk, code, payload.sequence, payload.round, digest))
            return "sent what was not on disk" + where;
        return {};
    }

    static bool is_on(const std::optional<SafetyRecord>& disk, MessageCode code,
                      std::uint64_t number, std::uint32_t round, const Hash32& digest) {
        if (!disk || disk->number != number || disk->round < round) return false;
        // A record of a higher round forbids all that one of this round would.
        if (disk->round > round)
            return code != MessageCode::commit ||
                   (disk->certificate && disk->certificate->round >= round);
        switch (code) {
            case MessageCode::proposal: return disk->proposed == digest;
            case MessageCode::prepare: return disk->prepared == digest;
            case MessageCode::commit:
                return disk->committed == digest && disk->certificate &&
                       disk->certificate->round == round;
            case MessageCode::round_change: return crypto::keccak256(disk->round_change) == digest;
        }
        return false;
    }

    std::map<std::tuple<MessageCode, std::uint64_t, std::uint32_t>, Hash32> signed_;
    std::map<std::uint64_t, std::uint32_t> highest_;  // round, by height
};

}  // namespace meta138::qbft::test
