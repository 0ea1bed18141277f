// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace meta138::op {

using supervise::Action;
using supervise::Actions;

std::string to_string(const ProcessExit& exit) {
    switch (exit.kind) {
        case ProcessExit::Kind::code: return fmt::format("ended with exit code {}", exit.value);
        case ProcessExit::Kind::signal: {
            const char* name = ::sigabbrev_np(exit.value);
            if (name == nullptr) return fmt::format("was killed by signal {}", exit.value);
            return fmt::format("was killed by SIG{}", name);
        }
        case ProcessExit::Kind::unknown: return "ended";
    }
    return "ended";
}

std::string_view to_string(ProcessState state) noexcept {
    switch (state) {
        case ProcessState::stopped: return "stopped";
        case ProcessState::starting: return "starting";
        case ProcessState::running: return "running";
        case ProcessState::stopping: return "stopping";
        case ProcessState::waiting: return "waiting";
    }
    return "stopped";
}

void Supervisor::add(const std::string& name, unsigned stage) {
    processes_[name].stage = stage;
}

bool Supervisor::remove(const std::string& name) {
    const auto found = processes_.find(name);
    if (found == processes_.end()) return true;
    if (found->second.status.state != ProcessState::stopped) return false;
    processes_.erase(found);
    return true;
}

Supervisor::Process* Supervisor::find_process(const std::string& name) {
    const auto found = processes_.find(name);
    return found == processes_.end() ? nullptr : &found->second;
}

const ProcessStatus* Supervisor::find(const std::string& name) const {
    const auto found = processes_.find(name);
    return found == processes_.end() ? nullptr : &found->second.status;
}

void Supervisor::enter(Process& process, ProcessState state, Time now) const {
    process.status.state = state;
    process.status.since = now;
    process.deadline.reset();
    if (state == ProcessState::stopping) process.deadline = now + policy_.grace;
}

void Supervisor::begin_start(const std::string& name, Process& process, Time now,
                             Actions& actions) const {
    enter(process, ProcessState::starting, now);
    actions.emplace_back(supervise::Start{name});
}

void Supervisor::begin_stop(const std::string& name, Process& process, Time now,
                            Actions& actions) const {
    switch (process.status.state) {
        case ProcessState::running:
            enter(process, ProcessState::stopping, now);
            actions.emplace_back(supervise::Terminate{name});
            break;
        case ProcessState::waiting: enter(process, ProcessState::stopped, now); break;
        case ProcessState::starting:  // on_started() sees that it is not wanted any more
        case ProcessState::stopping:
        case ProcessState::stopped: break;
    }
}

Actions Supervisor::start(const std::string& name, Time now) {
    Actions actions;
    auto* const process = find_process(name);
    if (process == nullptr || is_shutting_down_) return actions;
    process->is_wanted = true;
    const auto state = process->status.state;
    if (state != ProcessState::stopped && state != ProcessState::waiting) return actions;
    // Somebody asks for it by hand: what was may be mended by now.
    process->delay = {};
    process->exits.clear();
    process->status.is_flapping = false;
    begin_start(name, *process, now, actions);
    return actions;
}

Actions Supervisor::stop(const std::string& name, Time now) {
    Actions actions;
    auto* const process = find_process(name);
    if (process == nullptr) return actions;
    process->is_wanted = false;
    begin_stop(name, *process, now, actions);
    return actions;
}

Actions Supervisor::restart(const std::string& name, Time now) {
    auto* const process = find_process(name);
    if (process == nullptr || is_shutting_down_) return {};
    if (process->status.state != ProcessState::running) return start(name, now);
    Actions actions;
    process->is_wanted = true;
    begin_stop(name, *process, now, actions);
    return actions;
}

Actions Supervisor::kill(const std::string& name, Time) {
    const auto* const process = find_process(name);
    if (process == nullptr) return {};
    const auto state = process->status.state;
    if (state != ProcessState::running && state != ProcessState::stopping) return {};
    return {supervise::Kill{name}};
}

Actions Supervisor::shut_down(Time now) {
    Actions actions;
    is_shutting_down_ = true;
    for (auto& [name, process] : processes_) process.is_wanted = false;
    go_on_shutting_down(now, actions);
    return actions;
}

