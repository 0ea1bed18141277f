// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/processes.hpp"

#include <nlohmann/json.hpp>
#include <poll.h>

#include <functional>
#include <string>
#include <vector>

namespace meta138::op {

/// Answers JSON lines on a listening Unix socket, in a loop that somebody else runs: add_to() what
/// is waited for, then serve().
class ControlServer {
public:
    using Answer = std::function<nlohmann::json(const nlohmann::json& request)>;

    static constexpr std::size_t max_clients = 32;
    static constexpr std::size_t max_line = std::size_t{64} << 10;

    ControlServer(Descriptor listener, Answer answer)
        : listener_{std::move(listener)}, answer_{std::move(answer)} {}

    void add_to(std::vector<pollfd>& polled) const;
    void serve();

private:
    struct Client {
        Descriptor socket;
        std::string in;
        std::string out;
    };

    void accept();
    /// False when the client has gone or is not worth listening to.
    bool read(Client& client);
    static bool write(Client& client);
    std::string answer_line(std::string_view line) const;

    Descriptor listener_;
    Answer answer_;
    std::vector<Client> clients_;
};

}  // namespace meta138::op
