// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace meta138::signer {

/// What a node means when it refuses a raw transaction.
enum class SubmissionError : std::uint8_t {
    already_known,            ///< It has this very transaction: as good as accepted.
    nonce_too_low,            ///< The nonce is used up.
    replacement_underpriced,  ///< Another transaction waits with this nonce.
    nonce_too_high,           ///< It does not take one so far ahead of the account's.
    busy,                     ///< Pool full, rate limit, node syncing: try again.
    refused,                  ///< This transaction, as it is: funds, gas, fees, permissions, form.
};

/// By code and text as Besu, geth, Nethermind, Erigon, OpenEthereum and meta138-node word it; the
/// text decides, letter case does not matter. What nobody knows is `refused`.
[[nodiscard]] SubmissionError classify_submission_error(std::int64_t code,
                                                        std::string_view message) noexcept;
[[nodiscard]] std::string_view to_string(SubmissionError error) noexcept;

}  // namespace meta138::signer
