// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/control.hpp"

#include "network/run_folder.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>

namespace meta138::op {

using nlohmann::json;

struct Control::Stream {
    Descriptor socket;
    std::string received;

    json ask(const json& request) {
        auto text = request.dump() + "\n";
        while (!text.empty()) {
            const auto count = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) throw NetworkError{"the supervisor has gone"};
            text.erase(0, static_cast<std::size_t>(count));
        }
        auto end = received.find('\n');
        for (; end == received.npos; end = received.find('\n')) {
            std::array<char, 4096> buffer{};
            const auto count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
            if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
                throw NetworkError{"the supervisor does not answer; is its process stopped?"};
            if (count <= 0) throw NetworkError{"the supervisor has gone"};
            received.append(buffer.data(), static_cast<std::size_t>(count));
        }
        auto answer = json::parse(received.substr(0, end), nullptr, false);
        received.erase(0, end + 1);
        if (!answer.is_object()) throw NetworkError{"the supervisor's answer is no JSON"};
        if (answer.contains("error")) throw NetworkError{answer["error"].get<std::string>()};
        return answer;
    }
};

Control::Control(std::unique_ptr<Stream> stream) : stream_{std::move(stream)} {}
Control::Control(Control&& other) noexcept = default;
Control& Control::operator=(Control&& other) noexcept = default;
Control::~Control() = default;

std::optional<Control> Control::connect(const std::filesystem::path& folder) {
    auto socket = connect_to_control(folder);
    if (!socket) return std::nullopt;
    constexpr timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return Control{std::make_unique<Stream>(*std::move(socket), "")};
}

std::vector<SupervisedProcess> Control::status() {
    const auto answer = stream_->ask({{"command", "status"}});
    std::vector<SupervisedProcess> processes;
    for (const auto& each : answer.at("processes")) {
        SupervisedProcess process;
        process.name = each.at("name");
        const std::string state = each.at("state");
        for (const auto known :
             {ProcessState::stopped, ProcessState::starting, ProcessState::running,
              ProcessState::stopping, ProcessState::waiting})
            if (to_string(known) == state) process.state = known;
        process.pid = each.at("pid");
        process.in_state_for =
            std::chrono::milliseconds{each.at("in_state_for").get<std::int64_t>()};
        process.restarts = each.at("restarts");
        process.is_flapping = each.at("flapping");
        process.last_exit = each.at("last_exit");
        process.resident_bytes = each.at("resident_bytes");
        processes.push_back(std::move(process));
    }
    return processes;
}

void Control::start(const std::vector<std::string>& names) {
    stream_->ask({{"command", "start"}, {"names", names}});
}

void Control::stop(const std::vector<std::string>& names) {
    stream_->ask({{"command", "stop"}, {"names", names}});
}

void Control::restart(const std::string& name) {
    stream_->ask({{"command", "restart"}, {"names", {name}}});
}

void Control::kill(const std::string& name) {
    stream_->ask({{"command", "kill"}, {"names", {name}}});
}

void Control::reload() {
    stream_->ask({{"command", "reload"}});
}

void Control::shut_down() {
    stream_->ask({{"command", "shutdown"}});
}

int Control::supervisor_pid() {
    return stream_->ask({{"command", "status"}}).at("pid");
}

bool is_supervised(const std::filesystem::path& folder) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder / "run", error)) return false;
    return !lock_run_folder(folder).has_value();
}

}  // namespace meta138::op
