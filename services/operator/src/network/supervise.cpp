// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/supervise.hpp"

#include "network/control_server.hpp"
#include "network/processes.hpp"
#include "network/run_folder.hpp"

#include "meta138/operator/network/network_file.hpp"
#include "meta138/operator/network/supervisor.hpp"
#include "meta138/telemetry/logging.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <thread>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr std::uintmax_t largest_log = std::uintmax_t{16} << 20;
constexpr unsigned kept_logs = 3;
/// Looking at the folder and at the sizes of logs.
constexpr std::chrono::seconds between_orders{5};
constexpr std::size_t lines_of_a_crash = 5;

/// The supervisor's shell: what the core decides is done here, and what happens is told to it.
class Shell {
public:
    Shell(const fs::path& folder, telemetry::Logger log)
        : folder_{fs::absolute(folder)}, log_{std::move(log)}, lock_{lock(folder_)} {
        if (!lock_)
            throw NetworkError{
                fmt::format("{}: another supervisor runs this network", folder_.string())};
        sigset_t signals;
        sigemptyset(&signals);
        for (const int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, each);
        ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
        signals_ = Descriptor{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
        load();
        adopt();
        control_.emplace(listen_for_control(folder_),
                         [this](const json& request) { return answer(request); });
    }

    void run() {
        while (!is_finished_) {
            wait();
            read_signals();
            reap();
            control_->serve();
            carry_out(core_.on_time(Clock::now()));
            keep_order();
        }
        log_.info("Everything has ended");
    }

private:
    struct Child {
        int pid = 0;
        Descriptor pidfd;
    };

    /// Who only looks whether there is a supervisor holds the lock for a moment.
    static std::optional<Descriptor> lock(const fs::path& folder) {
        constexpr int attempts = 20;
        constexpr std::chrono::milliseconds between{50};
        auto lock = lock_run_folder(folder);
        for (int attempt = 1; !lock && attempt < attempts; ++attempt) {
            std::this_thread::sleep_for(between);
            lock = lock_run_folder(folder);
        }
        return lock;
    }

    void load() {
        network_ = read_network_file(folder_);
        for (const auto& process : network_.processes)
            core_.add(process.name, stop_stage(process.tier));
    }

    /// What an earlier supervisor, killed, has left running.
    void adopt() {
        for (const auto& process : network_.processes) {
            const auto pid = find_running(folder_, process.name);
            if (!pid) continue;
            if (!watch(process.name, *pid)) continue;
            log_.info("{} runs already, as process {}: taken over", process.name, *pid);
            core_.on_started(process.name, *pid, Clock::now());
        }
    }

    bool watch(const std::string& name, int pid) {
        auto pidfd = open_process(pid);
        if (!pidfd) return false;
        children_[name] = Child{.pid = pid, .pidfd = std::move(pidfd)};
        return true;
    }

    [[nodiscard]] int milliseconds_to_wait() const {
        auto until = next_order_;
        if (const auto deadline = core_.next_deadline()) until = std::min(until, *deadline);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }

    void wait() {
        std::vector<pollfd> polled{{.fd = signals_.get(), .events = POLLIN, .revents = 0}};
        for (const auto& [name, child] : children_)
            polled.push_back({.fd = child.pidfd.get(), .events = POLLIN, .revents = 0});
        control_->add_to(polled);
        ::poll(polled.data(), polled.size(), milliseconds_to_wait());
    }

    void read_signals() {
        signalfd_siginfo signal{};
        while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
            log_.info("SIG{}: shutting down", ::sigabbrev_np(static_cast<int>(signal.ssi_signo)));
            carry_out(core_.shut_down(Clock::now()));
        }
    }

    void reap() {
        std::vector<std::pair<std::string, ProcessExit>> ended;
        for (const auto& [name, child] : children_) {
            pollfd polled{.fd = child.pidfd.get(), .events = POLLIN, .revents = 0};
            if (::poll(&polled, 1, 0) == 1) ended.emplace_back(name, exit_of_process(child.pidfd));
        }
        for (const auto& [name, exit] : ended) {
            children_.erase(name);
            remove_pid_file(folder_, name);
            const auto* const status = core_.find(name);
            if (status != nullptr && status->state == ProcessState::stopping)
                log_.info("{} {}", name, to_string(exit));
            carry_out(core_.on_exit(name, exit, Clock::now()));
        }
    }

    void carry_out(supervise::Actions actions) {
        for (std::size_t at = 0; at < actions.size(); ++at) {
            auto more = std::visit([this](const auto& action) { return carry_out(action); },
                                   supervise::Action{actions[at]});
            actions.insert(actions.end(), more.begin(), more.end());
        }
    }

    supervise::Actions carry_out(const supervise::Start& start) {
        const auto* const process = network_.find(start.name);
        if (process == nullptr) return core_.on_start_failed(start.name, Clock::now());
        try {
            auto words = process->command;
            words.front() = program_of(words.front());
            const int pid = start_detached(
                {.words = std::move(words), .folder = folder_, .log = folder_ / process->log});
            watch(start.name, pid);
            write_pid_file(folder_, start.name, pid);
            log_.info("{} started as process {}", start.name, pid);
            core_.on_started(start.name, pid, Clock::now());
            return {};
        } catch (const NetworkError& error) {
            log_.error("{} cannot be started: {}", start.name, error.what());
            return core_.on_start_failed(start.name, Clock::now());
        }
    }

