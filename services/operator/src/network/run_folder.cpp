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
#include <array>
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

/// Copies what stands between two places of a file; false: it cannot be written.
bool copy_part(const Descriptor& from, off_t begin, off_t end, const Descriptor& to) {
    std::array<char, 65'536> buffer{};
    while (begin < end) {
        const auto wanted =
            std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(end - begin));
        const auto count = ::pread(from.get(), buffer.data(), wanted, begin);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        for (ssize_t written = 0; written < count;) {
            const auto more = ::write(to.get(), buffer.data() + written,
                                      static_cast<std::size_t>(count - written));
            if (more < 0 && errno == EINTR) continue;
            if (more <= 0) return false;
            written += more;
        }
        begin += count;
    }
    return true;
}

/// Behind the first end of a line from there on; or `end`.
off_t end_of_line(const Descriptor& file, off_t from, off_t end) {
    std::array<char, 4096> buffer{};
    while (from < end) {
        const auto wanted =
            std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(end - from));
        const auto count = ::pread(file.get(), buffer.data(), wanted, from);
        if (count <= 0) return end;
        const std::string_view text{buffer.data(), static_cast<std::size_t>(count)};
        if (const auto at = text.find('\n'); at != text.npos)
            return from + static_cast<off_t>(at) + 1;
        from += count;
    }
    return end;
}

/// Moves the beginning of a file that others append to meanwhile. Where the file system can take
/// whole blocks off a file (ext4, XFS), nothing of what they write is lost; a line across the cut
/// stands in both files, its end alone in the one that goes on. Elsewhere a line may be lost
/// between the last look at the size and the truncation.
void move_beginning(const Descriptor& from, const Descriptor& to, std::uintmax_t size) {
    struct stat about{};
    if (::fstat(from.get(), &about) != 0) return;
    const auto end = static_cast<off_t>(size);
    const auto cut = (end - 1) / about.st_blksize * about.st_blksize;
    if (cut > 0 && copy_part(from, 0, end_of_line(from, cut, end), to) &&
        ::fallocate(from.get(), FALLOC_FL_COLLAPSE_RANGE, 0, cut) == 0)
        return;
    if (::ftruncate(to.get(), 0) != 0 || ::lseek(to.get(), 0, SEEK_SET) != 0) return;
    off_t copied = 0;
    while (::fstat(from.get(), &about) == 0 && about.st_size > copied) {
        if (!copy_part(from, copied, about.st_size, to)) return;  // rather too large than lost
        copied = about.st_size;
    }
    static_cast<void>(::ftruncate(from.get(), 0));
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
    const Descriptor from{::open(log.c_str(), O_RDWR | O_CLOEXEC)};
    if (!from) return;
    const auto numbered = [&](unsigned number) {
        return fs::path{fmt::format("{}.{}", log.string(), number)};
    };
    for (unsigned number = kept; number > 1; --number)
        fs::rename(numbered(number - 1), numbered(number), error);
    const Descriptor to{
        ::open(numbered(1).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)};
    if (!to) return;
    move_beginning(from, to, size);
}

}  // namespace meta138::op
