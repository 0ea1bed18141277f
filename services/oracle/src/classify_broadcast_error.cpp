// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/submitter.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace meta138::oracle {
namespace {

struct Phrase {
    std::string_view text;  // in lower case
    std::optional<BroadcastError::Kind> kind;
};

using enum BroadcastError::Kind;

// The first that a message contains counts: the particular stand before the general.
constexpr auto phrases = std::to_array<Phrase>({
    {"already known", std::nullopt},  // go-ethereum
    {"alreadyknown", std::nullopt},   // Nethermind
    {"known transaction", std::nullopt},
    {"already imported", std::nullopt},
    {"nonce too low", nonce_too_low},
    {"nonce is too low", nonce_too_low},
    {"oldnonce", nonce_too_low},
    {"replacement", replaces_too_cheap},  // Besu, go-ethereum
    {"could not replace", replaces_too_cheap},
    {"insufficient funds", insufficient_funds},  // go-ethereum, Nethermind
    {"insufficientfunds", insufficient_funds},
    {"upfront cost exceeds", insufficient_funds},  // Besu
    {"insufficient balance", insufficient_funds},
    {"underpriced", underpriced},
    {"fee too low", underpriced},
    {"feetoolow", underpriced},
    {"gas price too low", underpriced},
    {"gas price below", underpriced},  // Besu: configured minimum, current base fee
    {"less than block base fee", underpriced},
    {"below the minimum", underpriced},
    {"pool is full", busy},
    {"pool full", busy},
    {"nonce too high", busy},  // a node that has not seen the one before yet
    {"nonce too distant", busy},
    {"nonce gap", busy},
    {"too many", busy},
    {"limit exceeded", busy},
    {"rate limit", busy},
    {"not in sync", busy},
    {"not yet in sync", busy},
    {"world state not available", busy},
    {"timeout", busy},
    {"timed out", busy},
    {"internal error", busy},
});

// JSON-RPC 2.0 section 5.1: the server's own fault; EIP-1474: limit exceeded, resource unavailable.
constexpr std::array<std::int64_t, 3> passing_codes = {-32603, -32005, -32002};

}  // namespace

std::optional<BroadcastError> classify_broadcast_error(std::int64_t code,
                                                       std::string_view message) {
    std::string lower{message};
    std::ranges::transform(lower, lower.begin(), [](char each) {
        return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
    });
    for (const auto& phrase : phrases) {
        if (!lower.contains(phrase.text)) continue;
        if (!phrase.kind) return std::nullopt;
        return BroadcastError{.kind = *phrase.kind, .detail = std::string{message}};
    }
    const bool passes = std::ranges::find(passing_codes, code) != passing_codes.end();
    return BroadcastError{.kind = passes ? busy : rejected, .detail = std::string{message}};
}

}  // namespace meta138::oracle
