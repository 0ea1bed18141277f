// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/network/supervisor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::op {

/// A file descriptor that is closed at the end.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int descriptor) noexcept : descriptor_{descriptor} {}
    Descriptor(Descriptor&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const noexcept { return descriptor_; }
    explicit operator bool() const noexcept { return descriptor_ >= 0; }

private:
    int descriptor_ = -1;
};

/// A process that outlives us: in a session of its own, with no terminal, its output at the end of
/// a file.
struct DetachedCommand {
    std::vector<std::string> words;  ///< The program, as a path, and its arguments.
    std::filesystem::path folder;    ///< To run in.
    std::filesystem::path log;
    /// Otherwise its environment is ours without BESU_*, WEB3SIGNER_* and META138_*, which would
    /// count before what its files say.
    bool keeps_environment = false;
};

/// Starts it. Throws NetworkError.
int start_detached(const DetachedCommand& command);

/// Runs a command to its end, in this folder; returns how it ended and all that it wrote.
struct CommandResult {
    ProcessExit exit;
    std::string output;
};
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& words);

/// Where a program is: $META138_<NAME> aside (META138_NODE for meta138-node), a path as it is; a
/// name beside this program, in the build's folder, or in PATH. Throws NetworkError.
[[nodiscard]] std::filesystem::path find_program(std::string_view name);
[[nodiscard]] std::optional<std::filesystem::path> try_find_program(std::string_view name);

/// A descriptor that becomes readable when the process ends, and that means this process whatever
/// becomes of its id; none if there is no such process.
[[nodiscard]] Descriptor open_process(int pid);
void signal_process(const Descriptor& process, int signal);
/// How a process has ended that a descriptor of open_process() tells has.
[[nodiscard]] ProcessExit exit_of_process(const Descriptor& process);

/// When a process started, in ticks since the system did: with the id it names a process for
/// ever. Absent if there is no such process, or it has ended and nobody has asked how.
[[nodiscard]] std::optional<std::uint64_t> start_time_of(int pid);
/// Bytes of memory that are resident; 0 if there is no such process.
[[nodiscard]] std::uint64_t resident_bytes_of(int pid);

}  // namespace meta138::op
