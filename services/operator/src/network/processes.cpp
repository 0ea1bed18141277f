// SPDX-License-Identifier: Apache-2.0
#include "network/processes.hpp"

#include "meta138/operator/network/network_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string_view what, int error) {
    throw NetworkError{fmt::format("{}: {}", what, std::strerror(error))};
}

/// What posix_spawn is to do between fork and exec.
class SpawnPlan {
public:
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        flags_ = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    void use_new_session() { flags_ |= POSIX_SPAWN_SETSID; }
    void enter(const fs::path& folder) {
        ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    }
    void read_nothing() {
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    void write_to(int descriptor) {
        ::posix_spawn_file_actions_adddup2(&actions_, descriptor, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, descriptor, STDERR_FILENO);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    }

    int start(const std::vector<std::string>& words, char** environment) {
        std::vector<char*> arguments;
        for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags_));
        int pid = 0;
        const int error = ::posix_spawn(&pid, words.front().c_str(), &actions_, &attributes_,
                                        arguments.data(), environment);
        if (error != 0) fail(words.front(), error);
        return pid;
    }

private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
    int flags_ = 0;
};

std::vector<char*> environment_without_options() {
    std::vector<char*> kept;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string_view variable{*each};
        const bool is_option = variable.starts_with("BESU_") ||
                               variable.starts_with("WEB3SIGNER_") ||
                               variable.starts_with("META138_");
        if (!is_option) kept.push_back(*each);
    }
    kept.push_back(nullptr);
    return kept;
}

bool is_program(const fs::path& path) {
    return fs::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
}

std::string variable_of(std::string_view program) {
    std::string name{program};
    std::ranges::replace(name, '-', '_');
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    return name;
}

}  // namespace

Descriptor::~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int start_detached(const DetachedCommand& command) {
    const Descriptor log{
        ::open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)};
    if (!log) fail(command.log.string(), errno);
    SpawnPlan plan;
    plan.use_new_session();
    plan.enter(command.folder);
    plan.read_nothing();
    plan.write_to(log.get());
    if (command.keeps_environment) return plan.start(command.words, environ);
    auto environment = environment_without_options();
    return plan.start(command.words, environment.data());
}

CommandResult run_command(const std::vector<std::string>& words) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe", errno);
    const Descriptor out{ends[0]};
    int pid = 0;
    {
        const Descriptor in{ends[1]};
        SpawnPlan plan;
        plan.read_nothing();
        plan.write_to(in.get());
        auto environment = environment_without_options();
        pid = plan.start(words, environment.data());
    }
    CommandResult result;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto count = ::read(out.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        result.output.append(buffer.data(), static_cast<std::size_t>(count));
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    result.exit = WIFSIGNALED(status) ? ProcessExit{ProcessExit::Kind::signal, WTERMSIG(status)}
                                      : ProcessExit{ProcessExit::Kind::code, WEXITSTATUS(status)};
    return result;
}

std::optional<fs::path> try_find_program(std::string_view name) {
    if (name.contains('/')) {
        if (is_program(name)) return fs::absolute(name);
        return std::nullopt;
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    const char* const given = std::getenv(variable_of(name).c_str());
    if (given != nullptr && is_program(given)) return fs::absolute(given);
    std::error_code error;
    const auto here = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const auto& folder : {here, here.parent_path() / name})
        if (is_program(folder / name)) return folder / name;
    const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): likewise
    std::string_view folders{path == nullptr ? "" : path};
    while (!folders.empty()) {
        const auto end = std::min(folders.find(':'), folders.size());
        const auto file = fs::path{folders.substr(0, end)} / name;
        if (end > 0 && is_program(file)) return file;
        folders.remove_prefix(std::min(end + 1, folders.size()));
    }
    return std::nullopt;
}

fs::path find_program(std::string_view name) {
    if (auto found = try_find_program(name)) return *std::move(found);
    throw NetworkError{
        fmt::format("{}: no such program, neither beside meta138 nor in PATH; ${} may say where",
                    name, variable_of(name))};
}

// By number: the declarations of glibc 2.36 in sys/pidfd.h are for C alone.
Descriptor open_process(int pid) {
    return Descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
}

void signal_process(const Descriptor& process, int signal) {
    ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

ProcessExit exit_of_process(const Descriptor& process) {
    siginfo_t how{};
    if (::waitid(P_PIDFD, static_cast<id_t>(process.get()), &how, WEXITED | WNOHANG) != 0)
        return {};
    if (how.si_code == CLD_EXITED) return {ProcessExit::Kind::code, how.si_status};
    return {ProcessExit::Kind::signal, how.si_status};
}

std::optional<std::uint64_t> start_time_of(int pid) {
    std::ifstream in{fmt::format("/proc/{}/stat", pid)};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    // The name of the program may have blanks and brackets in it; behind it come the fields from
    // the third, state, on (proc(5)).
    const auto name_end = text.rfind(") ");
    if (name_end == text.npos) return std::nullopt;
    std::string_view fields{text};
    fields.remove_prefix(name_end + 2);
    if (fields.starts_with('Z') || fields.starts_with('X')) return std::nullopt;
    constexpr int start_time_field = 22;
    for (int field = 3; field < start_time_field; ++field) {
        const auto blank = fields.find(' ');
        if (blank == fields.npos) return std::nullopt;
        fields.remove_prefix(blank + 1);
    }
    std::uint64_t ticks = 0;
    const auto [end, error] = std::from_chars(fields.data(), fields.data() + fields.size(), ticks);
    if (error != std::errc{}) return std::nullopt;
    return ticks;
}

std::uint64_t resident_bytes_of(int pid) {
    std::ifstream in{fmt::format("/proc/{}/statm", pid)};
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (!(in >> size >> resident)) return 0;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace meta138::op
