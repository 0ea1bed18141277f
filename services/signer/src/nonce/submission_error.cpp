// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/submission_error.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace meta138::signer {
namespace {

struct Wording {
    std::string_view text;  // in lower case, somewhere in the message
    SubmissionError error;
};

// The first that fits decides.
constexpr std::array wordings{
    // Besu and meta138-node; "AlreadyKnown" is Nethermind's, the imported one OpenEthereum's.
    Wording{"known transaction", SubmissionError::already_known},
    Wording{"already known", SubmissionError::already_known},
    Wording{"alreadyknown", SubmissionError::already_known},
    Wording{"already imported", SubmissionError::already_known},
    Wording{"already exists", SubmissionError::already_known},
    // geth: "nonce too low: next nonce 5, tx nonce 3"; Nethermind: "OldNonce"; Erigon, Besu.
    Wording{"nonce too low", SubmissionError::nonce_too_low},
    Wording{"nonce is too low", SubmissionError::nonce_too_low},
    Wording{"oldnonce", SubmissionError::nonce_too_low},
    Wording{"below sender account nonce", SubmissionError::nonce_too_low},
    // geth: "replacement transaction underpriced", "could not replace existing tx" is Erigon's.
    Wording{"replacement", SubmissionError::replacement_underpriced},
    Wording{"could not replace", SubmissionError::replacement_underpriced},
    Wording{"replacementnotallowed", SubmissionError::replacement_underpriced},
    Wording{"another transaction with same nonce", SubmissionError::replacement_underpriced},
    // Besu: "Transaction nonce is too distant from current sender nonce"; geth: "nonce too high".
    Wording{"nonce too high", SubmissionError::nonce_too_high},
    Wording{"nonce too distant", SubmissionError::nonce_too_high},
    Wording{"nonce is too distant", SubmissionError::nonce_too_high},
    Wording{"noncegap", SubmissionError::nonce_too_high},
    Wording{"nonce gap", SubmissionError::nonce_too_high},
    Wording{"gapped-nonce", SubmissionError::nonce_too_high},
    // "txpool is full", "Transaction pool is full", "its sender has its share of the pool" is
    // meta138-node's; rate limits of gateways, a node that starts.
    Wording{"pool_full", SubmissionError::busy},
    Wording{"share of the pool", SubmissionError::busy},
    Wording{"sender_limit_exceeded", SubmissionError::busy},
    Wording{"sync is still in progress", SubmissionError::busy},
    Wording{"pool is full", SubmissionError::busy},
    Wording{"txpool full", SubmissionError::busy},
    Wording{"pool overflow", SubmissionError::busy},
    Wording{"accountlimitexceeded", SubmissionError::busy},
    Wording{"account limit exceeded", SubmissionError::busy},
    Wording{"too many requests", SubmissionError::busy},
    Wording{"rate limit", SubmissionError::busy},
    Wording{"try again", SubmissionError::busy},
    Wording{"syncing", SubmissionError::busy},
    Wording{"timed out", SubmissionError::busy},
    Wording{"timeout", SubmissionError::busy},
};

// A node that fails has not said no.
constexpr std::int64_t internal_error = -32603;
constexpr std::int64_t limit_exceeded = -32005;  // EIP-1474
constexpr std::int64_t too_many_requests = 429;  // what gateways put there

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

SubmissionError classify_submission_error(std::int64_t code, std::string_view message) noexcept {
    const auto same = [](char a, char b) { return lower(a) == b; };
    for (const auto& [text, error] : wordings) {
        if (!std::ranges::search(message, text, same).empty()) return error;
    }
    const bool is_busy =
        code == internal_error || code == limit_exceeded || code == too_many_requests;
    return is_busy ? SubmissionError::busy : SubmissionError::refused;
}

std::string_view to_string(SubmissionError error) noexcept {
    switch (error) {
        case SubmissionError::already_known: return "already known";
        case SubmissionError::nonce_too_low: return "nonce too low";
        case SubmissionError::replacement_underpriced: return "replacement underpriced";
        case SubmissionError::nonce_too_high: return "nonce too high";
        case SubmissionError::busy: return "busy";
        case SubmissionError::refused: return "refused";
    }
    return "refused";
}

}  // namespace meta138::signer