void Supervisor::go_on_shutting_down(Time now, Actions& actions) {
    if (!is_shutting_down_ || is_finished_) return;
    for (auto& [name, process] : processes_)
        if (process.status.state == ProcessState::waiting)
            enter(process, ProcessState::stopped, now);
    std::optional<unsigned> stage;
    for (const auto& [name, process] : processes_)
        if (process.status.state != ProcessState::stopped)
            stage = std::min(stage.value_or(process.stage), process.stage);
    if (!stage) {
        is_finished_ = true;
        actions.emplace_back(supervise::Finish{});
        return;
    }
    for (auto& [name, process] : processes_)
        if (process.stage == *stage) begin_stop(name, process, now, actions);
}

void Supervisor::on_started(const std::string& name, int pid, Time now) {
    auto* const process = find_process(name);
    if (process == nullptr) return;
    const bool is_found = process->status.state == ProcessState::stopped;
    if (is_found) process->is_wanted = true;
    enter(*process, ProcessState::running, now);
    process->status.pid = pid;
    // Told to stop in the meantime: on_time() ends it.
    if (!process->is_wanted) process->deadline = now;
}

Actions Supervisor::on_start_failed(const std::string& name, Time now) {
    auto* const process = find_process(name);
    if (process == nullptr) return {};
    return on_exit(name, {.kind = ProcessExit::Kind::code, .value = 127}, now);
}

Actions Supervisor::on_exit(const std::string& name, const ProcessExit& exit, Time now) {
    Actions actions;
    auto* const process = find_process(name);
    if (process == nullptr) return actions;
    const bool was_told = process->status.state == ProcessState::stopping;
    process->status.pid = 0;
    process->status.last_exit = exit;
    if (!process->is_wanted) {
        enter(*process, ProcessState::stopped, now);
        go_on_shutting_down(now, actions);
    } else if (was_told) {
        begin_start(name, *process, now, actions);
    } else {
        return after_crash(name, *process, exit, now);
    }
    return actions;
}

Actions Supervisor::after_crash(const std::string& name, Process& process, const ProcessExit& exit,
                                Time now) {
    auto& status = process.status;
    const bool was_stable =
        status.state == ProcessState::running && now - status.since >= policy_.stable_after;
    std::erase_if(process.exits, [&](Time at) { return now - at > policy_.flapping_window; });
    process.exits.push_back(now);
    status.is_flapping = process.exits.size() >= policy_.flapping_exits;
    if (was_stable || process.delay.count() == 0)
        process.delay = policy_.first_delay;
    else
        process.delay = std::min(process.delay * 2, policy_.longest_delay);
    if (status.is_flapping) process.delay = policy_.longest_delay;

    const auto delay = with_jitter(process.delay);
    enter(process, ProcessState::waiting, now);
    process.deadline = now + delay;
    ++status.restarts;
    return {supervise::ReportCrash{
        .name = name, .exit = exit, .delay = delay, .is_flapping = status.is_flapping}};
}

std::chrono::milliseconds Supervisor::with_jitter(std::chrono::milliseconds delay) {
    std::uniform_real_distribution<double> share{1 - policy_.jitter, 1 + policy_.jitter};
    return std::chrono::milliseconds{
        static_cast<std::int64_t>(static_cast<double>(delay.count()) * share(random_))};
}

Actions Supervisor::on_time(Time now) {
    Actions actions;
    for (auto& [name, process] : processes_) {
        if (!process.deadline || *process.deadline > now) continue;
        process.deadline.reset();
        switch (process.status.state) {
            case ProcessState::waiting: begin_start(name, process, now, actions); break;
            case ProcessState::stopping: actions.emplace_back(supervise::Kill{name}); break;
            case ProcessState::running: begin_stop(name, process, now, actions); break;
            case ProcessState::starting:
            case ProcessState::stopped: break;
        }
    }
    return actions;
}

std::optional<Supervisor::Time> Supervisor::next_deadline() const {
    std::optional<Time> next;
    for (const auto& [name, process] : processes_)
        if (process.deadline) next = std::min(next.value_or(*process.deadline), *process.deadline);
    return next;
}

}  // namespace meta138::op
