// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/processes.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::op {

// What a supervisor keeps in the folder run/ of a network: supervisor.lock, up.lock, control.sock,
// supervisor.log, and <name>.pid of what runs.

std::filesystem::path run_folder(const std::filesystem::path& network_folder);

/// Locks a file in run/, which is made for the owner alone if it is not there; absent if another
/// process has the lock.
[[nodiscard]] std::optional<Descriptor> lock_run_folder(const std::filesystem::path& network_folder,
                                                        std::string_view name = "supervisor.lock");

/// A process that run/<name>.pid names and that is still the same one.
[[nodiscard]] std::optional<int> find_running(const std::filesystem::path& network_folder,
                                              std::string_view name);
void write_pid_file(const std::filesystem::path& network_folder, std::string_view name, int pid);
void remove_pid_file(const std::filesystem::path& network_folder, std::string_view name);

/// Listens at run/control.sock, or connects there (absent: nobody listens). However long the
/// folder's path is, which the addresses of Unix sockets cannot hold.
[[nodiscard]] Descriptor listen_for_control(const std::filesystem::path& network_folder);
[[nodiscard]] std::optional<Descriptor> connect_to_control(
    const std::filesystem::path& network_folder);

/// The last lines of a file, at most `count`, indented for a log.
[[nodiscard]] std::string last_lines(const std::filesystem::path& file, std::size_t count);

/// Renames LOG.1 to LOG.2 and so on, copies LOG to LOG.1 and empties it, once it is larger than
/// that. Whoever writes to it by appending goes on at its start.
void rotate_log(const std::filesystem::path& log, std::uintmax_t largest, unsigned kept);

}  // namespace meta138::op
