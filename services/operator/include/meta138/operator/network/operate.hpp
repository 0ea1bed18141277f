// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/network/control.hpp"
#include "meta138/operator/network/network_file.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// A line for people of what is being done.
using Say = std::function<void(std::string_view line)>;

struct UpOptions {
    std::filesystem::path folder = "network";
    /// For the nodes to make blocks, and for each service to start.
    std::chrono::milliseconds patience{60'000};
};

/// Starts what does not run, waits until blocks are made, deploys what the chain lacks. Changes
/// nothing that runs. Throws NetworkError.
void bring_up(const UpOptions& options, const Say& say);

/// Ends everything in order, then the supervisor. Throws NetworkError.
void bring_down(const std::filesystem::path& folder, const Say& say);

/// A process and, for nodes, what it says of itself.
struct ProcessReport {
    NetworkProcess process;
    SupervisedProcess supervised;
    std::int64_t height = -1;  ///< -1: unknown
    std::int64_t peers = -1;
    std::string head_hash;
    std::string problem;  ///< Why it does not answer; empty: it does.
};

struct NetworkStatus {
    NetworkFile network;
    bool is_supervised = false;
    std::vector<ProcessReport> processes;
};

/// Works as well when nothing runs. Throws NetworkError if there is no network.
[[nodiscard]] NetworkStatus status_of(const std::filesystem::path& folder);
[[nodiscard]] std::string to_text(const NetworkStatus& status);
[[nodiscard]] std::string to_json(const NetworkStatus& status);

/// One process, by the supervisor; waits until it is as asked. Throws NetworkError.
void restart_process(const std::filesystem::path& folder, const std::string& name);
void kill_process(const std::filesystem::path& folder, const std::string& name);
void start_process(const std::filesystem::path& folder, const std::string& name);
void stop_process(const std::filesystem::path& folder, const std::string& name);

/// Ends everything and removes the folder. Throws NetworkError.
void destroy_network(const std::filesystem::path& folder, const Say& say);

/// Prints the last `lines` of a process's log, and what is added to it until stopped, if `follow`.
void show_log(const std::filesystem::path& folder, const std::string& name, std::size_t lines,
              bool follow);

}  // namespace meta138::op
