// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <optional>
#include <string>

/// What the programs ask of the process they are.
namespace meta138 {

/// The value of a variable of the environment. Nothing here changes the environment, so any thread
/// may ask.
[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);

/// Whether text written to this file descriptor may have colours: a terminal, and NO_COLOR is
/// empty or not set (no-color.org).
[[nodiscard]] bool may_colour(int descriptor);

/// Raises the limit of open files as far as the system lets this user: each connection is one, and
/// so is each table of a database.
void raise_open_file_limit() noexcept;

/// SIGINT and SIGTERM, blocked in this thread and in those started later, so that only wait() sees
/// them; and SIGPIPE, which OpenSSL may cause, ignored. Made in main() before any thread.
class StopSignals {
public:
    StopSignals() noexcept;

    /// Blocks until one of them comes; says which.
    int wait() const noexcept;

private:
    sigset_t set_{};
};

}  // namespace meta138