    supervise::Actions carry_out(const supervise::Terminate& terminate) {
        signal(terminate.name, SIGTERM);
        signal(terminate.name, SIGCONT);  // one that is stopped hears nothing else
        return {};
    }

    supervise::Actions carry_out(const supervise::Kill& kill) {
        log_.info("{} is being killed", kill.name);
        signal(kill.name, SIGKILL);
        return {};
    }

    supervise::Actions carry_out(const supervise::ReportCrash& crash) {
        const auto* const process = network_.find(crash.name);
        const auto lines =
            process == nullptr ? "" : last_lines(folder_ / process->log, lines_of_a_crash);
        log_.warn("{} {}; starts again in {} ms{}{}{}", crash.name, to_string(crash.exit),
                  crash.delay.count(),
                  crash.is_flapping ? " (it has ended too often in the last minute)" : "",
                  lines.empty() ? "" : "; its last lines:\n",
                  lines.empty() ? lines : lines.substr(0, lines.size() - 1));
        return {};
    }

    supervise::Actions carry_out(const supervise::Finish&) {
        is_finished_ = true;
        return {};
    }

    /// Relative to the network's folder, or as find_program() says.
    [[nodiscard]] std::string program_of(const std::string& word) const {
        if (word.contains('/') && fs::path{word}.is_relative()) return (folder_ / word).string();
        return find_program(word).string();
    }

    void signal(const std::string& name, int number) {
        const auto found = children_.find(name);
        if (found == children_.end()) return;
        signal_process(found->second.pidfd, number);
    }

    json answer(const json& request) {
        const auto command = request.value("command", "");
        const auto now = Clock::now();
        if (command == "status") return status(now);
        if (command == "reload") {
            reload();
            return {{"ok", true}};
        }
        if (command == "shutdown") {
            log_.info("Told to shut down");
            carry_out(core_.shut_down(now));
            return {{"ok", true}};
        }
        const auto names = request.value("names", std::vector<std::string>{});
        for (const auto& name : names)
            if (network_.find(name) == nullptr)
                return {{"error", fmt::format("there is no {} in this network", name)}};
        using Step = supervise::Actions (Supervisor::*)(const std::string&, Supervisor::Time);
        const std::map<std::string, Step> steps{{"start", &Supervisor::start},
                                                {"stop", &Supervisor::stop},
                                                {"restart", &Supervisor::restart},
                                                {"kill", &Supervisor::kill}};
        const auto step = steps.find(command);
        if (step == steps.end()) return {{"error", "no such command"}};
        if (core_.is_shutting_down()) return {{"error", "the network is shutting down"}};
        for (const auto& name : names) carry_out((core_.*step->second)(name, now));
        return {{"ok", true}};
    }

    json status(Clock::time_point now) const {
        auto processes = json::array();
        for (const auto& process : network_.processes) {
            const auto* const known = core_.find(process.name);
            if (known == nullptr) continue;
            const auto since = known->since == Clock::time_point{} ? now : known->since;
            processes.push_back(
                {{"name", process.name},
                 {"state", to_string(known->state)},
                 {"pid", known->pid},
                 {"in_state_for",
                  std::chrono::floor<std::chrono::milliseconds>(now - since).count()},
                 {"restarts", known->restarts},
                 {"flapping", known->is_flapping},
                 {"last_exit", known->last_exit ? to_string(*known->last_exit) : ""},
                 {"resident_bytes", known->pid == 0 ? 0 : resident_bytes_of(known->pid)}});
        }
        return {{"ok", true}, {"pid", ::getpid()}, {"processes", std::move(processes)}};
    }

    void reload() {
        const auto old = std::exchange(network_, {});
        try {
            load();
        } catch (...) {
            network_ = old;
            throw;
        }
        for (const auto& process : old.processes)
            if (network_.find(process.name) == nullptr && !core_.remove(process.name))
                log_.warn("{} has left network.toml but runs: it goes on until the end",
                          process.name);
    }

    void keep_order() {
        const auto now = Clock::now();
        if (now < next_order_) return;
        next_order_ = now + between_orders;
        if (!fs::is_directory(run_folder(folder_)) && !core_.is_shutting_down()) {
            log_.error("{} has been removed: ending what runs there", folder_.string());
            carry_out(core_.shut_down(now));
        }
        for (const auto& process : network_.processes)
            rotate_log(folder_ / process.log, largest_log, kept_logs);
        rotate_log(run_folder(folder_) / "supervisor.log", largest_log, kept_logs);
    }

    const fs::path folder_;
    const telemetry::Logger log_;
    std::optional<Descriptor> lock_;
    Descriptor signals_;
    NetworkFile network_;
    Supervisor core_{RestartPolicy{}, std::random_device{}()};
    std::map<std::string, Child> children_;
    std::optional<ControlServer> control_;
    Clock::time_point next_order_ = Clock::now();
    bool is_finished_ = false;
};

}  // namespace

void supervise_network(const fs::path& folder) {
    const auto log = telemetry::Log::open({});
    Shell shell{folder, log->logger("network.Supervisor")};
    shell.run();
    log->flush();
}

}  // namespace meta138::op
