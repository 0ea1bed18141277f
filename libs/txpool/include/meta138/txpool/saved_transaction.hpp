// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/types/pooled_transaction.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace meta138::txpool {

/// A transaction as a line of a save file or journal keeps it.
struct SavedTransaction {
    std::int8_t score = 127;
    bool is_local = false;
    PooledTransaction pooled;

    friend bool operator==(const SavedTransaction&, const SavedTransaction&) = default;
};

enum class SaveError : std::uint8_t {
    empty,           ///< No text.
    bad_score,       ///< A number outside -128 ... 127.
    bad_origin,      ///< Neither `l` nor `r` after the score.
    bad_base64,      ///< Of the rest.
    bad_transaction  ///< No pooled transaction.
};
std::string_view to_string(SaveError error) noexcept;

/// Besu's form, without the end of line: `<score><l|r><base64 of the pooled form>`, for example
/// "127lAvh0...".
[[nodiscard]] std::string encode_saved_transaction(const SavedTransaction& saved);

/// Also reads lines without a score, as older releases of Besu wrote them.
[[nodiscard]] std::expected<SavedTransaction, SaveError> decode_saved_transaction(
    std::string_view line);

}  // namespace meta138::txpool
