// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/config.hpp"

#include <span>
#include <string>
#include <string_view>

namespace meta138::oracle {

/// Letters, digits and ` _./:-@`, 1 to 64 of them: it needs no escaping in JSON.
[[nodiscard]] bool is_symbol(std::string_view text) noexcept;

/// Replaces `{symbol}`, `{symbol:lower}` and `{symbol:upper}`; other braces stay.
[[nodiscard]] std::string render(std::string_view pattern, std::string_view symbol);

/// What to send to hear of these symbols: one message with all of them, or one for each.
[[nodiscard]] std::vector<std::string> render_subscriptions(const StreamDialect& dialect,
                                                            std::span<const std::string> symbols);

}  // namespace meta138::oracle
