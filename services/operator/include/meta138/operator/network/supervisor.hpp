// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meta138::op {

/// How a process ended.
struct ProcessExit {
    enum class Kind : std::uint8_t {
        code,     ///< It returned `value`.
        signal,   ///< Signal `value` ended it.
        unknown,  ///< It was not our child, so the system told somebody else.
    };
    Kind kind = Kind::unknown;
    int value = 0;

    friend bool operator==(const ProcessExit&, const ProcessExit&) = default;
};

/// "was killed by SIGKILL", "ended with exit code 1", "ended".
[[nodiscard]] std::string to_string(const ProcessExit& exit);

enum class ProcessState : std::uint8_t {
    stopped,   ///< Not running, and not to run.
    starting,  ///< The shell has been told to start it.
    running,
    stopping,  ///< Told to end; killed when its grace is over.
    waiting,   ///< Ended by itself; starts again when its delay is over.
};

[[nodiscard]] std::string_view to_string(ProcessState state) noexcept;

/// When what ended by itself starts again.
struct RestartPolicy {
    std::chrono::milliseconds first_delay{200};
    std::chrono::milliseconds longest_delay{30'000};  ///< Delays double up to this.
    double jitter = 0.2;  ///< Delays vary by this share, so that what failed together does not
                          ///< start together for ever.
    /// Who ran this long starts with the first delay again.
    std::chrono::milliseconds stable_after{20'000};
    /// That many ends within the window are flapping: the longest delay at once.
    unsigned flapping_exits = 5;
    std::chrono::milliseconds flapping_window{60'000};
    /// Between being told to end and being killed.
    std::chrono::milliseconds grace{10'000};
};

/// What the shell is to do.
namespace supervise {
struct Start {
    std::string name;
    friend bool operator==(const Start&, const Start&) = default;
};
struct Terminate {
    std::string name;
    friend bool operator==(const Terminate&, const Terminate&) = default;
};
struct Kill {
    std::string name;
    friend bool operator==(const Kill&, const Kill&) = default;
};
/// A process ended by itself and will start again.
struct ReportCrash {
    std::string name;
    ProcessExit exit;
    std::chrono::milliseconds delay{};
    bool is_flapping = false;
    friend bool operator==(const ReportCrash&, const ReportCrash&) = default;
};
/// Everything has ended after shut_down().
struct Finish {
    friend bool operator==(const Finish&, const Finish&) = default;
};
using Action = std::variant<Start, Terminate, Kill, ReportCrash, Finish>;
using Actions = std::vector<Action>;
}  // namespace supervise

/// What is known of one process.
struct ProcessStatus {
    ProcessState state = ProcessState::stopped;
    int pid = 0;                                    ///< 0: none
    std::chrono::steady_clock::time_point since{};  ///< When it came into this state.
    unsigned restarts = 0;                          ///< After ends of its own accord.
    bool is_flapping = false;
    std::optional<ProcessExit> last_exit;
};

/// Keeps processes running: decides what to start, end and start again, and when.
///
/// Starts nothing, signals nobody, reads no clock: each step returns the actions for the shell to
/// carry out, and next_deadline() says when to call on_time(). Times are steady and never go back.
/// Names that it does not know are ignored: they may have been removed a moment ago.
class Supervisor {
public:
    using Time = std::chrono::steady_clock::time_point;

    Supervisor(const RestartPolicy& policy, std::uint64_t seed) : policy_{policy}, random_{seed} {}

    /// A process that is not running yet. On shutting down lower stages end first; a known name
    /// gets the stage.
    void add(const std::string& name, unsigned stage);
    /// Forgets a process that is stopped; false if it is not.
    bool remove(const std::string& name);

    /// It is to run; nothing happens if it does, or while all shuts down.
    [[nodiscard]] supervise::Actions start(const std::string& name, Time now);
    [[nodiscard]] supervise::Actions stop(const std::string& name, Time now);
    /// Ends and starts it; starts it if it does not run.
    [[nodiscard]] supervise::Actions restart(const std::string& name, Time now);
    /// Ends it without notice. It starts again as after a crash.
    [[nodiscard]] supervise::Actions kill(const std::string& name, Time now);
    /// Ends all, stage after stage, lowest first.
    [[nodiscard]] supervise::Actions shut_down(Time now);

    /// It runs: because of Start, or it was found running.
    void on_started(const std::string& name, int pid, Time now);
    /// Start failed.
    [[nodiscard]] supervise::Actions on_start_failed(const std::string& name, Time now);
    [[nodiscard]] supervise::Actions on_exit(const std::string& name, const ProcessExit& exit,
                                             Time now);
    [[nodiscard]] supervise::Actions on_time(Time now);
    [[nodiscard]] std::optional<Time> next_deadline() const;

    [[nodiscard]] const ProcessStatus* find(const std::string& name) const;
    [[nodiscard]] bool is_shutting_down() const noexcept { return is_shutting_down_; }

private:
    struct Process {
        unsigned stage = 0;
        ProcessStatus status;
        bool is_wanted = false;
        std::chrono::milliseconds delay{};  ///< The last one; 0: none yet.
        std::vector<Time> exits;            ///< Within the flapping window.
        std::optional<Time> deadline;       ///< Of the grace, or of the delay.
    };

    Process* find_process(const std::string& name);
    void enter(Process& process, ProcessState state, Time now) const;
    void begin_start(const std::string& name, Process& process, Time now,
                     supervise::Actions& actions) const;
    void begin_stop(const std::string& name, Process& process, Time now,
                    supervise::Actions& actions) const;
    supervise::Actions after_crash(const std::string& name, Process& process,
                                   const ProcessExit& exit, Time now);
    std::chrono::milliseconds with_jitter(std::chrono::milliseconds delay);
    void go_on_shutting_down(Time now, supervise::Actions& actions);

    RestartPolicy policy_;
    std::mt19937_64 random_;
    std::map<std::string, Process> processes_;
    bool is_shutting_down_ = false;
    bool is_finished_ = false;
};

}  // namespace meta138::op
