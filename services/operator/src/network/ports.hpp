// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace meta138::op {

/// Nobody listens on this port of 127.0.0.1, and we may.
[[nodiscard]] bool is_free_port(std::uint16_t port);

/// Who listens there, as far as one may know: "process 4711 (nginx)", or "another process".
[[nodiscard]] std::string who_listens_on(std::uint16_t port);

}  // namespace meta138::op
