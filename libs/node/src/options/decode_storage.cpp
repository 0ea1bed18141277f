// SPDX-License-Identifier: Apache-2.0
#include "options/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace meta138::node {
namespace {

void decode_retention(const Settings& settings, StorageOptions& options) {
    using Keep = StorageOptions::Keep;
    const auto text = settings.text("retention");
    if (!settings.has("retention") && settings.text("Xchain-pruning-enabled") == "ALL") {
        options.keep = Keep::window;
        options.keep_blocks = settings.count("Xchain-pruning-blocks-retained");
        return;
    }
    if (text == "archive") return;
    if (text == "minimal") {
        options.keep = Keep::minimal;
        return;
    }
    std::uint64_t amount = 0;
    const std::string_view rest =
        std::string_view{text}.substr(std::min<std::size_t>(7, text.size()));
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), amount);
    const std::string_view unit{end, static_cast<std::size_t>(rest.data() + rest.size() - end)};
    constexpr std::uint64_t max_days = 36'500;
    if (!text.starts_with("window:") || error != std::errc{} || amount == 0 ||
        !(unit.empty() || (unit == "d" && amount <= max_days)))
        throw OptionError{fmt::format(
            "Invalid value for option '--retention': '{}' is none of archive, minimal, window:N "
            "(blocks), window:Nd (days)",
            text)};
    options.keep = Keep::window;
    if (unit.empty())
        options.keep_blocks = amount;
    else
        options.keep_age = std::chrono::days{amount};
}

}  // namespace

StorageOptions decode_storage(const Settings& settings, bool dev) {
    constexpr std::uint64_t max_cache_mb = std::uint64_t{1} << 20;
    StorageOptions options;
    options.in_memory = settings.text("key-value-storage") == "memory" ||
                        (dev && !settings.has("data-path") && !settings.has("key-value-storage"));
    decode_retention(settings, options);
    options.cache_bytes = std::min(settings.count("storage-cache-mb"), max_cache_mb) << 20;
    options.sync_every_block = settings.flag("storage-sync-enabled");
    options.revert_reasons = settings.flag("revert-reason-enabled");
    return options;
}

}  // namespace meta138::node
