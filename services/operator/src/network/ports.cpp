// SPDX-License-Identifier: Apache-2.0
#include "network/ports.hpp"

#include "network/processes.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

/// The sockets, by their inodes, that listen on a port, from /proc/net/tcp or tcp6 (proc(5)).
void collect_listeners(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
    std::ifstream in{table};
    std::string line;
    std::getline(in, line);  // headings
    const auto ending = fmt::format(":{:04X}", port);
    while (std::getline(in, line)) {
        std::istringstream fields{line};
        std::string slot, local, remote, state, queues, timer, retries, user, timeout, inode;
        fields >> slot >> local >> remote >> state >> queues >> timer >> retries >> user >>
            timeout >> inode;
        constexpr std::string_view listening = "0A";
        if (local.ends_with(ending) && state == listening) inodes.insert(inode);
    }
}

bool has_socket(const fs::path& process, const std::set<std::string>& inodes) {
    std::error_code error;
    for (const auto& each : fs::directory_iterator{process / "fd", error}) {
        const auto target = fs::read_symlink(each.path(), error).string();
        constexpr std::string_view prefix = "socket:[";
        if (error || !target.starts_with(prefix)) continue;
        if (inodes.contains(target.substr(prefix.size(), target.size() - prefix.size() - 1)))
            return true;
    }
    return false;
}

}  // namespace

bool is_free_port(std::uint16_t port) {
    const Descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int yes = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
               0 &&
           ::listen(listener.get(), 1) == 0;
}

std::string who_listens_on(std::uint16_t port) {
    std::set<std::string> inodes;
    collect_listeners("/proc/net/tcp", port, inodes);
    collect_listeners("/proc/net/tcp6", port, inodes);
    std::error_code error;
    for (const auto& each : fs::directory_iterator{"/proc", error}) {
        const auto name = each.path().filename().string();
        int pid = 0;
        const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (bad != std::errc{} || end != name.data() + name.size()) continue;
        if (!has_socket(each.path(), inodes)) continue;
        std::string program;
        std::getline(std::ifstream{each.path() / "comm"}, program);
        return fmt::format("process {} ({})", pid, program);
    }
    return "another process";
}

}  // namespace meta138::op
