// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/network/network_file.hpp"
#include "meta138/operator/network/supervisor.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::op {

/// One process as its supervisor knows it.
struct SupervisedProcess {
    std::string name;
    ProcessState state = ProcessState::stopped;
    int pid = 0;  ///< 0: none
    std::chrono::milliseconds in_state_for{};
    unsigned restarts = 0;
    bool is_flapping = false;
    std::string last_exit;  ///< "was killed by SIGKILL"; empty: it has not ended yet.
    std::uint64_t resident_bytes = 0;
};

/// A connection with the supervisor of a network's folder: a Unix socket, one JSON object a line in
/// either direction. Throws NetworkError when it goes away.
class Control {
public:
    /// Absent if no supervisor runs there.
    [[nodiscard]] static std::optional<Control> connect(const std::filesystem::path& folder);
    Control(Control&& other) noexcept;
    Control& operator=(Control&& other) noexcept;
    ~Control();

    [[nodiscard]] std::vector<SupervisedProcess> status();
    /// These return when the supervisor has taken note; what it does then takes its time.
    void start(const std::vector<std::string>& names);
    void stop(const std::vector<std::string>& names);
    void restart(const std::string& name);
    void kill(const std::string& name);
    void reload();     ///< It reads network.toml again.
    void shut_down();  ///< It ends all, then itself.
    [[nodiscard]] int supervisor_pid();

    struct Stream;

private:
    explicit Control(std::unique_ptr<Stream> stream);
    std::unique_ptr<Stream> stream_;
};

/// A supervisor holds the lock of run/supervisor.lock for as long as it lives.
[[nodiscard]] bool is_supervised(const std::filesystem::path& folder);

}  // namespace meta138::op
