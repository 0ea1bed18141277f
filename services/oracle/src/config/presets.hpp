// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/config.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace meta138::oracle {

/// The names of the dialects that are built in.
[[nodiscard]] std::span<const std::string_view> preset_names() noexcept;

/// How an exchange's public price stream is spoken.
[[nodiscard]] std::optional<StreamDialect> find_preset(std::string_view name);

}  // namespace meta138::oracle
