// SPDX-License-Identifier: Apache-2.0
#include "network/run_folder.hpp"

#include "meta138/operator/network/network_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view socket_name = "control.sock";

[[noreturn]] void fail(const fs::path& file) {
    throw NetworkError{fmt::format("{}: {}", file.string(), std::strerror(errno))};
}

fs::path pid_file(const fs::path& network_folder, std::string_view name) {
    return run_folder(network_folder) / fmt::format("{}.pid", name);
}

/// The socket's address by way of the open folder, which is short.
sockaddr_un socket_address(const Descriptor& folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = fmt::format("/proc/self/fd/{}/{}", folder.get(), socket_name);
    std::ranges::copy(path, address.sun_path);
    return address;
}

Descriptor open_folder(const fs::path& folder) {
    return Descriptor{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
}

}  // namespace

fs::path run_folder(const fs::path& network_folder) {
    return network_folder / "run";
}

std::optional<Descriptor> lock_run_folder(const fs::path& network_folder, std::string_view name) {
    const auto folder = run_folder(network_folder);
    if (!fs::is_directory(folder)) {
        fs::create_directory(folder);
        fs::permissions(folder, fs::perms::owner_all);
    }
    const auto file = folder / name;
    Descriptor lock{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!lock) fail(file);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
    return lock;
}

std::optional<int> find_running(const fs::path& network_folder, std::string_view name) {
    std::ifstream in{pid_file(network_folder, name)};
    int pid = 0;
    std::uint64_t started = 0;
    if (!(in >> pid >> started)) return std::nullopt;
    if (start_time_of(pid) != started) return std::nullopt;
    return pid;
}

void write_pid_file(const fs::path& network_folder, std::string_view name, int pid) {
    write_file(pid_file(network_folder, name),
               fmt::format("{} {}\n", pid, start_time_of(pid).value_or(0)));
}

void remove_pid_file(const fs::path& network_folder, std::string_view name) {
    std::error_code ignored;
    fs::remove(pid_file(network_folder, name), ignored);
}

Descriptor listen_for_control(const fs::path& network_folder) {
    const auto folder = run_folder(network_folder);
    const auto file = folder / socket_name;
    std::error_code ignored;
    fs::remove(file, ignored);  // of a supervisor that was killed: we hold the lock
    const auto opened = open_folder(folder);
    Descriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const auto address = socket_address(opened);
    const auto old_mask = ::umask(0077);
    const int bound =
        ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(old_mask);
    constexpr int backlog = 16;
    if (bound != 0 || ::listen(listener.get(), backlog) != 0) fail(file);
    return listener;
}

std::optional<Descriptor> connect_to_control(const fs::path& network_folder) {
    const auto opened = open_folder(network_folder / "run");
    if (!opened) return std::nullopt;
    Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = socket_address(opened);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return std::nullopt;
    return socket;
}

std::string last_lines(const fs::path& file, std::size_t count) {
    constexpr std::streamoff at_most = 4096;
    std::ifstream in{file, std::ios::binary | std::ios::ate};
    const auto size = static_cast<std::streamoff>(in.tellg());
    if (!in || size <= 0) return {};
    in.seekg(std::max<std::streamoff>(0, size - at_most));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back("    " + line + "\n");
    std::string text;
    for (auto at = lines.size() - std::min(count, lines.size()); at < lines.size(); ++at)
        text += lines[at];
    return text;
}

void rotate_log(const fs::path& log, std::uintmax_t largest, unsigned kept) {
    std::error_code error;
    const auto size = fs::file_size(log, error);
    if (error || size <= largest) return;
    const auto numbered = [&](unsigned number) {
        return fs::path{fmt::format("{}.{}", log.string(), number)};
    };
    for (unsigned number = kept; number > 1; --number)
        fs::rename(numbered(number - 1), numbered(number), error);
    fs::copy_file(log, numbered(1), fs::copy_options::overwrite_existing, error);
    fs::resize_file(log, 0, error);
}

}  // namespace meta138::op
