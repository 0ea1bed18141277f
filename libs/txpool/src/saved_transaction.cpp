// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/saved_transaction.hpp"

#include "base64.hpp"

#include <charconv>

namespace meta138::txpool {

std::string_view to_string(SaveError error) noexcept {
    switch (error) {
        case SaveError::empty: return "the line is empty";
        case SaveError::bad_score: return "the score is not a number from -128 to 127";
        case SaveError::bad_origin: return "neither l (local) nor r (remote) follows the score";
        case SaveError::bad_base64: return "what follows the origin is not base64";
        case SaveError::bad_transaction: return "it does not hold a transaction";
    }
    return "";
}

std::string encode_saved_transaction(const SavedTransaction& saved) {
    auto line = std::to_string(saved.score);
    line.push_back(saved.is_local ? 'l' : 'r');
    append_base64(line, encode_pooled_transaction(saved.pooled));
    return line;
}

std::expected<SavedTransaction, SaveError> decode_saved_transaction(std::string_view line) {
    if (line.empty()) return std::unexpected{SaveError::empty};
    SavedTransaction saved;
    if (line.front() != 'l' && line.front() != 'r') {
        const auto [end, error] =
            std::from_chars(line.data(), line.data() + line.size(), saved.score);
        if (error != std::errc{}) return std::unexpected{SaveError::bad_score};
        line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    }
    if (!line.starts_with('l') && !line.starts_with('r'))
        return std::unexpected{SaveError::bad_origin};
    saved.is_local = line.starts_with('l');
    const auto bytes = decode_base64(line.substr(1));
    if (!bytes) return std::unexpected{SaveError::bad_base64};
    auto pooled = decode_pooled_transaction(*bytes);
    if (!pooled) return std::unexpected{SaveError::bad_transaction};
    saved.pooled = *std::move(pooled);
    return saved;
}

}  // namespace meta138::txpool
